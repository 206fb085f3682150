"""Quiet hours, digests and the most alerts an hour, in time zones and through changes of the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.rules.calendar import DIGEST, LATE, MOST_LATE, PACE, QUIET, SNOOZED, Hold, blocked, hold, is_due
from streams.contract.messages import Digest, Quiet, Track, Weekday
from tests.fiction import NOON, after, track
from tests.fuzz.amount import inputs

BERLIN = {"time_zone": "Europe/Berlin"}
NIGHT = Quiet(start="22:00", end="07:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def held(at: str, **fields: Any) -> tuple[str, str] | None:
    found = hold(track(**fields), utc(at))
    return None if found is None else (found.until.strftime("%Y-%m-%dT%H:%M"), found.why)


@pytest.mark.parametrize(
    ("at", "fields", "expected"),
    [
        ("2031-01-06T20:59", {"quiet": (NIGHT,), **BERLIN}, None),
        ("2031-01-06T21:00", {"quiet": (NIGHT,), **BERLIN}, ("2031-01-07T06:00", QUIET)),
        ("2031-01-07T05:59", {"quiet": (NIGHT,), **BERLIN}, ("2031-01-07T06:00", QUIET)),
        ("2031-01-07T06:00", {"quiet": (NIGHT,), **BERLIN}, None),
        ("2031-07-06T20:30", {"quiet": (NIGHT,), **BERLIN}, ("2031-07-07T05:00", QUIET)),
        # the night in which the clock is set forward (30 March 2031) and back (26 October 2031)
        ("2031-03-29T23:00", {"quiet": (NIGHT,), **BERLIN}, ("2031-03-30T05:00", QUIET)),
        ("2031-10-25T23:00", {"quiet": (NIGHT,), **BERLIN}, ("2031-10-26T06:00", QUIET)),
        ("2031-10-26T00:45", {"quiet": (Quiet(start="01:00", end="02:30"),), **BERLIN}, ("2031-10-26T01:30", QUIET)),
        ("2031-03-30T00:30", {"quiet": (Quiet(start="01:00", end="02:30"),), **BERLIN}, ("2031-03-30T01:30", QUIET)),
        # Saturday and Sunday as a whole, and the night before Monday
        (
            "2031-01-04T10:00",
            {"quiet": (Quiet(start="00:00", end="00:00", weekdays=(Weekday.SAT, Weekday.SUN)), NIGHT)},
            ("2031-01-06T07:00", QUIET),
        ),
        ("2031-01-03T10:00", {"quiet": (Quiet(start="00:00", end="00:00", weekdays=(Weekday.SAT,)),)}, None),
        # a window that begins on Friday lasts into Saturday
        (
            "2031-01-04T03:00",
            {"quiet": (Quiet(start="22:00", end="07:00", weekdays=(Weekday.FRI,)),)},
            ("2031-01-04T07:00", QUIET),
        ),
        ("2031-01-06T10:00", {"digest": Digest(hourly=True)}, ("2031-01-06T11:00", DIGEST)),
        (
            "2031-01-06T10:20",
            {"digest": Digest(hourly=True), "time_zone": "Asia/Kolkata"},
            ("2031-01-06T10:30", DIGEST),
        ),
        ("2031-01-06T10:20", {"digest": Digest(at=("17:00", "08:00")), **BERLIN}, ("2031-01-06T16:00", DIGEST)),
        ("2031-01-06T16:00", {"digest": Digest(at=("17:00", "08:00")), **BERLIN}, ("2031-01-07T07:00", DIGEST)),
        ("2031-01-06T16:00", {"digest": Digest(at=("08:00",), weekdays=(Weekday.MON,))}, ("2031-01-13T08:00", DIGEST)),
        ("2031-01-06T23:30", {"digest": Digest(hourly=True, weekdays=(Weekday.WED,))}, ("2031-01-08T00:00", DIGEST)),
        # a digest at a time that the clock leaves out, and at one that comes twice
        ("2031-03-30T00:30", {"digest": Digest(at=("02:30",)), **BERLIN}, ("2031-03-30T01:30", DIGEST)),
        ("2031-10-25T23:30", {"digest": Digest(at=("02:30",)), **BERLIN}, ("2031-10-26T00:30", DIGEST)),
        ("2031-10-26T00:40", {"digest": Digest(at=("02:30",)), **BERLIN}, ("2031-10-27T01:30", DIGEST)),
        # a digest in quiet hours comes at their end
        ("2031-01-06T20:00", {"digest": Digest(at=("23:00",)), "quiet": (NIGHT,)}, ("2031-01-07T07:00", DIGEST)),
        ("2031-01-06T23:30", {"digest": Digest(at=("07:00",)), "quiet": (NIGHT,)}, ("2031-01-07T07:00", DIGEST)),
        ("2031-01-06T10:00", {"snoozed_until": utc("2031-01-09T12:00")}, ("2031-01-09T12:00", SNOOZED)),
        (
            "2031-01-06T10:00",
            {"snoozed_until": utc("2031-01-09T23:00"), "quiet": (NIGHT,)},
            ("2031-01-10T07:00", SNOOZED),
        ),
        ("2031-01-06T10:00", {"snoozed_until": utc("2031-01-06T10:00")}, None),
        ("2031-01-06T10:00", {}, None),
    ],
)
def test_an_alert_is_held_until(at: str, fields: dict[str, Any], expected: tuple[str, str] | None) -> None:
    assert held(at, **fields) == expected


def test_more_than_the_most_an_hour_is_held_until_there_is_room() -> None:
    calm = track(most_per_hour=2)
    sent = [after(minutes=-50), after(minutes=-10)]
    assert hold(calm, NOON, sent[:1]) is None
    assert hold(calm, NOON, sent) == Hold(after(minutes=10), PACE)
    assert hold(calm, after(minutes=10), sent) is None
    assert hold(track(), NOON, sent * 90) is None


def test_many_late_alerts_gather_for_a_summary() -> None:
    sent = [after(minutes=-number) for number in range(MOST_LATE)]
    assert hold(track(), NOON, sent[1:], late=True) is None
    assert hold(track(), NOON, sent, late=True) == Hold(after(minutes=2), LATE)


@pytest.mark.parametrize(
    ("fields", "waits", "due"),
    [
        ({}, Hold(after(hours=5), QUIET), True),
        ({}, Hold(after(hours=5), SNOOZED), True),
        ({}, Hold(after(hours=5), DIGEST), True),
        ({}, Hold(after(hours=5), PACE), True),
        ({}, Hold(after(hours=5), LATE), False),
        ({"digest": Digest(at=("18:00",))}, Hold(after(hours=6), DIGEST), False),
        ({"digest": Digest(at=("18:00",))}, Hold(NOON, DIGEST), True),
        ({"most_per_hour": 3}, Hold(after(minutes=1), PACE), False),
        ({"paused": True}, Hold(NOON, QUIET), False),
        ({"snoozed_until": after(hours=1)}, Hold(NOON, DIGEST), False),
        ({"quiet": (Quiet(start="11:00", end="13:00"),)}, Hold(NOON, QUIET), False),
    ],
)
def test_what_the_track_says_now_counts(fields: dict[str, Any], waits: Hold, due: bool) -> None:
    assert is_due(track(**fields), waits, NOON) is due


times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
days = st.lists(st.sampled_from(Weekday), max_size=3, unique=True).map(tuple)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
moments = st.integers(1_893_456_000, 1_956_528_000).map(lambda at: datetime.fromtimestamp(at, UTC))


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    quiet = draw(st.lists(st.builds(Quiet, start=times, end=times, weekdays=days), max_size=3))
    at = st.builds(Digest, at=st.lists(times, min_size=1, max_size=3).map(tuple), weekdays=days)
    digest = draw(st.none() | at | st.builds(Digest, hourly=st.just(True), weekdays=days))
    return track(quiet=tuple(quiet), digest=digest, time_zone=draw(zones))


@inputs()
@given(tracks(), moments)
def test_what_is_held_comes_within_days_and_outside_quiet_hours(of: Track, at: datetime) -> None:
    found = hold(of, at)
    if found is None:
        assert of.digest is None
        assert not blocked(of, at)
        return
    assert timedelta(0) < found.until - at < timedelta(days=30)
    whole_week = blocked(of, found.until)  # only quiet hours without any end
    assert not whole_week or found.until - at >= timedelta(days=8)
    assert is_due(of, found, found.until) or whole_week
