"""When an alert may be sent: quiet hours, digests, snoozing, and the most alerts an hour.

All of it is computed from the log time of the alert, in the track's time zone. Where a clock is set back, a quiet hour
ends at the second of two equal times and a digest is sent at the first; a time that a clock leaves out comes as much
later as the clock is set forward.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from streams.alerts.validity import zone
from streams.contract.messages import Digest, Quiet, Track, Weekday

QUIET, SNOOZED, DIGEST, PACE = "quiet hours", "snoozed", "digest", "most per hour"
LATE, PAUSED = "late", "paused"
HOUR = timedelta(hours=1)
LATE_AFTER = timedelta(minutes=10)  # from arrival to alert: normally two seconds
MOST_LATE = 10  # late alerts an hour that are sent alone
LATE_WAIT = timedelta(minutes=2)  # in which the late alerts after these gather for one summary
_STEP = timedelta(minutes=15)  # full hours of all time zones are a multiple of it apart
_DAYS = tuple(Weekday)
_WEEK = 8  # days within which each weekday begins anew


class Hold(NamedTuple):
    """An alert is held until a moment, for a reason."""

    until: datetime
    why: str


def hold(track: Track, at: datetime, sent: Iterable[datetime] = (), *, late: bool = False) -> Hold | None:
    """Return until when an alert made at ``at`` is held, None if it is sent at once.

    ``sent``: when the track's latest alerts were sent. ``late``: the article arrived much earlier.
    """
    held = _blocked(track, at)
    if track.digest is not None:
        slot = _next_slot(track.digest, _zone(track), at if held is None else max(at, held.until - _STEP / 15))
        return Hold(_after_quiet(track, slot), DIGEST)
    if held is not None:
        return held
    recent = sorted((moment for moment in sent if timedelta(0) <= at - moment < HOUR), reverse=True)
    if track.most_per_hour is not None and len(recent) >= track.most_per_hour:
        return Hold(_after_quiet(track, recent[track.most_per_hour - 1] + HOUR), PACE)
    if late and len(recent) >= MOST_LATE:
        return Hold(_after_quiet(track, at + LATE_WAIT), LATE)
    return None


def is_due(track: Track, held: Hold, at: datetime) -> bool:
    """Return whether a held alert may be sent at ``at`` by what the track says now."""
    if blocked(track, at):
        return False
    if held.until <= at:
        return True
    reasons = {
        QUIET: True,
        SNOOZED: True,
        PAUSED: True,
        DIGEST: track.digest is None,
        PACE: track.most_per_hour is None,
    }
    return reasons.get(held.why, False)


def blocked(track: Track, at: datetime) -> bool:
    """Return whether the track sends nothing at ``at``, whatever it holds."""
    return track.paused or _blocked(track, at) is not None


def _blocked(track: Track, at: datetime) -> Hold | None:
    if track.snoozed_until is not None and track.snoozed_until > at:
        return Hold(_after_quiet(track, track.snoozed_until), SNOOZED)
    until = _after_quiet(track, at)
    return Hold(until, QUIET) if until > at else None


def _after_quiet(track: Track, at: datetime) -> datetime:
    """Return the first moment from ``at`` on that is not quiet; after a week of quiet hours, the end of it."""
    if not track.quiet:
        return at
    where, until = _zone(track), at
    while until - at < timedelta(days=_WEEK):
        ends = [end for quiet in track.quiet if (end := _end(quiet, where, until)) is not None]
        if not ends:
            break
        until = max(ends)
    return until


def _end(quiet: Quiet, where: tzinfo, at: datetime) -> datetime | None:
    """Return when the quiet hours end that ``at`` is in, None if it is in none of them."""
    today = at.astimezone(where).date()
    for day in (today, today - timedelta(days=1)):
        if quiet.weekdays and _DAYS[day.weekday()] not in quiet.weekdays:
            continue
        last = day if _time(quiet.end) > _time(quiet.start) else day + timedelta(days=1)
        start = _moment(day, quiet.start, where)
        end = max(_moment(last, quiet.end, where, fold) for fold in (0, 1))
        if start <= at < end:
            return end
    return None


def _next_slot(digest: Digest, where: tzinfo, after: datetime) -> datetime:
    """Return the first time for a digest after a moment."""
    if digest.hourly:
        slot = datetime.fromtimestamp((after.timestamp() // _STEP.total_seconds()) * _STEP.total_seconds(), UTC)
        for _ in range(_WEEK * 24 * 4):
            slot += _STEP
            local = slot.astimezone(where)
            if local.minute == 0 and (not digest.weekdays or _DAYS[local.weekday()] in digest.weekdays):
                break
        return slot
    today = after.astimezone(where).date()
    days = (today + timedelta(days=number) for number in range(_WEEK + 1))
    slots = (
        _moment(day, at, where)
        for day in days
        if not digest.weekdays or _DAYS[day.weekday()] in digest.weekdays
        for at in sorted(digest.at)
    )
    return next((slot for slot in slots if slot > after), after)


def _moment(day: date, time_of_day: str, where: tzinfo, fold: int = 0) -> datetime:
    return datetime.combine(day, _time(time_of_day).replace(fold=fold), where).astimezone(UTC)


def _time(time_of_day: str) -> time:
    return time.fromisoformat(time_of_day)


def _zone(track: Track) -> tzinfo:
    return zone(track.time_zone) or UTC  # `validity` refuses others before a track is saved
