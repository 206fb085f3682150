"""What comes of an attempt, whatever the receiver does."""

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest

from connectors.http.net import GuardedClient, guarded_client
from connectors.tracks.feedback_links import FeedbackLinks
from connectors.webhooks.receiving import Received, Receiver
from connectors.webhooks.sealing import new_key
from connectors.webhooks.sending import Sender, WebhookAttempt
from connectors.webhooks.signing import new_secret
from streams.contract.messages import Webhook
from tests.connectors.webhooks.fiction import (
    NOON,
    SECRET,
    Handler,
    an_alert,
    answers,
    read_request,
    rude_receiver,
    send,
)


def local(url: str, secret: str = SECRET) -> Webhook:
    return Webhook(url=url, secret=secret, allow_private=True)


def attempt_at(handler: Handler, *, path: str = "", timeout_seconds: float = 5.0) -> WebhookAttempt:
    async def run() -> WebhookAttempt:
        async with rude_receiver(handler) as url:
            return await send(local(url + path), timeout_seconds=timeout_seconds)

    return asyncio.run(run())


def answered(code: int) -> WebhookAttempt:
    async def run() -> WebhookAttempt:
        async with Receiver(SECRET, answer=lambda event: code) as receiver:
            return await send(local(receiver.url))

    return asyncio.run(run())


def test_signed_sent_verified_and_delivered() -> None:
    got: list[Received] = []

    async def run() -> WebhookAttempt:
        async with Receiver(SECRET, on_event=got.append) as receiver:
            return await send(local(receiver.url))

    attempt = asyncio.run(run())
    assert (attempt.outcome, attempt.code, attempt.error) == ("delivered", 204, None)
    assert [(event.id, event.verified, event.repeat) for event in got] == [(an_alert().id, True, False)]
    assert got[0].payload["data"]["track"]["name"] == "Harbour wall"


def test_a_retry_has_the_same_id_and_body() -> None:
    got: list[Received] = []

    async def run() -> list[WebhookAttempt]:
        async with Receiver(SECRET, on_event=got.append, answer=lambda event: 204 if event.repeat else 500) as receiver:
            return [await send(local(receiver.url)), await send(local(receiver.url))]

    assert [attempt.outcome for attempt in asyncio.run(run())] == ["retry", "delivered"]
    assert got[0].id == got[1].id
    assert got[0].payload == got[1].payload
    assert [event.repeat for event in got] == [False, True]


def test_another_secret_of_the_receiver_is_retried() -> None:
    async def run() -> WebhookAttempt:
        async with Receiver(SECRET) as receiver:
            return await send(local(receiver.url, new_secret()))

    attempt = asyncio.run(run())
    assert (attempt.outcome, attempt.code) == ("retry", 401)
    assert attempt.error == "answered 401: bad signature: No matching signature found"


def test_a_sender_with_a_wrong_clock_is_told() -> None:
    async def run() -> WebhookAttempt:
        async with Receiver(SECRET) as receiver:
            return await send(local(receiver.url), at=datetime.now(UTC) - timedelta(minutes=10))

    attempt = asyncio.run(run())
    assert attempt.code == 401
    assert "too old" in (attempt.error or "")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(200, "delivered"), (202, "delivered"), (410, "gone"), (400, "retry"), (404, "retry"), (500, "retry")],
)
def test_what_a_status_code_leads_to(code: int, outcome: str) -> None:
    attempt = answered(code)
    assert (attempt.outcome, attempt.code) == (outcome, code)
    assert (attempt.error is None) == (outcome == "delivered")


@pytest.mark.parametrize(
    ("code", "value", "asked"),
    [
        ("429 Slow", "120", 120.0),
        ("503 Busy", "7", 7.0),
        ("503 Busy", "Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("503 Busy", "soon", None),
        ("503 Busy", "-5", None),
        ("500 Broken", "120", None),
    ],
)
def test_a_receiver_may_ask_for_time(code: str, value: str, asked: float | None) -> None:
    raw = f"HTTP/1.1 {code}\r\nRetry-After: {value}\r\nContent-Length: 0\r\n\r\n".encode()
    attempt = attempt_at(answers(raw))
    assert (attempt.outcome, attempt.retry_after_seconds) == ("retry", asked)


def test_a_date_to_come_again_is_counted_from_the_attempt() -> None:
    raw = b"HTTP/1.1 503 Busy\r\nRetry-After: Sun, 04 May 2031 12:10:00 GMT\r\nContent-Length: 0\r\n\r\n"

    async def run() -> WebhookAttempt:
        async with rude_receiver(answers(raw)) as url:
            return await send(local(url), at=datetime(2031, 5, 4, 12, 0, tzinfo=UTC))

    assert asyncio.run(run()).retry_after_seconds == 600.0


def test_a_redirect_is_not_followed() -> None:
    got: list[Received] = []

    async def run() -> WebhookAttempt:
        async with Receiver(SECRET, on_event=got.append) as elsewhere:
            raw = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}?token=hush\r\nContent-Length: 0\r\n\r\n".encode()
            async with rude_receiver(answers(raw)) as url:
                return await send(local(url))

    attempt = asyncio.run(run())
    assert (attempt.outcome, attempt.code) == ("retry", 307)
    assert attempt.error == ("answered 307, a redirect to 127.0.0.1: not followed; set the webhook to its final URL")
    assert got == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n",
        b"\x00" * 100,
    ],
)
def test_whatever_is_no_2xx_answer_is_tried_again_with_one_line(raw: bytes) -> None:
    attempt = attempt_at(answers(raw))
    assert attempt.outcome == "retry"
    assert attempt.error
    assert attempt.error.isprintable()
    assert len(attempt.error) <= 240
    assert "bytearray" not in attempt.error


def test_a_connection_that_breaks_before_the_answer_is_retried() -> None:
    stored: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stored.append(await read_request(reader))

    attempt = attempt_at(handler)
    assert (attempt.outcome, attempt.code) == ("retry", None)
    assert attempt.error == "no HTTP answer: the connection was closed"
    assert len(stored) == 1, "one attempt is one request"


def test_a_receiver_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        attempt = asyncio.run(send(local(f"http://127.0.0.1:{free.getsockname()[1]}/")))
    assert (attempt.outcome, attempt.code) == ("retry", None)
    assert attempt.error == "cannot connect: connection refused"


def test_a_receiver_that_speaks_no_tls_at_an_https_address() -> None:
    async def run() -> WebhookAttempt:
        async with Receiver(SECRET) as receiver:
            return await send(local(receiver.url.replace("http:", "https:")))

    attempt = asyncio.run(run())
    assert attempt.outcome == "retry"
    assert "no TLS connection" in (attempt.error or "")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()  # until the sender goes away


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Wait: a little\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("handler", [silent, dripping])
def test_one_deadline_holds_for_silence_and_for_drips(handler: Handler) -> None:
    attempt = attempt_at(handler, timeout_seconds=0.3)
    assert (attempt.outcome, attempt.code) == ("retry", None)
    assert attempt.error == "no answer within 0.3 s"


@pytest.mark.parametrize(("status", "outcome"), [("200 OK", "delivered"), ("500 Broken", "retry")])
@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_an_endless_answer_is_closed_and_its_code_counts(status: str, outcome: str, pause: float) -> None:
    closed: list[bool] = []

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\n\r\n".encode())
        try:
            while True:
                writer.write(b"on and on\n" * (1 if pause else 10_000))
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            closed.append(True)

    attempt = attempt_at(endless, timeout_seconds=2.0)
    assert attempt.outcome == outcome
    assert attempt.code == int(status.split()[0])
    assert closed == [True]
    assert len(attempt.error or "") <= 240


def test_a_200_that_breaks_off_in_its_text_is_delivered() -> None:
    assert attempt_at(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nso f")).outcome == "delivered"


def test_errors_quote_the_receiver_without_secrets() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await read_request(reader)).split(b"\r\n")[0]
        text = b"database\tis locked\r\n\x1b[31m" + SECRET.encode() + b" " + head
        writer.write(b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
        await writer.drain()

    attempt = attempt_at(echo, path="/T0PSECRETPATH?key=T0PSECRETKEY")
    assert attempt.error == "answered 500: database is locked [31m*** POST /hook/***?key=*** HTTP/1.1"


def test_error_pages_are_not_quoted() -> None:
    page = b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<html>\n<body"
    assert attempt_at(answers(page)).error == "answered 502"


@pytest.mark.parametrize(
    ("webhook", "reason"),
    [
        (Webhook(url="http://127.0.0.1:9/hook", secret=SECRET), "private or local address"),
        (Webhook(url="http://localhost:9/hook", secret=SECRET), "private or local address"),
        (Webhook(url="ftp://receiver.example/", secret=SECRET), "not an http or https URL"),
        (Webhook(url="https://me:letmein99@receiver.example/", secret=SECRET), "user name or password"),
        (Webhook(url="https://receiver.example/", secret=""), "not a webhook secret"),
    ],
)
def test_where_we_do_not_send_is_refused_with_the_reason(webhook: Webhook, reason: str) -> None:
    attempt = asyncio.run(send(webhook))
    assert (attempt.outcome, attempt.code) == ("refused", None)
    assert reason in (attempt.error or "")
    assert "letmein99" not in (attempt.error or "")


def test_a_public_name_at_a_private_address_is_refused() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    got: list[Received] = []

    async def run() -> WebhookAttempt:
        async with (
            Receiver(SECRET, on_event=got.append) as receiver,
            guarded_client(allow_private=False, timeout_seconds=5.0, user_agent="test", resolve=resolve) as client,
        ):
            sender = Sender(client_for=lambda _: client)
            url = receiver.url.replace("127.0.0.1", "receiver.example")
            return await sender.send(an_alert(), Webhook(url=url, secret=SECRET))

    attempt = asyncio.run(run())
    assert (attempt.outcome, attempt.code) == ("refused", None)
    assert "private or local address" in (attempt.error or "")
    assert got == []


def test_what_is_sent_has_a_link_to_take_its_story_out() -> None:
    key, got = new_key(), list[Received]()

    async def run() -> WebhookAttempt:
        async with (
            Receiver(SECRET, on_event=got.append) as receiver,
            guarded_client(allow_private=True, timeout_seconds=5.0, user_agent="test") as client,
        ):
            links = FeedbackLinks("https://news.example.org", key)
            sender = Sender(client_for=lambda _: client, links=links)
            return await sender.send(an_alert(), local(receiver.url))

    assert asyncio.run(run()).outcome == "delivered"
    [one] = got
    link = one.payload["data"]["alert"]["not_mine_url"]
    assert FeedbackLinks(None, key).open(link.rpartition("/")[2], NOON).article == an_alert().article.id


def test_one_sender_serves_many_receivers_at_once() -> None:
    async def run() -> list[WebhookAttempt]:
        async with rude_receiver(silent) as slow, Receiver(SECRET) as quick:
            sends = [send(local(slow), timeout_seconds=0.4)]
            sends += [send(local(quick.url), an_alert(number)) for number in range(5)]
            return await asyncio.gather(*sends)

    assert [attempt.outcome for attempt in asyncio.run(run())] == ["retry"] + ["delivered"] * 5


def test_what_nobody_expected_is_a_failed_attempt_that_names_it() -> None:
    def no_client(webhook: Webhook) -> GuardedClient:
        raise IndexError("T0PSECRETPATH")

    sender = Sender(client_for=no_client)
    attempt = asyncio.run(sender.send(an_alert(), local("http://127.0.0.1:9/T0PSECRETPATH")))
    assert (attempt.outcome, attempt.code, attempt.error) == ("retry", None, "unexpected IndexError")
