"""Polls feeds, once or until a signal, and publishes their new articles to Kafka."""

import asyncio
from collections.abc import Sequence
from typing import Any

from connectors.cli.common import output
from connectors.cli.common.connect import now
from connectors.cli.common.run_until_signal import run_until_signal
from connectors.cli.common.times import iso_time
from connectors.http.net import guarded_client
from connectors.kafka.producer import Producer
from connectors.sources.poller import Summary
from connectors.sources.state_files import FeedStates
from connectors.watch.watcher import Watcher
from streams.contract import topics
from streams.contract.errors import Unavailable
from streams.contract.messages import Lane, RawArticle
from streams.runtime.files import keep_private
from streams.runtime.settings import Settings
from streams.sources.schedule import INTERVAL_SECONDS

MAX_TITLE = 70  # characters of it before an article's URL


class FeedPublisher:
    """One run of `watch`. ``kafka_error`` is set if Kafka did not accept an article, which the next poll retries."""

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
        self.kafka_error: Unavailable | None = None

    async def run(self, feeds: Sequence[str], interval_seconds: float | None) -> Summary | None:
        """Return the summary of one poll of each feed, None after an endless run.

        Raises `FatalError` if the state of the feeds cannot be stored.
        """
        interval = interval_seconds or INTERVAL_SECONDS
        keep_private(self._settings.data_dir)
        async with guarded_client(
            allow_private=feeds if self._allow_private else (),  # the hosts of the feeds, not those they link to
            timeout_seconds=self._settings.fetch_timeout_seconds,
            user_agent=self._settings.user_agent,
        ) as client:
            watcher = Watcher(
                client,
                self._settings,
                FeedStates(self._settings.data_dir / "feeds"),
                self._publish,
                report=output.error,
                lane=self._lane,
            )
            if self._once:
                return await watcher.once(feeds, interval_seconds=interval)
            output.note(f"watching {output.counted(len(set(feeds)), 'feed')}; Ctrl-C ends")
            await run_until_signal(watcher.run(feeds, interval_seconds=interval))
            return None

    async def _publish(self, article: RawArticle) -> None:
        try:
            await asyncio.to_thread(self._producer.send, topics.RAW, article)
        except Unavailable as error:
            self.kafka_error = error  # the watcher treats it as a failure of this feed, and retries at the next poll
            raise
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
