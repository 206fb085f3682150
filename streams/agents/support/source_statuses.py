"""Tells people and other programs how each source is: the topic of statuses, metrics, and log lines of changes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import get_args

import structlog

from streams.contract import topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import HealthState, SourceStatus, WatchedSource
from streams.contract.stage import BackgroundContext
from streams.runtime import metrics
from streams.runtime.spool.sender import DIRECT_SECONDS, confirmed
from streams.sources.health import WELL
from streams.sources.polls import SourcePolls, to_status

log = structlog.get_logger("storywatch.sources")

REPEAT_AFTER = timedelta(minutes=15)  # without a change
TOLD_AT_ONCE = ("health", "why", "articles", "refused", "failures", "error", "moved_to", "title")
MOST_AT_ONCE = 500  # statuses that are sent in one go


class Statuses:
    """The statuses that this process has sent. ``update`` is called now and then."""

    def __init__(self) -> None:
        self._sent: dict[str, SourceStatus] = {}

    async def update(
        self,
        mine: Iterable[tuple[int, WatchedSource]],
        owned: Mapping[int, SourcePolls],
        now: datetime,
        live: BackgroundContext,
    ) -> None:
        """Assess the sources that are polled here, and send what has changed."""
        found = [to_status(source, owned[partition].state(source), now) for partition, source in mine]
        counts = Counter(one.health for one in found)
        for health in get_args(HealthState):
            metrics.SOURCE_HEALTH.labels(health).set(counts[health])
        ids = {one.source for one in found}
        self._sent = {id_: status for id_, status in self._sent.items() if id_ in ids}
        for one in [status for status in found if self._is_news(status)][:MOST_AT_ONCE]:
            before = self._sent.get(one.source)
            if before is not None and before.health != one.health:
                tell = log.info if one.health in WELL else log.warning
                tell("source", source=one.source, health=one.health, before=before.health, why=one.why)
            try:
                if not await confirmed(live.send(topics.STATUS, one, ()), DIRECT_SECONDS):
                    return
            except StorywatchError:
                raise
            except Exception as error:  # of the broker or its client: it is sent at the next look
                log.warning("a status was not sent", source=one.source, error=repr(error))
                return
            self._sent[one.source] = one

    def _is_news(self, status: SourceStatus) -> bool:
        before = self._sent.get(status.source)
        if before is None or status.at - before.at >= REPEAT_AFTER:
            return True
        return any(getattr(before, name) != getattr(status, name) for name in TOLD_AT_ONCE)
