"""Parses headers of untrusted answers: each function returns a value or None for any text, and never raises."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_HEADER_CHARACTERS = 4_000  # longer values are dropped; a URL in Location has its own limit
MAX_RETRY_AFTER_SECONDS = 1e9  # 31 years; the schedule has a lower bound anyway

_DATE_CHARACTERS = 64  # twice the longest form of RFC 9110, 5.6.7
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")  # RFC 6838, 4.2
_CHARSET = re.compile(r";\s{0,9}charset\s{0,9}=\s{0,9}[\"']?([A-Za-z0-9!#$%&+^_`{}~.:()-]{1,64})", re.IGNORECASE)


def http_date(value: str) -> datetime | None:
    """A date of RFC 9110, 5.6.7, in any of its three forms, as an aware datetime."""
    if len(value) > _DATE_CHARACTERS:
        return None
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)  # naive for "-0000"
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def retry_after_seconds(value: str | None, now: datetime) -> float | None:
    """Seconds from a ``Retry-After`` (RFC 9110, 10.2.3: seconds or a date), from 0 to `MAX_RETRY_AFTER_SECONDS`."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,64}", text):
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    date = http_date(text)
    if date is None:
        return None
    return min(max(0.0, (date - now).total_seconds()), MAX_RETRY_AFTER_SECONDS)


def media_type(value: str | None) -> str | None:
    """``Text/HTML; charset=x`` -> ``text/html``. The last valid one of several, as browsers do."""
    for part in reversed((value or "")[:MAX_HEADER_CHARACTERS].split(",")):
        found = part.partition(";")[0].strip().lower()
        if _MEDIA_TYPE.fullmatch(found) and found != "*/*":
            return found
    return None


def charset(value: str | None) -> str | None:
    """The charset of a ``Content-Type``, in lower case."""
    found = _CHARSET.search((value or "")[:MAX_HEADER_CHARACTERS])
    return found[1].lower() if found else None


def can_be_sent(value: str) -> bool:
    """Whether a server's value can be sent back in a header: visible ASCII and blanks."""
    return value.isascii() and value.isprintable() and len(value) <= MAX_HEADER_CHARACTERS
