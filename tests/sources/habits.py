"""Rhythms of invented sources."""

from datetime import UTC, datetime, timedelta

from streams.contract.messages import Rhythm
from streams.sources import rhythm

MONDAY = datetime(2031, 5, 5, 0, 0, tzinfo=UTC)


def learnt(days: int, hours: tuple[int, ...], weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)) -> Rhythm:
    """The rhythm of a source that brings something in these hours, after so many days."""
    habits = rhythm.first(MONDAY)
    for day in range(days):
        for hour in hours:
            at = MONDAY + timedelta(days=day, hours=hour, minutes=20)
            if at.weekday() in weekdays:
                habits = rhythm.record(rhythm.record(habits, at), at + timedelta(minutes=5))
    return habits
