"""What an answer of each service leads to, from a real server on this machine."""

import asyncio

import pytest

from connectors.webhooks.sending import WebhookAttempt
from streams.contract.messages import Webhook
from tests.connectors.webhooks.fiction import SECRET, answers, read_request, rude_receiver, send

NO_SERVICE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\nno_service"


def http(status: str, body: str = "", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Content-Type: application/json", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def attempt(channel: str, raw: bytes) -> WebhookAttempt:
    async def run() -> WebhookAttempt:
        async with rude_receiver(answers(raw)) as url:
            return await send(Webhook(url=url, channel=channel, allow_private=True))

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("channel", "raw", "outcome"),
    [
        ("slack", http("200 OK", "ok"), "delivered"),
        ("slack", NO_SERVICE, "gone"),
        ("slack", http("410 Gone", "channel_is_archived"), "gone"),
        ("slack", http("403 Forbidden", "invalid_token"), "gone"),
        ("slack", http("400 Bad Request", "user_not_found"), "gone"),
        ("slack", http("410 Gone"), "gone"),
        ("slack", http("403 Forbidden", "action_prohibited"), "retry"),
        ("slack", http("400 Bad Request", "invalid_payload"), "refused"),
        ("slack", http("500 Oh", "rollup_error"), "retry"),
        ("mattermost", http("404 Not Found", '{"id": "web.incoming_webhook.disabled.app_error"}'), "gone"),
        ("mattermost", http("400 Bad", '{"id": "web.incoming_webhook.invalid.app_error"}'), "gone"),
        ("mattermost", http("400 Bad", '{"id": "web.incoming_webhook.text.app_error"}'), "refused"),
        ("teams", http("202 Accepted"), "delivered"),
        ("teams", http("404 Not Found"), "gone"),
        ("teams", http("400 Bad", '{"error": {"code": "WorkflowTriggerIsNotEnabled"}}'), "gone"),
        ("teams", http("200 OK", "Webhook message delivery failed with error: HTTP error 429"), "retry"),
        ("discord", http("204 No Content"), "delivered"),
        ("discord", http("404 Not Found", '{"message": "Unknown Webhook", "code": 10015}'), "gone"),
        ("discord", http("401 Unauthorized", '{"message": "Invalid Webhook Token", "code": 50027}'), "gone"),
        ("discord", http("400 Bad Request", '{"embeds": ["0"]}'), "refused"),
        ("discord", http("403 Forbidden", "[" * 3_000), "retry"),
    ],
)
def test_what_an_answer_leads_to(channel: str, raw: bytes, outcome: str) -> None:
    made = attempt(channel, raw)
    assert made.outcome == outcome, made.error
    assert (made.error is None) == (outcome == "delivered")
    assert made.ms is not None


@pytest.mark.parametrize(
    ("channel", "raw", "asked"),
    [
        ("slack", http("429 Slow", "", "Retry-After: 30"), 30.0),
        ("teams", http("429 Slow", "", "Retry-After: 7"), 7.0),
        ("discord", http("429 Slow", '{"message": "limited", "retry_after": 0.65}', "Retry-After: 1"), 0.65),
        ("discord", http("429 Slow", "garbage", "Retry-After: 3"), 3.0),
    ],
)
def test_a_service_may_ask_for_time(channel: str, raw: bytes, asked: float) -> None:
    made = attempt(channel, raw)
    assert (made.outcome, made.retry_after_seconds) == ("retry", asked)


def test_a_service_gets_no_signature_and_needs_no_secret() -> None:
    got: list[bytes] = []

    async def run() -> WebhookAttempt:
        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.append(await read_request(reader))
            writer.write(http("200 OK", "ok"))
            await writer.drain()

        async with rude_receiver(handler) as url:
            return await send(Webhook(url=url, channel="slack", allow_private=True))

    assert asyncio.run(run()).outcome == "delivered"
    assert b"webhook-signature" not in got[0].lower()
    assert b"content-type: application/json" in got[0].lower()


@pytest.mark.parametrize("channel", ["", "slack", "discord"])
def test_an_answer_of_ten_megabytes_is_not_read(channel: str) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Type: text/plain\r\nContent-Length: 10000000\r\n\r\n")
        for _ in range(1_000):
            writer.write(b"x" * 10_000)
            await writer.drain()

    async def run() -> WebhookAttempt:
        async with rude_receiver(endless) as url:
            return await send(Webhook(url=url, secret=SECRET, channel=channel, allow_private=True))

    made = asyncio.run(run())
    assert made.outcome == "retry"
    assert len(made.error or "") <= 240
    assert len(made.excerpt or "") <= 240


def test_a_service_that_answers_garbage_is_tried_again() -> None:
    assert attempt("slack", b"\x00\xff\x13garbage\r\n\r\n").outcome == "retry"


def test_an_excerpt_shows_no_token_of_the_address() -> None:
    raw = http("500 Oh", "no such hook /services/T0001/secret-token-123456")

    async def run() -> WebhookAttempt:
        async with rude_receiver(answers(raw)) as url:
            hook = Webhook(url=url.replace("/hook", "/services/T0001/secret-token-123456"), channel="slack")
            return await send(Webhook(url=hook.url, channel="slack", allow_private=True))

    made = asyncio.run(run())
    assert "secret-token" not in f"{made.error}{made.excerpt}"
    assert made.excerpt
