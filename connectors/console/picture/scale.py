"""A line of time: moments -> places in a drawing, and the ticks below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_STEPS = (
    *(number * _MINUTE for number in (1, 2, 5, 10, 15, 30)),
    *(number * _HOUR for number in (1, 2, 3, 6, 12)),
    *(number * _DAY for number in (1, 2, 7, 14, 30, 90, 365, 3650, 36500)),
)


@dataclass(frozen=True)
class TimeScale:
    """Places from ``left`` to ``right`` for the times from ``start`` to ``end``; other times are put at the ends."""

    start: datetime
    end: datetime
    left: float
    right: float

    def place(self, at: datetime) -> float:
        span = (self.end - self.start) / timedelta(seconds=1)
        share = (at - self.start) / timedelta(seconds=1) / span if span > 0 else 0.5
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)

    def ticks(self, most: int, zone: tzinfo = UTC) -> Iterator[tuple[float, str]]:
        """Up to ``most`` round times with their places and labels, in the clock of ``zone``."""
        span = self.end - self.start
        step = next((step for step in _STEPS if span / step <= most), _STEPS[-1])
        at = _rounded_up(self.start.astimezone(zone).replace(tzinfo=None), step)
        while True:
            try:
                moment = at.replace(tzinfo=zone)
                if moment > self.end:
                    return
                yield self.place(moment), _label(at, step, span)
                at += step
            except OverflowError:  # the end of the calendar
                return


def _rounded_up(local: datetime, step: timedelta) -> datetime:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if step >= _DAY:
        return midnight if midnight == local else midnight + _DAY
    return midnight + -((midnight - local) // step) * step


def _label(at: datetime, step: timedelta, span: timedelta) -> str:
    if step >= timedelta(days=365):
        return f"{at.year}"
    if step >= _DAY:
        return f"{at.day} {at:%b}" + (f" {at.year}" if span > timedelta(days=300) else "")
    if span > _DAY and not (at.hour or at.minute):
        return f"{at.day} {at:%b}"
    return f"{at:%H:%M}"
