"""The process that reads strangers' feeds: its limits cost the feed that needs more, and the next one is read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from connectors.feeds.parse.sandbox import Sandbox
from streams.contract.errors import Poison, Rejected, TooLarge
from tests.connectors.feeds.feed_fiction import RSS_20, TITLES

T = TypeVar("T")


def _use(sandbox: Callable[[], Sandbox], use: Callable[[Sandbox], Awaitable[T]]) -> T:
    async def run() -> T:
        made = sandbox()
        try:
            return await use(made)
        finally:
            await made.close()

    return asyncio.run(run())


async def _titles(sandbox: Sandbox, content: bytes = RSS_20.encode()) -> tuple[str | None, ...]:
    feed = await sandbox.parse(content, url="https://kestrel.example/", content_type=None, charset=None)
    return tuple(entry.given.title for entry in feed.entries)


def test_a_feed_comes_back_whole_and_an_error_as_itself() -> None:
    async def use(sandbox: Sandbox) -> None:
        assert await _titles(sandbox) == TITLES
        with pytest.raises(Rejected, match="not an RSS, Atom or JSON feed"):
            await _titles(sandbox, b"words")
        with pytest.raises(TooLarge):
            await _titles(sandbox, b" " * 5_000_001)
        assert await sandbox.words_of_page(b"<script>a b</script><p>one two<noscript>three</noscript>", None) == 3
        assert await asyncio.gather(*(_titles(sandbox) for _ in range(3))) == [TITLES] * 3

    _use(Sandbox, use)


def test_a_feed_over_the_time_limit_does_not_stop_the_next() -> None:
    items = "".join(f"<item><title>{at}</title></item>" for at in range(1_000))
    slow = f"<rss><channel>{items}<broken></channel></rss>".encode()

    async def use(sandbox: Sandbox) -> None:
        with pytest.raises(Poison, match=r"takes longer than 0\.05 s to parse"):
            await _titles(sandbox, slow)
        with pytest.raises(Rejected, match="not an RSS"):
            await _titles(sandbox, b"words")

    _use(lambda: Sandbox(cpu_seconds=0.05), use)


def test_a_feed_that_needs_too_much_memory_is_given_up() -> None:
    wide = f"<rss><channel><item><title>{'a ' * 2_400_000}</title></item></channel></rss>".encode()

    async def use(sandbox: Sandbox) -> None:
        with pytest.raises((Poison, TooLarge)):
            await _titles(sandbox, wide)
        assert await _titles(sandbox) == TITLES

    _use(lambda: Sandbox(memory_bytes=110_000_000), use)


def test_an_encoding_in_doubt_takes_no_time() -> None:
    letters = (
        b'<?xml version="1.0"?><rss><channel><item><title>\xcf' + b"a" * 1_000_000 + b"</title></item></channel></rss>"
    )
    assert len(_use(lambda: Sandbox(cpu_seconds=5.0), lambda sandbox: _titles(sandbox, letters))) == 1
