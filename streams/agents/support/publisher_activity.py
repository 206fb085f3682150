"""Publishers in as they are heard; those that usually send and have fallen silent, out. Nothing is stored for it.

What is known of a publisher is in which of the last 72 hours it was heard: 72 bits. One that was heard in several of
them, and for a day at least, has a habit; it is silent when it has said nothing for clearly longer than its own longest
pause, so that a night or a slow outlet is no alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

HOURS = 72  # what the rows of copies reach back to, so that a restart knows as much as before
USUAL_HOURS = 6  # heard in fewer of them: nobody can say what is usual
KNOWN_HOURS = 24  # a publisher that is newer has not shown its night yet
LEAST_SILENCE_HOURS = 2  # one that sends every hour may miss one
LONGER = 1.5  # times the longest pause: clearly longer, and still the same night

_ALL = (1 << HOURS) - 1


@dataclass
class _Heard:
    last: int  # hour since 1970
    hours: int  # bit n: heard in hour last - n


@dataclass(frozen=True)
class Silent:
    """A publisher that has said nothing for ``hours`` whole hours; its longest pause before was ``usual_hours``."""

    publisher: str
    hours: int
    usual_hours: int


@dataclass(frozen=True)
class Tally:
    """``usual``: how many publishers have a habit; ``silent``: those of them that break it, the longest first."""

    usual: int
    silent: tuple[Silent, ...]


class Sources:
    """The publishers of one partition."""

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}
        self.latest: datetime | None = None  # when anything was heard last

    def hear(self, publisher: str, at: datetime) -> None:
        """Take in that an article came, in any order of time."""
        self.latest = max(self.latest or at, at)
        hour = _hour(at)
        known = self._heard.setdefault(publisher, _Heard(hour, 1))
        if hour > known.last:
            known.hours = (known.hours << min(hour - known.last, HOURS) | 1) & _ALL
            known.last = hour
        elif known.last - hour < HOURS:
            known.hours |= 1 << (known.last - hour)

    def tally(self, now: datetime) -> Tally:
        """How things stand at ``now``. Who was not heard within the 72 hours is forgotten."""
        hour = _hour(now)
        self._heard = {name: one for name, one in self._heard.items() if hour - one.last < HOURS}
        habits = {name: one for name, one in self._heard.items() if _is_usual(one, hour)}
        silent = [
            Silent(name, hour - one.last, pause)
            for name, one in habits.items()
            if hour - one.last > max(LEAST_SILENCE_HOURS, LONGER * (pause := _longest_pause(one.hours)))
        ]
        return Tally(len(habits), tuple(sorted(silent, key=lambda one: (-one.hours, one.publisher))))


def together(tallies: Iterable[Tally]) -> Tally:
    """One tally of several partitions. A publisher with a habit in two languages counts twice."""
    tallies = tuple(tallies)
    silent = sorted((one for tally in tallies for one in tally.silent), key=lambda one: (-one.hours, one.publisher))
    return Tally(sum(tally.usual for tally in tallies), tuple(silent))


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _is_usual(one: _Heard, hour: int) -> bool:
    known_for = hour - one.last + one.hours.bit_length()
    return one.hours.bit_count() >= USUAL_HOURS and known_for > KNOWN_HOURS


def _longest_pause(hours: int) -> int:
    """The most hours between two in which it was heard."""
    return max(len(pause) for pause in f"{hours:b}".split("1"))
