"""Times that people and programs give: an ISO date or time, or a duration before now such as "2h"."""

import re
from datetime import UTC, datetime, timedelta

from streams.contract.errors import UsageError

UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,6}) ?(s|m|min|h|d|w)")


def parse_time(text: str, option: str) -> datetime:
    """Parse an ISO date (its midnight) or time, in UTC unless it has a zone. Raises `UsageError` naming ``option``."""
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option}: {text!r} is not a date or time such as 2026-01-13 or 2026-01-13T08:30:00Z"
        ) from error


def is_duration(text: str) -> bool:
    """Whether a text is a duration such as "2h"."""
    return _DURATION.fullmatch(text.strip().lower()) is not None


def parse_bound(text: str | None, option: str, now: datetime) -> datetime | None:
    """Parse as `parse_time`; a duration such as "2h" or "3d" is that long before ``now``. None stays None."""
    if text is None:
        return None
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        try:
            return parse_time(text, option)
        except UsageError as error:
            raise UsageError(f"{error}, nor a duration such as 2h or 3d") from error
    try:
        return now - timedelta(**{UNITS[match.group(2)]: int(match.group(1))})
    except OverflowError as error:
        raise UsageError(f"{option}: {text} is too long ago") from error
