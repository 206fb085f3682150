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
from streams.contract.stage import Live
from streams.runtime import metrics

log = structlog.get_logger("storywatch.sources")

LOOK_SECONDS = 30.0  # silence is counted in hours
HOURS = 72  # what the rows of copies reach back to, so that a restart knows as much as before
USUAL_HOURS = 6  # heard in fewer of them: nobody can say what is usual
KNOWN_HOURS = 24  # a publisher that is newer has not shown its night yet
LEAST_SILENCE_HOURS = 2  # one that sends every hour may miss one
LONGER = 1.5  # times the longest pause: clearly longer, and still the same night

_ALL = (1 << HOURS) - 1


@dataclass
class _ActiveHours:
    last: int  # hour since 1970
    hours: int  # bit n: heard in hour last - n


@dataclass(frozen=True)
class SilentPublisher:
    """A publisher that has said nothing for ``hours`` whole hours; its longest pause before was ``usual_hours``."""

    publisher: str
    hours: int
    usual_hours: int


@dataclass(frozen=True)
class ActivitySummary:
    """``usual``: how many publishers have a habit; ``silent``: those of them that break it, the longest first."""

    usual: int
    silent: tuple[SilentPublisher, ...]


class PublisherActivity:
    """The publishers of one partition."""

    def __init__(self) -> None:
        self._heard: dict[str, _ActiveHours] = {}
        self.latest: datetime | None = None  # when anything was heard last

    def record(self, publisher: str, at: datetime) -> None:
        """Take in that an article came, in any order of time."""
        self.latest = max(self.latest or at, at)
        hour = _hour(at)
        known = self._heard.setdefault(publisher, _ActiveHours(hour, 1))
        if hour > known.last:
            known.hours = (known.hours << min(hour - known.last, HOURS) | 1) & _ALL
            known.last = hour
        elif known.last - hour < HOURS:
            known.hours |= 1 << (known.last - hour)

    def summarise(self, now: datetime) -> ActivitySummary:
        """How things stand at ``now``. Who was not heard within the 72 hours is forgotten."""
        hour = _hour(now)
        self._heard = {name: one for name, one in self._heard.items() if hour - one.last < HOURS}
        habits = {name: one for name, one in self._heard.items() if _is_usual(one, hour)}
        silent = [
            SilentPublisher(name, hour - one.last, pause)
            for name, one in habits.items()
            if hour - one.last > max(LEAST_SILENCE_HOURS, LONGER * (pause := _longest_pause(one.hours)))
        ]
        return ActivitySummary(len(habits), tuple(sorted(silent, key=lambda one: (-one.hours, one.publisher))))


def merge_summaries(tallies: Iterable[ActivitySummary]) -> ActivitySummary:
    """One tally of several partitions. A publisher with a habit in two languages counts twice."""
    tallies = tuple(tallies)
    silent = sorted((one for tally in tallies for one in tally.silent), key=lambda one: (-one.hours, one.publisher))
    return ActivitySummary(sum(tally.usual for tally in tallies), tuple(silent))


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _is_usual(one: _ActiveHours, hour: int) -> bool:
    known_for = hour - one.last + one.hours.bit_length()
    return one.hours.bit_count() >= USUAL_HOURS and known_for > KNOWN_HOURS


def _longest_pause(hours: int) -> int:
    """The most hours between two in which it was heard."""
    return max(len(pause) for pause in f"{hours:b}".split("1"))


async def tell_of_silence(services: Services, live: Live) -> None:
    """Runs as long as the worker. Names are in the log only: as labels of a metric they would have no bound."""
    silent: set[str] = set()
    while True:
        tally = merge_summaries(state.publishers.summarise(services.clock()) for state in live.states.values())
        metrics.SOURCES_USUAL.set(tally.usual)
        metrics.SOURCES_SILENT.set(len(tally.silent))
        heard = [state.publishers.latest for state in live.states.values() if state.publishers.latest]
        if heard:
            metrics.LAST_ARTICLE.set(max(heard).timestamp())
        for one in tally.silent:
            if one.publisher not in silent:
                log.warning("silent", publisher=one.publisher, hours=one.hours, longest_pause_hours=one.usual_hours)
        names = {one.publisher for one in tally.silent}
        for name in sorted(silent - names):
            log.info("not silent any more", publisher=name)
        silent = names
        await asyncio.sleep(LOOK_SECONDS)
