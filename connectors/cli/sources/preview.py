"""A test poll of a source: what it would bring, without sending or remembering anything."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from connectors.cli.common.connect import now
from connectors.feeds import page_urls
from connectors.files.items import RefusedInput
from connectors.http.page_client import page_client
from connectors.sources.discover import Discovery
from connectors.sources.poller import Report
from connectors.watch.kinds import Reading
from streams.contract.messages import RawArticle, SourceState, WatchedSource
from streams.contract.urls import is_url
from streams.runtime.settings import Settings

MAX_SHOWN = 5  # the newest entries


@dataclass
class Preview:
    """``error``: why the source cannot be read. ``page``: what the page of the newest entry is, or why it is not.

    ``notes``: what else is worth knowing, such as how many entries are too old to alert.
    """

    source: WatchedSource
    title: str | None = None
    moved_to: str | None = None
    articles: list[RawArticle] = field(default_factory=list)
    refused: Sequence[RefusedInput] = ()
    notes: list[str] = field(default_factory=list)
    page: str = ""
    error: str | None = None

    def newest(self) -> list[RawArticle]:
        return self.articles[: -MAX_SHOWN - 1 : -1]

    def report(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "url": self.source.url,
            "title": self.title,
            "moved_to": self.moved_to,
            "entries": len(self.articles),
            "refused": [{"origin": one.origin, "reason": one.reason} for one in self.refused],
            "newest": [
                {"title": one.given.title, "url": one.url, "published": one.given.published} for one in self.newest()
            ],
            "notes": self.notes,
            "page": self.page,
            "error": self.error,
        }


def poll_once(source: WatchedSource, settings: Settings) -> Preview:
    """Poll the source with its own text, and fetch the page of its newest entry."""
    found = asyncio.run(_poll(source, settings))
    newest = next((one.url for one in reversed(found.articles) if one.url), None)
    if newest is not None and source.kind == "feed" and source.text == "page":
        page = next(page_urls.read([newest], settings, lane=source.lane, allow_private=source.allow_private), None)
        if isinstance(page, RefusedInput):
            found.page = page.reason
        elif page is not None:
            found.page = f"{len(page.page()):,} bytes of {page.form}"
    return found


def discover(url: str, settings: Settings, *, allow_private: bool) -> Discovery:
    """The feeds of a site. Raises as `connectors.sources.discover.Site.discover`."""

    async def look() -> Discovery:
        reading = _reading(url, settings, lambda line: None, allow_private=allow_private)
        try:
            return await reading.discover(url)
        finally:
            await reading.close()

    return asyncio.run(look())


def _reading(url: str, settings: Settings, report: Report, *, allow_private: bool) -> Reading:
    client = page_client(settings, allow_private=(url,) if allow_private and is_url(url) else ())
    return Reading(client, settings, report=report, now=now, trial=True)


async def _poll(source: WatchedSource, settings: Settings) -> Preview:
    found = Preview(source)

    async def publish(article: RawArticle) -> None:
        found.articles.append(article)

    async def save(state: SourceState) -> None:
        """Nothing is remembered."""

    lines: list[str] = []
    reading = _reading(source.url, settings, lines.append, allow_private=source.allow_private)
    try:
        state, summary = await reading.poller.poll(
            replace(source, text="source"), SourceState(url=source.url), publish, save
        )
    finally:
        await reading.close()
    found.title, found.moved_to, found.error = state.title, state.moved_to, state.error
    found.refused = summary.refused[: len(summary.refused) - summary.failed]
    refusals = {f"{one.origin}: {one.reason}" for one in summary.refused}
    found.notes = [line for line in lines if line not in refusals]
    return found
