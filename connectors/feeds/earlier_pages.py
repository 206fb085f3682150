"""When a poll asks for the earlier pages of a feed (RFC 5005): after a gap, which no entry that was seen closes."""

from collections.abc import Sequence
from dataclasses import replace

from connectors.feeds.parse.entries import FeedEntry, ParsedFeed
from streams.contract.messages import SourceState

MAX_PAGES = 10  # in one poll, each with the pause of its host
MAX_ENTRIES = 2_000  # in one poll: no further page after so many


def wanted(pages: Sequence[ParsedFeed], state: SourceState) -> str | None:
    """The address of the page before ``pages``, the latest first; None if it is not needed, or too much.

    It is needed if no entry of the last page was seen before, or if one that is to be tried again is on none of them.
    """
    if not state.polled or len(pages) > MAX_PAGES or sum(len(page.entries) for page in pages) >= MAX_ENTRIES:
        return None
    last, present = pages[-1], {mark for page in pages for entry in page.entries for mark in entry.marks}
    seen = set(state.seen)
    closed = any(not seen.isdisjoint(entry.marks) for entry in last.entries) and present.issuperset(state.tries)
    return None if closed or not last.entries or not seen else last.earlier


def joined(pages: Sequence[ParsedFeed]) -> ParsedFeed:
    """One feed with the entries of all pages, each once; the rest is that of the first."""
    entries: dict[tuple[str, ...], FeedEntry] = {}
    for page in pages:
        for entry in page.entries:
            entries.setdefault(entry.marks, entry)
    return replace(pages[0], entries=tuple(entries.values()), whole=all(page.whole for page in pages))
