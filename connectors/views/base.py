"""What views share."""

from datetime import UTC, datetime

from msgspec import Struct

from connectors.elastic import records as r


class View(Struct, frozen=True, kw_only=True):
    """A thing as JSON has it. Every field is always present; what is not known is null."""


def publisher_name(found: r.ArticleRecord | r.StoryRecord) -> str | None:
    return None if found.publisher is None else found.publisher.name


def exact(moment: datetime | None) -> str | None:
    """The time to the millisecond: ``2026-01-12T10:00:00.123Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
