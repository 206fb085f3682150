"""Tracks: what somebody follows, what fires an alert, under which conditions, and when alerts are sent.

The names of these fields are those of `tracks.yaml`. A range that a type can state is checked when a message is
decoded; `streams.alerts.validity` states the rest. Every field has a default that leaves an older track as it was.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from streams.contract.messages.articles import Kind
from streams.contract.messages.base import Message, Moment, Value

MOST_LISTED = 100  # entries of each list of a track: a message and a row of them stay small
MOST_GROWTH = 50  # sources of which the times are kept for each story that a track follows
MOST_PER_HOUR = 100  # sent alerts of which the times are kept
ANY = "*"  # in a list of `Fires.first_...`: each one, whatever it is

Word = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[tuple[Word, ...], Meta(max_length=MOST_LISTED)]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="hh:mm, of 24 hours.")]


class Weekday(StrEnum):
    """A day of the week, in the order of `datetime.weekday`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class EditKind(StrEnum):
    """What an edit of an article does to its text."""

    CORRECTS = "corrects"  # changes the title, removes something, or says that it corrects
    ADDS = "adds"  # only adds something
    WITHDRAWS = "withdraws"  # removes the text, or says that it is withdrawn


Weekdays = Annotated[tuple[Weekday, ...], Meta(max_length=7)]


class Growth(Value, frozen=True, kw_only=True):
    """A story that got ``sources`` new sources within a time."""

    sources: Annotated[int, Meta(ge=2, le=MOST_GROWTH)]
    within: timedelta


class Fires(Value, frozen=True, kw_only=True):
    """What fires an alert; several at once. One article that several of them concern makes one alert.

    ``first_countries`` and the like: the first source from one of these (``*``: from each one) in a story. Languages
    are counted over all stories that the track follows, since a story has one language.
    """

    new_source: bool = False
    at_sources: Annotated[tuple[Annotated[int, Meta(ge=1)], ...], Meta(max_length=20)] = ()
    first_countries: Words = ()  # ISO 3166 alpha-2
    first_languages: Words = ()  # ISO 639-1
    first_publishers: Words = ()  # id, domain or name
    first_owners: Words = ()
    growth: Growth | None = None
    silence: timedelta | None = None  # a report of its own after this long without one
    edits: Annotated[tuple[EditKind, ...], Meta(max_length=3)] = ()
    merges: bool = False  # the story becomes part of another one


class Conditions(Value, frozen=True, kw_only=True):
    """What an update has to meet to fire; an empty list sets no condition, of a list one entry is enough."""

    least_sources: Annotated[int, Meta(ge=0)] = 0
    kinds: Annotated[tuple[Kind, ...], Meta(max_length=10)] = ()
    languages: Words = ()
    countries: Words = ()
    publishers_only: Words = ()  # id, domain or name
    publishers_never: Words = ()
    entities: Words = ()  # names or keys (person:jane doe) of which the article has one
    not_older_than: timedelta | None = None  # from publication (if that is known) to filing


class Quiet(Value, frozen=True, kw_only=True):
    """Hours in which nothing is sent, from ``start`` to ``end`` in the track's time zone.

    An end at or before the start is on the next day. ``weekdays``: those on which the hours start; none: all.
    """

    start: TimeOfDay
    end: TimeOfDay
    weekdays: Weekdays = ()


class Digest(Value, frozen=True, kw_only=True):
    """When to send what was held, as one summary, in the track's time zone.

    Each full hour, or at the times of day. ``weekdays``: only on these; none: all.
    """

    hourly: bool = False
    at: Annotated[tuple[TimeOfDay, ...], Meta(max_length=24)] = ()
    weekdays: Weekdays = ()


class Muted(Value, frozen=True, kw_only=True):
    """What fires nothing for one track."""

    sources: Words = ()  # key or name of a source, or id of a publisher
    stories: Words = ()  # ids
    articles: Words = ()  # ids


class Webhook(Value, frozen=True, kw_only=True):
    """The webhook to which a track's alerts are sent.

    Only a `Track` message contains the whole URL and the secret, encrypted in ``sealed`` if a key is set. Elsewhere
    ``url`` is ``https://host/``, ``secret`` is empty, and ``receiver`` identifies the receiver.
    """

    url: str
    secret: str = ""  # whsec_..., base64 as in Standard Webhooks; empty outside of `Track`
    allow_private: bool = False
    channel: str = ""  # of an installed package (`streams.contract.plugins`); "": the JSON of docs/webhooks.md
    receiver: str = ""  # digest of the whole URL; "" where ``url`` is the whole URL
    sealed: str = ""  # URL and secret, encrypted by `connectors.webhooks.sealing`; "" where they are in clear
    resumed_at: Moment | None = None  # when the receiver was last switched on again by hand
    former_secret: str = ""  # signs as well until ``former_until``, while a receiver changes its secret
    former_until: Moment | None = None
    template: str = ""  # Jinja2, in place of the channel's body
    content_type: str = ""  # of the template's output; "": that of the channel


class Track(Message, frozen=True, kw_only=True):
    """What a user follows: a story, or every story with an article that matches a query."""

    id: str
    name: str
    created_at: Moment
    story: str | None = None
    query: str = ""  # in the language of `streams.alerts.query`
    queries: Annotated[dict[str, str], Meta(max_length=20)] = field(
        default_factory=dict
    )  # by language, of its articles instead of ``query``
    words: tuple[
        str, ...
    ] = ()  # of tracks by older versions: "+" and a query, or folded words, all of which must occur
    entities: tuple[str, ...] = ()  # all must be named by the article
    at_sources: int | None = None  # of tracks by older versions: see `firing`
    fires: Fires | None = None
    conditions: Conditions = Conditions()
    independent: bool = True  # counts copies of one text and sister sites once
    backfill: bool = False
    linked: bool = False  # follows stories of other languages that are linked with its own
    report_present: bool = False  # one first message about the sources that were there before the track
    webhook: Webhook | None = None
    receivers: Words = ()  # names of `NamedReceiver`, beside the webhook
    time_zone: Annotated[str, Meta(max_length=100)] = "UTC"  # of ``quiet`` and ``digest``, such as Europe/Berlin
    quiet: Annotated[tuple[Quiet, ...], Meta(max_length=20)] = ()
    digest: Digest | None = None
    most_per_hour: Annotated[int, Meta(ge=1, le=MOST_PER_HOUR)] | None = None
    snoozed_until: Moment | None = None  # alerts are held until then
    paused: bool = False  # nothing fires
    expires_at: Moment | None = None  # nothing fires from then on
    muted: Muted = Muted()
    labels: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=50)], ...], Meta(max_length=20)] = ()
    owner: Annotated[str, Meta(max_length=200)] = ""
    notes: Annotated[str, Meta(max_length=2_000)] = ""

    @property
    def firing(self) -> Fires:
        """What fires: of a track without `fires` the number of sources, or each new one."""
        if self.fires is not None:
            return self.fires
        return Fires(new_source=True) if self.at_sources is None else Fires(at_sources=(self.at_sources,))
