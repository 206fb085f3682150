"""Polls feeds, once or until a signal, and publishes their new articles to Kafka, or to disk while it is away."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from connectors.cli.common import output
from connectors.cli.common.connect import now
from connectors.cli.common.run_until_signal import run_until_signal
from connectors.cli.common.times import iso_time
from connectors.http.page_client import page_client
from connectors.kafka.producer import Producer
from connectors.sources.poller import Summary
from connectors.sources.state_files import FeedStates
from connectors.watch.watcher import Watcher
from streams.contract import topics
from streams.contract.errors import Unavailable
from streams.contract.messages import Lane, Message, RawArticle
from streams.contract.topics import Topic
from streams.runtime.files import keep_private
from streams.runtime.settings import Settings
from streams.runtime.spool.sender import DIRECT_SECONDS, SpoolingSender
from streams.runtime.spool.spool import MEGABYTE, Spool
from streams.sources.schedule import INTERVAL_SECONDS

MAX_TITLE = 70  # characters of it before an article's URL
SENDING_THREADS = 8  # of their own: while Kafka is away each is blocked for half a minute


class FeedPublisher:
    """One run of `watch`. ``kafka_error`` is set if articles are left on disk, which the next run sends."""

    def __init__(
        self, settings: Settings, producer: Producer, *, lane: Lane, allow_private: bool, as_json: bool, once: bool
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._lane = lane
        self._allow_private = allow_private
        self._as_json = as_json
        self._once = once
        self._published: list[dict[str, Any]] = []
        self._threads = ThreadPoolExecutor(SENDING_THREADS)
        self.kafka_error: Unavailable | None = None

    async def run(self, feeds: Sequence[str], interval_seconds: float | None) -> Summary | None:
        """Return the summary of one poll of each feed, None after an endless run.

        Raises `FatalError` if the state of the feeds cannot be stored.
        """
        interval = interval_seconds or INTERVAL_SECONDS
        keep_private(self._settings.data_dir)
        folder, limit_bytes = self._settings.data_dir / "spool", self._settings.spool_megabytes * MEGABYTE
        with closing(Spool(folder, limit_bytes)) as spool:
            sender = SpoolingSender(spool, self._deliver)
            sending = asyncio.create_task(sender.run())
            try:
                summary = await self._poll(feeds, interval, sender)
                await sender.drained(DIRECT_SECONDS)
                return summary
            finally:
                sending.cancel()
                await asyncio.wait({sending})
                self._threads.shutdown(wait=False, cancel_futures=True)
                if sender.waiting:
                    waiting = output.counted(sender.waiting, "article")
                    self.kafka_error = Unavailable(
                        f"Kafka at {self._settings.kafka} is away: {waiting} on disk. The next `storywatch watch` or "
                        f"the worker sends it"
                    )

    async def _poll(self, feeds: Sequence[str], interval: float, sender: SpoolingSender) -> Summary | None:
        async def publish(article: RawArticle) -> None:
            await sender.send(topics.RAW, article)
            self._tell(article)

        private = feeds if self._allow_private else ()  # the hosts of the feeds, not those they link to
        async with page_client(self._settings, allow_private=private) as client:
            watcher = Watcher(
                client,
                self._settings,
                FeedStates(self._settings.data_dir / "feeds"),
                publish,
                report=output.error,
                lane=self._lane,
            )
            if self._once:
                return await watcher.once(feeds, interval_seconds=interval)
            output.note(f"watching {output.counted(len(set(feeds)), 'feed')}; Ctrl-C ends")
            await run_until_signal(watcher.run(feeds, interval_seconds=interval))
            return None

    async def _deliver(self, topic: Topic, message: Message) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._producer.send, topic, message)

    def _tell(self, article: RawArticle) -> None:
        title = output.shortened(article.given.title or "", MAX_TITLE)
        published = {"origin": article.origin, "arrival": article.id, "url": article.url, "title": article.given.title}
        if self._once:
            self._published.append(published)
        if not self._as_json:
            output.echo("  ".join(part for part in (iso_time(now()), title, article.url or article.origin) if part))
        elif not self._once:
            output.record(published)

    def report(self, summary: Summary) -> dict[str, Any]:
        """The result of one poll as a JSON object."""
        return {
            "feeds": summary.feeds,
            "failed": summary.failed,
            "unchanged": summary.unchanged,
            "accepted": summary.new,
            "from_feed": summary.from_feed,
            "backfill": summary.backfill,
            "refused": [{"origin": one.origin, "reason": one.reason} for one in summary.refused],
            "articles": self._published,
        }
