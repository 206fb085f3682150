"""Templates and Apprise, each in a process with limits."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from connectors.channels import services
from connectors.channels.template import check_template, render
from connectors.webhooks.payload import payload
from connectors.webhooks.receiving import Received, Receiver
from connectors.webhooks.sending import WebhookAttempt
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import Webhook
from streams.contract.plugins import Judgement, Sending
from tests.connectors.webhooks.fiction import SECRET, an_alert, answers, rude_receiver, send

LOOP = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


def rendered(template: str, *, escape: bool = False) -> str:
    return asyncio.run(render(template, payload(an_alert()), escape=escape)).decode()


def test_a_template_has_the_fields_of_the_payload() -> None:
    assert rendered("{{ type }}: {{ data.track.name }} at {{ timestamp | time }}") == (
        "story.new_source: Harbour wall at 2031-05-04 12:00 UTC"
    )
    assert rendered("{{ data.story.title }}", escape=False) != ""


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ data.nothing.here }}", "no attribute"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ 'x' * 200000 }}", "over the limit"),
        ("{{ 'x' * 3000000000 }}", "too much memory"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        (LOOP, "too long"),
    ],
)
def test_a_template_that_fails_is_one_reason(template: str, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        rendered(template)


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(UsageError, match="line 2"):
        check_template("{{ type }}\n{% for x %}")
    with pytest.raises(UsageError, match="over the limit"):
        check_template("x" * 20_001)


@pytest.mark.parametrize(
    ("template", "plain"), [('{"text": {{ data.track.name | tojson }}}', False), ("{{ x }}", True)]
)
def test_a_broken_template_sends_the_plain_body_and_says_so(template: str, plain: bool) -> None:
    got: list[Received] = []

    async def run() -> WebhookAttempt:
        async with Receiver(SECRET, on_event=got.append) as receiver:
            hook = Webhook(url=receiver.url, secret=SECRET, allow_private=True, template=template)
            return await send(hook, timeout_seconds=20.0)

    attempt = asyncio.run(run())
    assert attempt.outcome == "delivered"
    assert ("the plain body was sent" in (attempt.excerpt or "")) == plain
    assert got[0].payload == (json.loads(payload(an_alert())) if plain else {"text": "Harbour wall"})
    assert got[0].verified


def apprise(url: str, *, allow_private: bool = False, timeout_seconds: float = 30.0) -> Judgement:
    pytest.importorskip("apprise")
    sending = Sending(
        id="1",
        at=datetime.now(UTC),
        url=url,
        secret="",
        allow_private=allow_private,
        notification=services.message(an_alert()),
        timeout_seconds=timeout_seconds,
    )
    return asyncio.run(services.send(sending))


@pytest.mark.parametrize("address", ["json://127.0.0.1:9/", "json://localhost:9/", "json://169.254.169.254/"])
def test_apprise_reaches_no_private_address(address: str) -> None:
    judged = apprise(address)
    assert judged.outcome == "refused"
    assert "private or local" in (judged.error or "")


def test_apprise_reaches_no_metadata_address_with_permission() -> None:
    assert apprise("json://169.254.169.254/", allow_private=True).outcome == "refused"


@pytest.mark.parametrize("address", ["nosuch://a/b", "syslog://", "tgram://x"])
def test_apprise_does_nothing_local_and_knows_its_addresses(address: str) -> None:
    assert apprise(address).outcome != "delivered"


@pytest.mark.parametrize(("status", "outcome"), [("200 OK", "delivered"), ("500 Oh", "retry")])
def test_apprise_hands_a_message_to_a_service(status: str, outcome: str) -> None:
    pytest.importorskip("apprise")

    async def run() -> WebhookAttempt:
        raw = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
        async with rude_receiver(answers(raw)) as url:
            hook = Webhook(url=url.replace("http:", "json:"), channel="apprise", allow_private=True)
            return await send(hook, timeout_seconds=30.0)

    attempt = asyncio.run(run())
    assert attempt.outcome == outcome, attempt.error


def test_a_service_that_hangs_costs_one_attempt() -> None:
    pytest.importorskip("apprise")

    async def run() -> WebhookAttempt:
        async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with rude_receiver(hangs) as url:
            hook = Webhook(url=url.replace("http:", "json:"), channel="apprise", allow_private=True)
            return await send(hook, timeout_seconds=4.0)

    assert asyncio.run(run()).outcome == "retry"
