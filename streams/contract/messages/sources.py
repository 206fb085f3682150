"""Watched sources, and what each poll of one leaves behind."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import replace

from streams.contract.lanes import Lane
from streams.contract.messages.base import Message, Moment, Value

# marks; over three for each of the 1,000 entries of a feed, and all pages of the 20 sitemaps of an index
MAX_SEEN = 25_000
MAX_PARTS = 60  # sitemaps of an index and of the indexes below it
MAX_VALIDATOR = 200  # characters of an ETag of a part: servers send some forty


class WatchedSource(Message, frozen=True, kw_only=True):
    """Where articles come from: an address that is polled for as long as it is in the topic of sources.

    ``site`` keys its polls, so that one worker polls all sources of a site and keeps the pauses between requests.
    Values of ``headers``, ``params`` (of the query) and ``password`` are references (``env:NAME``, ``file:PATH``),
    which the worker resolves: no secret is stored.
    """

    id: str
    url: str
    site: str
    created_at: Moment
    kind: str = "feed"
    name: str = ""
    labels: tuple[str, ...] = ()
    publisher: str | None = None  # of entries that name none
    language: str | None = None  # of entries that name none, and in Accept-Language
    lane: Lane = Lane.LIVE
    interval_seconds: float | None = None  # between two polls; None: adapts to the source
    text: Literal["page", "source"] = "page"  # the page that an entry links to, or the entry's own text
    user_agent: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    password: str | None = None  # of a mailbox
    allow_private: bool = False
    paused: bool = False
    alert: str | None = None  # name of the receiver that is told when it is silent or broken; None: of the settings
    resumed_at: Moment | None = None  # when a person last asked to poll it again


class Hold(Value, frozen=True):
    """A host that asked for fewer requests. ``times``: how often in a row it has."""

    until: Moment
    times: int = 1


HealthState = Literal["ok", "late", "silent", "broken", "changed", "paused", "new"]


class Rhythm(Value, frozen=True, kw_only=True):
    """When a source brings something: active hours by hour of the day and by weekday in UTC (`streams.sources.rhythm`).

    ``since``: the first poll; ``at``: when the counts were last weighted.
    """

    since: Moment
    at: Moment
    hours: tuple[float, ...]
    days: tuple[float, ...]
    last_news: Moment | None = None


class Shape(Value, frozen=True):
    """What the entries of one poll were like. ``with_text`` and ``dated`` are shares of them."""

    entries: int
    with_text: float
    dated: float
    language: str | None = None


class Told(Value, frozen=True):
    """The trouble of a source that its receiver was told of, and when that began."""

    health: Literal["silent", "broken"]
    since: Moment


class PartState(Value, frozen=True, kw_only=True):
    """What is known of a part that is polled with its source: a sitemap of an index."""

    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    next_poll: Moment | None = None  # after a failure
    polled: bool = False


class SourceState(Value, frozen=True, kw_only=True):
    """What is known of a source after a poll.

    ``seen``: marks of entries, the longest unseen first; ``tries``: first mark -> failed fetches of its page.
    ``cursor`` is a position for kinds that have neither validators nor marks.
    """

    url: str
    schema: int = 1
    site: str = ""
    resumed_at: Moment | None = None  # of the source when it was polled
    version: Annotated[int, Meta(ge=0)] = 0  # number of states that were stored of this source
    etag: str | None = None
    last_modified: str | None = None
    seen: tuple[str, ...] = ()
    tries: dict[str, int] = field(default_factory=dict)
    cursor: str | None = None
    parts: dict[str, PartState] = field(default_factory=dict)  # by address
    failures: int = 0  # polls in a row
    failing_since: Moment | None = None  # the first of them
    error: str | None = None  # of the last poll, if it failed
    next_poll: Moment | None = None
    unreadable: int = 0  # entries of the last poll
    polled: bool = False  # whether it was read before: the first entries of a feed may be years old
    title: str | None = None  # that the source gives itself
    moved_to: str | None = None  # where permanent redirects lead
    gone_at: Moment | None = None  # when it answered 410: it is not polled any more
    declared_seconds: float = 0.0  # how long the last answer is valid, as its server says
    ttl_seconds: float | None = None  # as the feed itself says
    skip_hours: tuple[int, ...] = ()  # of the day, in UTC, in which the feed asks not to be polled
    skip_days: tuple[int, ...] = ()  # weekdays, Monday is 0
    holds: dict[str, Hold] = field(default_factory=dict)  # hosts that its polls ran into
    pace_seconds: float | None = None  # the interval that adapts
    rhythm: Rhythm | None = None
    shape: Shape | None = None  # the usual one
    changed: str | None = None  # how the shape differs from it
    changed_at: Moment | None = None
    articles: int = 0  # that its polls have sent in
    own_text: int = 0  # of those, how many are its own text because the page was not available
    refused: int = 0  # entries
    delay_seconds: float | None = None  # from publication to arrival of live articles, a moving average
    pages: float | None = None  # share of its articles whose page was available, lately
    pages_usual: float | None = None  # the same over a long time
    told: Told | None = None

    def with_seen(self, marks: tuple[str, ...]) -> "SourceState":
        """With these marks as the latest seen; the oldest are dropped beyond `MAX_SEEN`."""
        latest = dict.fromkeys(marks)
        seen = (*(mark for mark in self.seen if mark not in latest), *latest)
        tries = {mark: count for mark, count in self.tries.items() if mark not in latest}
        return replace(self, seen=seen[-MAX_SEEN:], tries=tries)

    def with_part(self, url: str, part: PartState) -> "SourceState":
        """With this part as the latest polled; the oldest are dropped beyond `MAX_PARTS`."""
        if len(part.etag or "") > MAX_VALIDATOR or len(part.last_modified or "") > MAX_VALIDATOR:
            part = replace(part, etag=None, last_modified=None)
        others = [(address, other) for address, other in self.parts.items() if address != url]
        return replace(self, parts=dict([*others, (url, part)][-MAX_PARTS:]))

    def with_present(self, entries: Sequence[tuple[str, ...]]) -> "SourceState":
        """After a poll with these entries (marks): known ones become the latest seen, so that they stay longest."""
        seen = set(self.seen)
        known = [mark for marks in entries if not seen.isdisjoint(marks) for mark in marks]
        present = {marks[0] for marks in entries}
        tries = self.tries if self.parts else {mark: n for mark, n in self.tries.items() if mark in present}
        return replace(self.with_seen(tuple(known)), tries=tries)


class SourceMemory(Value, frozen=True, kw_only=True):
    """The part of a state that is large and seldom changes."""

    seen: tuple[str, ...] = ()
    rhythm: Rhythm | None = None


class SourceStatus(Message, frozen=True, kw_only=True):
    """How a source is, for people and for other programs; sent when that changes and from time to time."""

    source: str
    at: Moment
    health: HealthState
    why: str = ""
    next_poll: Moment | None = None
    last_news: Moment | None = None
    failures: int = 0
    error: str | None = None
    articles: int = 0
    own_text: int = 0
    refused: int = 0
    delay_seconds: float | None = None
    pace_seconds: float | None = None
    moved_to: str | None = None
    title: str | None = None


class Polled(Message, frozen=True, kw_only=True):
    """The state of a source after a poll, or in the middle of a long one. Stale unless its version is the next.

    ``state`` is without its memory, and None when the source was removed; ``memory`` is None while it is unchanged.
    """

    source: str
    site: str
    state: SourceState | None = None
    memory: SourceMemory | None = None
    pinged_at: Moment | None = None  # a hub says that the source has news: nothing else is set
