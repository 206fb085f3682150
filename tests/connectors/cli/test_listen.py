"""`listen`: each webhook a line, with what a receiver has to notice."""

import asyncio
import json
import signal

import httpx
import pytest

from streams.contract.messages import Webhook
from tests.connectors.cli.running import Command, Going
from tests.connectors.webhooks.fiction import SECRET, an_alert, send

OTHER_SECRET = "whsec_b3RoZXIgc2VjcmV0IG9mIGEgZGVzay4h"


def url_of(listen: Going) -> str:
    """From the first line that it says."""
    return next(word for word in listen.error_line().split() if word.startswith("http")).rstrip(";")


def post(url: str, secret: str) -> int | None:
    webhook = Webhook(url=url, secret=secret, allow_private=True)
    return asyncio.run(send(webhook, an_alert())).code


def test_signed_repeated_and_forged_webhooks_are_distinguished(alone: Command) -> None:
    with alone.going("listen", "--port", "0", STORYWATCH_LISTEN_SECRET=SECRET) as listen:
        url = url_of(listen)
        assert post(url, SECRET) == 204
        first = listen.line()
        assert "Harbour wall" in first
        article = an_alert().article
        assert f"{article.title} (Northfell Media)  {article.url}  " in first, "what is new, and where"
        assert "Northfell Media is the second source of this story." in first
        assert f"{1:032x}" in first
        assert "repeat" not in first
        assert post(url, SECRET) == 204
        assert "[repeat]" in listen.line()
        assert post(url, OTHER_SECRET) == 401
        assert "refused with 401" in listen.line()
        ran = listen.end()
    assert ran.code == 0
    assert "Traceback" not in ran.err


def test_programs_get_a_line_of_json_each(alone: Command) -> None:
    with alone.going("listen", "--port", "0", "--json") as listen:
        url = url_of(listen)
        assert post(url, SECRET) == 204
        got = json.loads(listen.line())
        assert (got["id"], got["verified"], got["repeat"]) == (f"{1:032x}", False, False)
        assert got["payload"]["data"]["track"]["name"] == "Harbour wall"
        ran = listen.end(signal.SIGTERM)
    assert ran.code == 0


def test_a_notice_of_a_source_is_its_sentence(alone: Command) -> None:
    with alone.going("listen", "--port", "0") as listen:
        notice = {"type": "source.broken", "data": {"text": "Tarn Courier is broken: 3 polls have failed"}}
        assert httpx.post(url_of(listen), json=notice, timeout=30).status_code == 204
        assert "source.broken: Tarn Courier is broken: 3 polls have failed" in listen.line()


def test_a_port_that_is_taken_is_one_line(alone: Command) -> None:
    with alone.going("listen", "--port", "0") as listen:
        port = url_of(listen).rstrip("/").rpartition(":")[2]
        ran = alone("listen", "--port", port)
    assert ran.code == 2
    assert port in ran.one_line()


@pytest.mark.parametrize("status", ["500", "410"])
def test_a_fault_is_simulated_after_the_webhook_is_shown(alone: Command, status: str) -> None:
    with alone.going("listen", "--port", "0", "--simulate", status, STORYWATCH_LISTEN_SECRET=SECRET) as listen:
        assert post(url_of(listen), SECRET) == int(status)
        assert "Harbour wall" in listen.line()
        assert f"refused with {status}: simulated" in listen.line()


def test_a_slow_receiver_is_simulated(alone: Command) -> None:
    with alone.going("listen", "--port", "0", "--simulate", "slow", STORYWATCH_LISTEN_SECRET=SECRET) as listen:
        webhook = Webhook(url=url_of(listen), secret=SECRET, allow_private=True)
        attempt = asyncio.run(send(webhook, an_alert(), timeout_seconds=1.0))
        assert (attempt.outcome, attempt.error) == ("retry", "no answer within 1 s")


def test_a_webhook_is_forwarded_with_its_signature(alone: Command) -> None:
    with alone.going("listen", "--port", "0", STORYWATCH_LISTEN_SECRET=SECRET) as behind:
        target = url_of(behind)
        with alone.going("listen", "--port", "0", "--forward", target, STORYWATCH_LISTEN_SECRET=SECRET) as listen:
            url = url_of(listen)
            assert post(url, SECRET) == 204
            assert "Harbour wall" in behind.line()
            behind.end()
            assert post(url, SECRET) == 502


def test_a_url_to_forward_to_is_checked(alone: Command) -> None:
    assert "not an http or https URL" in alone("listen", "--forward", "ftp://127.0.0.1/").one_line()
