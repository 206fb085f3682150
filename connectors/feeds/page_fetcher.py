"""Fetches the page of a feed entry, or takes the feed's own text where the page is not available."""

from collections.abc import Callable

import httpx

from connectors.feeds.articles import PollContext, from_feed, from_page
from connectors.feeds.parse.entries import FeedEntry
from connectors.feeds.parse.sandbox import Sandbox
from connectors.http.fetch import Fetched, Held, Sleep, fetch
from connectors.http.holds import Holds
from connectors.http.net import shown
from connectors.http.polite import Robots
from streams.contract.errors import Rejected, StorywatchError, Unavailable, UsageError
from streams.contract.messages import RawArticle
from streams.runtime.metrics import report_unexpected

THIN_WORDS = 30  # that a page shows without its scripts; one with fewer is no article
# signs of text that a page holds but does not show
_HOLDS_TEXT = (b"articlebody", b"text/template", b'type="text/html"', b"<template")


class PageUnavailable(Exception):
    """The page of an entry without text is not available for now. ``counts``: whether it was requested."""

    def __init__(self, line: str, *, counts: bool) -> None:
        super().__init__(line)
        self.counts = counts


class PageFetcher:
    """Fetches pages within robots.txt and the holds of hosts. ``report`` gets one line for each that is replaced."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        robots: Robots,
        holds: Holds,
        sandbox: Sandbox,
        *,
        timeout_seconds: float,
        report: Callable[[str], None],
        sleep: Sleep,
    ) -> None:
        self._client = client
        self._robots = robots
        self._holds = holds
        self._sandbox = sandbox
        self._timeout_seconds = timeout_seconds
        self._report = report
        self._sleep = sleep

    async def article(self, entry: FeedEntry, poll: PollContext) -> tuple[RawArticle, bool]:
        """The article, and whether it is the page. Raises `Rejected` or `PageUnavailable` without any text."""
        try:
            return await self._article(entry, poll)
        except (StorywatchError, PageUnavailable):
            raise
        except Exception as error:  # the last resort: an unexpected error costs one entry
            raise Rejected(report_unexpected("entry", error)) from error

    async def _article(self, entry: FeedEntry, poll: PollContext) -> tuple[RawArticle, bool]:
        problem: Exception = Rejected("an entry without link and text")
        if entry.url:
            try:
                page = await fetch(
                    self._client,
                    entry.url,
                    timeout_seconds=self._timeout_seconds,
                    headers=poll.headers,
                    visit=self._robots.visit,
                    sleep=self._sleep,
                )
                if not await self._is_thin(page):
                    return from_page(entry, page, poll), True
                problem = Rejected("a page that shows next to no text without its scripts")
            except (Rejected, UsageError) as error:
                problem = Rejected(str(error))
            except Unavailable as error:
                if isinstance(error, Held):
                    await self._holds.hold(error)
                problem = PageUnavailable(str(error), counts=not isinstance(error, Held) or error.asked)
        article = from_feed(entry, poll)
        if article is None:
            raise problem
        if entry.url:
            self._report(f"{shown(entry.url)}: {problem}; the feed's own text is taken")
        return article, False

    async def _is_thin(self, page: Fetched) -> bool:
        """Whether a page needs its scripts: it shows almost no text and holds none that they could show."""
        content = page.content.lower()
        scripted = b"<script" in content or b"http-equiv" in content
        if not scripted or content.count(b"<p") > 2 or any(sign in content for sign in _HOLDS_TEXT):
            return False
        try:
            return await self._sandbox.words_of_page(page.content, page.charset) < THIN_WORDS
        except Rejected:
            return False  # cleaning will explain why
