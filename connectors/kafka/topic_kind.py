"""Topics of the user's own as a kind of source: a poll follows the topic for a minute, and the next one begins at once.

The position is that of the consumer group: offsets are committed once their articles are confirmed, so nothing is lost,
and what is read again after a crash has the same ids.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from msgspec.structs import replace

from connectors.files.items import RefusedInput
from connectors.kafka.topic_source import SCHEME, TopicSource
from connectors.sources.kind import Arrival, Step
from streams.contract.messages import SourceState, WatchedSource
from streams.runtime.settings import Settings

FOLLOW_SECONDS = 60.0
BETWEEN_SECONDS = 1.0  # two polls
TRIAL_RECORDS = 500  # that are read where nothing is committed


class TopicKind:
    """Follows topics, each in a thread of its own, since the client blocks and belongs to one thread.

    ``report`` gets one line for each value that is ignored. A poll reads to the present end, and follows the topic
    for ``follow_seconds``. Without ``commits`` the next poll brings the same again.
    """

    interval_seconds = BETWEEN_SECONDS

    def __init__(
        self,
        settings: Settings,
        *,
        report: Callable[[str], None],
        follow_seconds: float = FOLLOW_SECONDS,
        commits: bool = True,
    ) -> None:
        self._settings = settings
        self._report = report
        self._follow_seconds = follow_seconds
        self._commits = commits

    async def poll(self, source: WatchedSource, state: SourceState) -> AsyncGenerator[Step, None]:
        """As `connectors.sources.kind.Kind.poll`."""
        loop = asyncio.get_running_loop()
        opened = ExitStack()
        thread = ThreadPoolExecutor(1, thread_name_prefix="topic")
        try:
            topic = await loop.run_in_executor(thread, self._open, source, opened)
            until, count = time.monotonic() + self._follow_seconds, 0
            while time.monotonic() < until or not await loop.run_in_executor(thread, topic.at_end):
                records = await loop.run_in_executor(thread, topic.next_records)
                for record in records:
                    for found in await loop.run_in_executor(thread, list, topic.found(record)):
                        yield found if isinstance(found, RefusedInput) else Arrival(found)
                count += len(records)
                if not self._commits and count >= TRIAL_RECORDS:
                    break
                if records and self._commits:  # all of them are confirmed, as this goes on
                    await loop.run_in_executor(thread, topic.commit, records)
                    state = replace(state, polled=True)
                    yield state
        finally:
            thread.submit(opened.close)  # after what still runs there
            thread.shutdown(wait=False)
        yield replace(state, polled=True)

    def _open(self, source: WatchedSource, opened: ExitStack) -> TopicSource:
        topic = TopicSource(
            self._settings,
            source.url.removeprefix(f"{SCHEME}:"),
            lane=source.lane,
            warn=lambda place, line: self._report(f"{place}: {line}"),
        )
        opened.enter_context(topic)
        topic.assign()
        return topic
