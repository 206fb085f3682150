"""The entries of any feed (RSS, Atom, JSON) with their fields as written, before `connectors.feeds.parse.entries`."""

from dataclasses import dataclass, field

MAX_ENTRIES = 1_000  # news feeds have 10 to 100; a whole archive is not followed


@dataclass(frozen=True)
class FeedItem:
    """One entry. Title, summary and content may hold HTML; `content` is the full text, if the feed carries it."""

    id: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    text: str = ""  # the full text without markup (JSON Feed only)
    authors: tuple[str, ...] = ()
    source: str = ""  # the name of the publisher, in an aggregator's feed
    source_url: str = ""
    dates: tuple[str, ...] = ()  # of publication, then of changes: the first that can be read counts
    language: str | None = None

    @property
    def holds_something(self) -> bool:
        return bool(self.id or self.link or self.title or self.summary or self.content or self.text)


@dataclass(frozen=True)
class FeedItems:
    """A feed. ``whole`` is False for a truncated or malformed one; ``unreadable`` counts entries without content."""

    title: str | None
    language: str | None
    ttl_seconds: float | None
    items: list[FeedItem] = field(default_factory=list)
    left_out: int = 0  # entries beyond `MAX_ENTRIES`
    unreadable: int = 0
    whole: bool = True
    skip_hours: tuple[int, ...] = ()  # of the day, in UTC
    skip_days: tuple[int, ...] = ()  # Monday is 0
    earlier: str = ""  # address of a page with earlier entries, as written
