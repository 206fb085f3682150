"""The rows of `decide`: one type for all of them, since those of older versions have no tag.

The key says what a row is: the id of a fact, or a prefix and an id. Rows carry the offset that made them, so that a
replayed message is decided as it was the first time.
"""

from datetime import datetime

from msgspec import Struct

from streams.contract.messages import Alert, Track, digest

HELD = "held:"  # and the id of an alert that waits
SENT = "sent:"  # and the id of a track
SEEN = "seen:"  # and `story_key`
RELEASED = "released:"  # and the id of a track


class LedgerRow(Struct, frozen=True, array_like=True):
    """A fact that was reported, if no prefix says otherwise.

    ``offset``: of the candidate that caused it. ``at``: log time of the last candidate for the same fact, to about a
    day. The other fields, each for some kinds of rows, have their defaults in rows of older versions.
    """

    offset: int
    at: datetime | None = None  # None in rows of older versions
    alert: str = ""  # of a fact: id of the alert that reported it
    subject: str = ""  # of a fact: `subject_key`
    corrections: int = 0  # of a fact: how often it was corrected before it was reported
    corrected: int | None = None  # of a fact: offset of the correction since
    was_corrected: tuple[int, ...] = ()  # of a fact: offsets of the corrections before, the latest ones
    was_held: bool = False  # of a fact
    held: Alert | None = None
    moments: tuple[tuple[int, datetime, str], ...] = ()  # sent, seen: offset, time, and what
    reports: tuple[tuple[int, datetime], ...] = ()  # seen: reports of their own
    grown: tuple[int, ...] = ()  # seen: offsets at which growth fired
    ids: tuple[str, ...] = ()  # released: the alerts
    linked: tuple[tuple[int, str, str], ...] = ()  # seen, by tracks on linked stories: offset, story, source
    into: tuple[int, str] | None = None  # seen, by tracks on linked stories: offset, the story that this one is part of


def story_key(track: Track, story: str) -> str:
    """Return the key of what a track remembers of a story."""
    return digest("seen", track.id, story)


def subject_key(track: Track, story: str, article: str) -> str:
    """Return the key of all that a track reported because of one article in one story."""
    return digest("subject", track.id, story, article)[:20]
