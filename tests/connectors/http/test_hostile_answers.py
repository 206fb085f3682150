"""Servers that answer with anything: an attempt or a fetch fails with one line, and nothing else happens."""

import asyncio

import pytest
from hypothesis import example, given

from connectors.http.fetch import Fetched, fetch
from connectors.http.net import guarded_client
from connectors.http.polite import HostPacer, Robots
from connectors.webhooks.sending import WebhookAttempt
from streams.contract.errors import Rejected, Unavailable, UsageError
from streams.contract.messages import Webhook
from streams.runtime import metrics
from tests.connectors.http.raw_answers import DATES, Script, raw_answers, scripted
from tests.connectors.http.serving import no_pause
from tests.connectors.webhooks.fiction import SECRET, send
from tests.contract.broken_urls import BROKEN
from tests.fuzz.amount import inputs


def _unexpected() -> float:
    return sum(
        sample.value
        for family in metrics.UNEXPECTED_ERRORS.collect()
        for sample in family.samples
        if "total" in sample.name
    )


def _attempt(*answers: bytes) -> WebhookAttempt:
    async def run() -> WebhookAttempt:
        script = Script()
        script.answers = list(answers)
        async with scripted(script) as url:
            return await send(Webhook(url=url, secret=SECRET, allow_private=True), timeout_seconds=3.0)

    return asyncio.run(run())


def _fetched(*answers: bytes, robots: bool = False) -> Fetched | str:
    """What `fetch` returned, or the line of its error."""

    async def run() -> Fetched:
        script = Script()
        script.answers = list(answers)
        async with (
            scripted(script) as url,
            guarded_client(allow_private=True, timeout_seconds=3, user_agent="Test/1") as client,
        ):
            pacer = HostPacer(0.0)
            visit = Robots(client, pacer, user_agent="Test/1", timeout_seconds=3).visit if robots else pacer.visit
            conditional = {"If-None-Match": '"é"'}
            return await fetch(client, url, timeout_seconds=3.0, headers=conditional, visit=visit, sleep=no_pause)

    try:
        return asyncio.run(run())
    except (Rejected, Unavailable, UsageError) as error:
        return str(error)


def _redirect(location: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: " + location.encode("utf-8", "replace") + b"\r\nContent-Length: 0\r\n\r\n"


HOSTS = [url for url in BROKEN if "\n" not in url and "\x00" not in url]


@pytest.mark.parametrize("location", HOSTS)
def test_a_redirect_without_a_host_is_a_failed_attempt(location: str) -> None:
    before = _unexpected()
    attempt = _attempt(_redirect(location))
    assert (attempt.outcome, attempt.code) == ("retry", 302)
    assert "a redirect to" in (attempt.error or "")
    assert _unexpected() == before


@pytest.mark.parametrize("location", ["http://xn--ls8h.la/", "http://xn--/", "http://[", "http://me:pw@paper.example/"])
def test_a_page_that_redirects_to_no_host_is_refused(location: str) -> None:
    assert "redirects to what cannot be asked for" in str(_fetched(_redirect(location)))
    assert "robots.txt" in str(_fetched(_redirect(location), robots=True))


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_no_date_of_a_busy_server_raises(status: int, date: str) -> None:
    answer = f"HTTP/1.1 {status} Busy\r\nRetry-After: {date}\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
    before = _unexpected()
    attempt = _attempt(answer)
    assert (attempt.outcome, attempt.code) == ("retry", status)
    assert 0 <= (attempt.retry_after_seconds or 0) <= 1e9
    assert str(status) in str(_fetched(answer))
    assert _unexpected() == before


@inputs(60)
@given(raw_answers())
@example(b"HTTP/1.1 302 Found\r\nLocation: http://xn--/\r\nSet-Cookie: a; max-age=1e999\r\n\r\n")
def test_no_answer_of_a_receiver_raises(answer: bytes) -> None:
    before = _unexpected()
    attempt = _attempt(answer)
    assert attempt.outcome in ("delivered", "retry", "gone")
    assert (attempt.error is None) == (attempt.outcome == "delivered")
    assert (attempt.error or "").isprintable()
    assert _unexpected() == before


@inputs(60)
@given(raw_answers(), raw_answers())
@example(b"HTTP/1.1 302 Found\r\nLocation: //[\r\n\r\n", b"")
def test_no_answer_of_a_page_or_robots_txt_raises(first: bytes, second: bytes) -> None:
    before = _unexpected()
    _fetched(first, second)
    _fetched(first, second, robots=True)
    assert _unexpected() == before


def test_what_nobody_expected_costs_one_fetch_and_is_counted() -> None:
    class Broken:
        def visit(self, url: object) -> object:
            raise ZeroDivisionError(str(url))

    async def run() -> None:
        async with guarded_client(allow_private=True, timeout_seconds=3, user_agent="Test/1") as client:
            await fetch(client, "http://paper.example/", timeout_seconds=3.0, visit=Broken().visit)  # type: ignore[arg-type]

    before = _unexpected()
    with pytest.raises(Unavailable, match="unexpected ZeroDivisionError"):
        asyncio.run(run())
    assert _unexpected() == before + 1


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "gives no valid answer: server disconnected without sending a response"),
        (b"HTTP/1.1 200 OK\r\nnot a header\r\n\r\n", "gives no valid answer: illegal header line"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "gives no valid answer: bad Content-Length"),
    ],
)
def test_an_answer_that_is_not_http_is_told_without_its_bytes(answer: bytes, line: str) -> None:
    assert str(_fetched(answer)) == f"127.0.0.1 {line}"
