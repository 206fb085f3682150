"""Times that users type and read: an ISO date or "2h" -> an aware UTC datetime, and back to ISO or "5 min ago"."""

from collections.abc import Callable
from datetime import UTC, datetime

from connectors.views.moments import is_duration, parse_bound, parse_time
from streams.contract.errors import Rejected, UsageError

__all__ = [
    "ago",
    "is_duration",
    "iso_time",
    "parse_bound",
    "parse_fetched_at",
    "parse_time",
    "parse_time_or_none",
    "time_formatter",
    "time_range",
]


def iso_time(moment: datetime | None) -> str:
    """``2026-01-12T10:00:00Z``; "" for None."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


FormatTime = Callable[[datetime | None], str]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_DAYS_AGO = 14  # beyond this a date says more than a number of days


def time_formatter(now: datetime, *, utc: bool) -> FormatTime:
    """How a command prints times: in full, or relative to ``now``."""
    return iso_time if utc else lambda moment: ago(moment, now)


def ago(moment: datetime | None, now: datetime) -> str:
    """ "12 s ago", "5 min ago", "3 h ago", "2 days ago", "in 5 min"; the date beyond 14 days; "" for None."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    distance = abs(seconds)
    days = int(distance // _DAY)
    if days > _DAYS_AGO:
        return moment.astimezone(UTC).strftime("%Y-%m-%d")
    if distance < _MINUTE:
        amount = f"{int(distance)} s"
    elif distance < _HOUR:
        amount = f"{int(distance // _MINUTE)} min"
    elif distance < 2 * _DAY:
        amount = f"{int(distance // _HOUR)} h"
    else:
        amount = f"{days} days"
    return f"{amount} ago" if seconds >= 0 else f"in {amount}"


def time_range(since: str | None, until: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Parse --since and --until with `parse_bound`. Raises `UsageError` if --since is not before --until."""
    from_, to = parse_bound(since, "--since", now), parse_bound(until, "--until", now)
    if from_ is not None and to is not None and from_ >= to:
        raise UsageError(
            f"--since {since} ({iso_time(from_)}) is not before --until {until} ({iso_time(to)}): swap the two"
        )
    return from_, to


def parse_time_or_none(text: str | None) -> datetime | None:
    """Parse as `parse_time`; None if ``text`` is no ISO date or time."""
    try:
        return parse_time(text or "", "")
    except UsageError:
        return None


def parse_fetched_at(text: str | None, now: datetime) -> datetime | None:
    """Parse when articles were fetched. Raises `UsageError` for an invalid, future or pre-1990 time."""
    if text is None:
        return None
    from connectors.files.objects import check_fetched

    try:
        return check_fetched(parse_time(text, "--fetched-at"), now)
    except Rejected as error:
        raise UsageError(str(error).replace("fetched_at", "--fetched-at", 1)) from error
