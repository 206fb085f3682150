"""The local receiver: what it takes, what it turns away and what it says."""

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.webhooks.receiving import MAX_BODY_BYTES, Received, Receiver
from connectors.webhooks.signing import new_secret, sign
from streams.contract.errors import UsageError
from tests.connectors.webhooks.fiction import SECRET

BODY = b'{"type": "story.new_source"}'


def post(
    body: bytes,
    headers: dict[str, str],
    *,
    secret: str | None = SECRET,
    got: list[Received] | None = None,
    times: int = 1,
) -> list[httpx.Response]:
    """Send the same request some times to one receiver."""

    async def run() -> list[httpx.Response]:
        on_event = None if got is None else got.append
        async with Receiver(secret, on_event=on_event) as receiver, httpx.AsyncClient(trust_env=False) as client:
            return [await client.post(receiver.url + "any/path", content=body, headers=headers) for _ in range(times)]

    return asyncio.run(run())


def signed(body: bytes = BODY, *, secret: str = SECRET, ago: timedelta = timedelta()) -> dict[str, str]:
    return sign(secret, "alert-1", datetime.now(UTC) - ago, body)


def test_a_signed_event_is_accepted_and_so_is_its_repeat() -> None:
    got: list[Received] = []
    assert [answer.status_code for answer in post(BODY, signed(), got=got, times=3)] == [204, 204, 204]
    assert [event.repeat for event in got] == [False, True, True]
    assert {event.id for event in got} == {"alert-1"}
    assert got[0].payload == json.loads(BODY)
    assert got[0].at <= got[1].at <= got[2].at
    assert got[0].at.tzinfo is UTC


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (lambda: signed(secret=new_secret()), BODY, "bad signature"),
        (signed, BODY.replace(b"new", b"old"), "bad signature"),
        (lambda: signed(ago=timedelta(minutes=6)), BODY, "too old"),
        (dict, BODY, "not signed: no webhook-id"),
    ],
)
def test_an_invalid_signature_is_refused_with_the_reason(
    headers: Callable[[], dict[str, str]], body: bytes, reason: str
) -> None:
    got: list[Received] = []
    [answer] = post(body, headers(), got=got)
    assert answer.status_code == 401
    assert reason in answer.text
    assert got == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[1, 2]", b"[" * 100_000], ids=["empty", "text", "list", "deep"])
def test_what_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    got: list[Received] = []
    [answer] = post(body, signed(body), got=got)
    assert answer.status_code == 400
    assert "JSON" in answer.text
    assert got == []


def test_too_large_a_body_is_turned_away() -> None:
    body = b'{"filler": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert [answer.status_code for answer in post(body, signed(body))] == [413]


def test_without_a_secret_everything_is_taken_and_marked_so() -> None:
    got: list[Received] = []
    post(BODY, {}, secret=None, got=got, times=2)
    assert [(event.verified, event.repeat, event.id) for event in got] == [(False, False, "")] * 2


def test_the_receiver_can_be_told_what_to_answer() -> None:
    async def run() -> int:
        async with Receiver(SECRET, answer=lambda event: 410) as receiver, httpx.AsyncClient(trust_env=False) as client:
            return (await client.post(receiver.url, content=BODY, headers=signed())).status_code

    assert asyncio.run(run()) == 410


def test_a_taken_port_is_one_clear_line() -> None:
    async def run() -> None:
        async with Receiver(None) as first:
            port = int(first.url.rsplit(":", 1)[1].strip("/"))
            with pytest.raises(UsageError, match=rf"port {port} on 127.0.0.1 is taken.*another port"):
                await Receiver(None, port=port).__aenter__()

    asyncio.run(run())


def test_an_address_that_is_not_ours_is_one_clear_line() -> None:
    async def run() -> None:
        with pytest.raises(UsageError, match=r"cannot listen on 203.0.113.7, port 0"):
            await Receiver(None, host="203.0.113.7").__aenter__()

    asyncio.run(run())


def test_a_secret_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="it looks like whsec_"):
        Receiver("letmein")


def test_after_the_end_nobody_listens_and_the_port_is_free() -> None:
    async def run() -> int:
        async with Receiver(None) as receiver:
            return int(receiver.url.rsplit(":", 1)[1].strip("/"))

    port = asyncio.run(run())
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        assert again.getsockname()[1] == port
