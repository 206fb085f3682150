"""Which publishers have fallen silent: a metric, and a log line for each that falls silent or is heard again.

A publisher's activity is one bit for each of the last 72 hours, and is not stored. A publisher with articles in several
of those hours, the first more than a day ago, has a usual rhythm. It is silent once its pause is clearly longer than
its own longest one, so that a night or a slow outlet raises no alarm.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from streams.agents.support.services import Services
from streams.contract.stage import BackgroundContext
from streams.runtime import metrics

log = structlog.get_logger("storywatch.sources")

CHECK_SECONDS = 30.0  # often enough, since silence is counted in hours
HOURS = 72  # as far as the rows of copies reach back, so that a restart loses nothing
USUAL_HOURS = 6  # active hours, below which no rhythm can be told
KNOWN_HOURS = 24  # a publisher known for a shorter time has not had a night yet
LEAST_SILENCE_HOURS = 2  # a publisher that sends every hour may miss one
LONGER = 1.5  # times the longest pause: clearly longer, and still within the same night

_ALL = (1 << HOURS) - 1


@dataclass
class ActiveHours:
    """In which of the last `HOURS` hours a publisher was active."""

    last: int  # hour since 1970
    hours: int  # bit n: active in hour last - n


@dataclass(frozen=True)
class SilentPublisher:
    """A publisher without an article for ``hours`` whole hours; its longest pause before was ``usual_hours``."""

    publisher: str
    hours: int
    usual_hours: int


@dataclass(frozen=True)
class ActivitySummary:
    """``usual``: number of publishers with a usual rhythm; ``silent``: those that break it, the longest first."""

    usual: int
    silent: tuple[SilentPublisher, ...]


class PublisherActivity:
    """When the publishers of one partition were active."""

    def __init__(self) -> None:
        self.active_hours: dict[str, ActiveHours] = {}
        self.latest: datetime | None = None  # time of the latest article

    def record(self, publisher: str, at: datetime) -> None:
        """Record an article; articles come in any order of time."""
        self.latest = max(self.latest or at, at)
        hour = _hour(at)
        known = self.active_hours.setdefault(publisher, ActiveHours(hour, 1))
        if hour > known.last:
            known.hours = (known.hours << min(hour - known.last, HOURS) | 1) & _ALL
            known.last = hour
        elif known.last - hour < HOURS:
            known.hours |= 1 << (known.last - hour)

    def summarise(self, now: datetime) -> ActivitySummary:
        """Return the summary at ``now``, and forget the publishers without an article in the last 72 hours."""
        hour = _hour(now)
        self.active_hours = {name: one for name, one in self.active_hours.items() if hour - one.last < HOURS}
        usual = {name: one for name, one in self.active_hours.items() if _is_usual(one, hour)}
        silent = [
            SilentPublisher(name, hour - one.last, pause)
            for name, one in usual.items()
            if hour - one.last > max(LEAST_SILENCE_HOURS, LONGER * (pause := _longest_pause(one.hours)))
        ]
        return ActivitySummary(len(usual), tuple(sorted(silent, key=lambda one: (-one.hours, one.publisher))))


def merge_summaries(summaries: Iterable[ActivitySummary]) -> ActivitySummary:
    """Merge the summaries of several partitions. A publisher with a rhythm in two languages counts twice."""
    summaries = tuple(summaries)
    silent = sorted(
        (one for summary in summaries for one in summary.silent), key=lambda one: (-one.hours, one.publisher)
    )
    return ActivitySummary(sum(summary.usual for summary in summaries), tuple(silent))


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _is_usual(one: ActiveHours, hour: int) -> bool:
    known_for = hour - one.last + one.hours.bit_length()
    return one.hours.bit_count() >= USUAL_HOURS and known_for > KNOWN_HOURS


def _longest_pause(hours: int) -> int:
    """Return the longest gap between two active hours."""
    return max(len(pause) for pause in f"{hours:b}".split("1"))


async def report_silence(services: Services, live: BackgroundContext) -> None:
    """Run as long as the worker. Names go to the log only, since as metric labels they are unbounded."""
    silent: set[str] = set()
    while True:
        summary = merge_summaries(state.publishers.summarise(services.clock()) for state in live.states.values())
        metrics.SOURCES_USUAL.set(summary.usual)
        metrics.SOURCES_SILENT.set(len(summary.silent))
        latest = [state.publishers.latest for state in live.states.values() if state.publishers.latest]
        if latest:
            metrics.LAST_ARTICLE.set(max(latest).timestamp())
        for one in summary.silent:
            if one.publisher not in silent:
                log.warning("silent", publisher=one.publisher, hours=one.hours, longest_pause_hours=one.usual_hours)
        names = {one.publisher for one in summary.silent}
        for name in sorted(silent - names):
            log.info("not silent any more", publisher=name)
        silent = names
        await asyncio.sleep(CHECK_SECONDS)
