"""Feeds that the workers watch: an entry leaves its feed after a few answers, so what a worker drops is lost."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.messages import WatchedSource, digest
from streams.runtime.settings import Settings
from tests.connectors.http.serving import Answer, Site
from tests.faults.crew import Crew

FEEDS = 3
PAGED = 1  # of them, whose entries are read as pages; of the others the feed's own text is taken
ENTRY_SECONDS = 3.0  # between two new entries
POLL_SECONDS = 3.0
ANSWERS = 5  # after which an entry leaves its feed: a fetcher may be killed with the first ones
HANG_SECONDS = 30.0  # longer than a fetcher waits
HEADERS = {"Content-Type": "application/rss+xml"}


class Feeds:
    """``pages`` makes texts. ``no_names``: while this file exists the workers find no address of a feed's host."""

    def __init__(self, site: Site, pages: Callable[[int], list[str]], folder: Path) -> None:
        self.no_names = folder / "no-names"
        self.met = 0  # requests that hung
        self.hangs = threading.Event()
        self.published: set[str] = set()  # the addresses of all entries
        self.are_watched = False
        self._created_at = datetime.now(UTC)
        self._site = site
        self._pages = pages
        self._lock = threading.Lock()
        self._shown: list[dict[str, int]] = [{} for _ in range(FEEDS)]  # address -> answers so far, of each feed
        self._texts: dict[str, str] = {}
        self._next_at = 0.0
        for number in range(FEEDS):
            site.routes[f"/watched-{number}.xml"] = self._route(number)

    def watch(self, settings: Settings, *, paused: bool) -> None:
        """Have the workers poll the feeds, or pause that."""
        with Producer(settings) as producer:
            for source in self._sources(paused=paused):
                producer.send(topics.SOURCES, source)
        self.are_watched = not paused

    def _sources(self, *, paused: bool) -> list[WatchedSource]:
        """By name, so that there is something to look up."""
        urls = [f"http://localhost:{self._site.port}/watched-{number}.xml" for number in range(FEEDS)]
        return [
            WatchedSource(
                id=digest(url),
                url=url,
                site=f"site-{number}.example",  # so that several workers poll them
                created_at=self._created_at,
                paused=paused,
                interval_seconds=POLL_SECONDS,
                allow_private=True,
                text="page" if number < PAGED else "source",
            )
            for number, url in enumerate(urls)
        ]

    def tick(self) -> None:
        """Publish an entry if it is time."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + ENTRY_SECONDS
        number = len(self.published)
        path = f"/entry-{number}"
        url = f"http://localhost:{self._site.port}{path}"
        [text] = self._pages(1)
        self._site.routes[path] = Answer(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        with self._lock:
            self._texts[url] = text
            self._shown[number % FEEDS][url] = 0
            self.published.add(url)

    def all_left(self) -> bool:
        """Whether each entry was shown often enough."""
        return not any(self._shown)

    def _route(self, feed: int) -> Callable[[Mapping[str, str]], Answer]:
        def answer(_: Mapping[str, str]) -> Answer:
            if self.hangs.is_set():
                self.met += 1
                self._site.stop.wait(HANG_SECONDS)
                return Answer(status=503)
            with self._lock:
                shown = self._shown[feed]
                items = "".join(self._item(url) for url in reversed(shown))
                self._shown[feed] = {url: times + 1 for url, times in shown.items() if times + 1 < ANSWERS}
            feed_text = f"<rss version='2.0'><channel><title>Feed</title>{items}</channel></rss>"
            return Answer(feed_text.encode(), headers=HEADERS)

        return answer

    def _item(self, url: str) -> str:
        text = escape(self._texts[url])
        return f"<item><title>{digest(url)}</title><link>{url}</link><description>{text}</description></item>"


def spools_empty(crew: Crew) -> bool:
    """Whether no worker has messages on disk that wait for Kafka."""
    return not any(member.spooled for member in crew.members)
