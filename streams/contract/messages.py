"""The frozen message types of all topics and their one codec (JSON, a schema version in each message).

Unknown fields are ignored, so that an older worker reads what a newer one wrote; missing fields and a newer
schema version are a clear error. Times are aware datetimes in UTC; one without a time zone is an error, since nobody
can say when it is. Bytes travel as base64.
"""

import hashlib
import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta, Struct

from streams.contract.errors import Rejected, TooLarge, Undecodable
from streams.contract.lanes import Lane as Lane
from streams.contract.slimming import slim

SCHEMA = 1
MAX_PAGE_BYTES = 10_000_000  # the largest article page known to us is under 5 MB; more is not a page for people
# characters of what a sender says beside an article; with them all full it still fits a message beside its page
MAX_GIVEN = {
    "title": 20_000, "summary": 10_000, "authors": 200, "publisher": 300, "published": 120, "updated": 120,
    "language": 40, "feed_title": 300, "publisher_url": 2_000,
}  # fmt: skip
MAX_AUTHORS = 50
MAX_VALUE_BYTES = 900_000  # brokers refuse 1 MiB by default; the rest is room for keys, headers and batches


class ContentType(StrEnum):
    """What the bytes of an arrival are."""

    HTML = "html"  # a page
    TEXT = "text"  # the text of a page, menus and all
    BODY = "body"  # the article and nothing else, as a sender's own field said


class Kind(StrEnum):
    """What sort of text a page turned out to hold."""

    ARTICLE = "article"
    HEADLINE = "headline"  # a title and no body
    STUB = "stub"  # the beginning that a paywall lets through
    LIVE = "live"  # a page that grows by entries while something happens
    GALLERY = "gallery"  # pictures with little text
    LISTING = "listing"  # teasers of other articles


class Relation(StrEnum):
    """How an article relates to those seen before it."""

    ORIGINAL = "original"
    EXACT = "exact"  # the same body
    NEAR = "near"  # nearly the same text
    WIRE = "wire"  # carries the same agency or press text in a text of its own
    UPDATE = "update"  # the same publisher's article, rewritten at another address
    REVISION = "revision"  # the same address, changed text


COPIES = frozenset({Relation.EXACT, Relation.NEAR, Relation.WIRE})  # carry somebody else's text


class EntityType(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    GROUP = "group"  # nationalities, religions, parties' followers


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a message."""


class Message(Struct, frozen=True, kw_only=True):
    """What one topic carries. ``schema`` is the version of the type that wrote it."""

    schema: int = SCHEMA


Moment = Annotated[datetime, Meta(tz=True)]


def clipped(text: str, most: int) -> str:
    """At most so many characters; the last one is then ``…``."""
    return text if len(text) <= most else text[: most - 1] + "…"


# --- articles.raw -------------------------------------------------------------------------------------------------


class SenderFields(Value, frozen=True, kw_only=True):
    """What the sender said about an article beside its bytes: a feed entry's fields, or those of a JSON line."""

    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: str | None = None  # as written by the sender; `clean` reads it
    language: str | None = None
    feed_title: str | None = None  # of the feed that linked to it, which may be an aggregator's: a name, never an id
    updated: str | None = None  # when it was changed, as written by the sender: read where `published` cannot be
    # the address is an aggregator's and tells nothing of who published it: `publisher` and its site do
    aggregated: bool = False
    publisher_url: str | None = None
    id: str | None = None  # that an exported article had; it counts where there is no address to make one of

    def bounded(self) -> Self:
        """With each field cut at its longest length (`MAX_GIVEN`), and a mark where that was done."""
        return msgspec.structs.replace(
            self,
            authors=tuple(clipped(author, MAX_GIVEN["authors"]) for author in self.authors[:MAX_AUTHORS]),
            **{
                name: clipped(value, most)
                for name, most in MAX_GIVEN.items()
                if isinstance(value := getattr(self, name), str)
            },
        )


def _fits(packed: bytes, rest: int) -> bool:
    """Whether a message has room for it in base64, beside ``rest`` bytes of other fields."""
    return len(packed) * 4 // 3 + rest <= MAX_VALUE_BYTES - 10_000


class RawArticle(Message, frozen=True, kw_only=True):
    """What arrived. ``id`` is the arrival id: hash of the fetched URL, else of the bytes."""

    id: str
    content: bytes  # zlib
    form: ContentType
    fetched_at: Moment
    received_at: Moment
    lane: Lane = Lane.LIVE
    url: str | None = None
    landed: str | None = None  # where redirects led, if elsewhere
    charset: str | None = None  # what the HTTP header said
    origin: str = ""  # the file's name or the feed's URL, for people
    given: SenderFields = SenderFields()
    stored: "Stored | None" = None  # this article is stored already and runs again

    @classmethod
    def arrive(
        cls,
        content: bytes,
        form: ContentType,
        *,
        fetched_at: datetime,
        received_at: datetime | None = None,
        lane: Lane = Lane.LIVE,
        url: str | None = None,
        landed: str | None = None,
        charset: str | None = None,
        origin: str = "",
        given: SenderFields | None = None,
    ) -> Self:
        """Pack what arrived; of a page that is too large for a message, what is text (`slimming`).

        Raises `TooLarge` over `MAX_PAGE_BYTES`, or when the packed page does not fit a Kafka message; `Rejected`
        when there is nothing in it.
        """
        if not content.strip():
            raise Rejected("empty: there is no text in it")
        if len(content) > MAX_PAGE_BYTES:
            raise TooLarge(f"{len(content):,} bytes: over the limit of {MAX_PAGE_BYTES:,} for a page")
        given = (given or SenderFields()).bounded()
        packed = zlib.compress(content, 6)
        rest = _encoded_bytes(given, url, charset, origin, landed)
        if not _fits(packed, rest) and form is ContentType.HTML:
            packed = zlib.compress(slim(content, lambda page: _fits(zlib.compress(page, 6), rest)), 6)
        if not _fits(packed, rest):
            raise TooLarge(
                f"{len(packed):,} bytes after compression, {len(packed) * 4 // 3:,} in base64: does not fit a Kafka "
                f"message of {MAX_VALUE_BYTES:,}"
            )
        return cls(
            id=digest(url or content),
            content=packed,
            form=form,
            fetched_at=fetched_at,
            received_at=received_at or datetime.now(UTC),
            lane=lane,
            url=url,
            landed=landed if landed != url else None,
            charset=charset,
            origin=origin,
            given=given,
        )

    def page(self) -> bytes:
        """The bytes as they arrived, of a very large page without its programs and pictures.

        Raises `TooLarge` when they unpack to more than `MAX_PAGE_BYTES`, `Undecodable` when they do not unpack.
        """
        unpack = zlib.decompressobj()
        try:
            page = unpack.decompress(self.content, MAX_PAGE_BYTES + 1)
        except zlib.error as error:
            raise Undecodable(f"the packed page is damaged: {error}") from error
        if len(page) > MAX_PAGE_BYTES:
            raise TooLarge(f"the page unpacks to more than {MAX_PAGE_BYTES:,} bytes")
        if not unpack.eof:
            raise Undecodable("the packed page is damaged: its end is missing")
        return page


def _encoded_bytes(*values: SenderFields | str | None) -> int:
    """0 for what holds half a character: the codec refuses that."""
    try:
        return len(msgspec.json.encode(values))
    except UnicodeEncodeError:
        return 0


# --- articles.clean -----------------------------------------------------------------------------------------------


class Timestamp(Value, frozen=True, kw_only=True):
    """A point in time with where it was found. ``precision`` "day": only the date is known."""

    value: Moment
    precision: Literal["second", "day"]
    source: str  # jsonld, meta, time, url, text, feed, sender ...
    confidence: float = 1.0


class Publisher(Value, frozen=True, kw_only=True):
    """Who published it. ``id`` is the registered domain, else a name's slug; ``owner`` groups sister sites."""

    id: str
    name: str
    domain: str | None = None
    country: str | None = None  # ISO 3166 alpha-2
    owner: str | None = None
    agency: bool = False
    source: str = "url"
    confidence: float = 1.0


class CleanArticle(Message, frozen=True, kw_only=True):
    """One clean article. ``id`` stays for ever; ``revision`` changes with the cleaned content."""

    id: str
    revision: str
    arrival: str  # the RawArticle's id
    origin: str
    lane: Lane
    fetched_at: Moment
    kind: Kind
    title: str
    body: str  # paragraphs parted by one empty line; "" for a headline
    body_source: str = (
        "page"  # or "linked data", "wider" (where the page seemed to have none), "state"; "" for a headline
    )
    body_confidence: float = 1.0
    language: str  # ISO 639-1, or "und" when it cannot be told
    url: str | None = None  # canonical
    fetched_url: str | None = None
    publisher: Publisher | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    modified: Timestamp | None = None
    summary: str | None = None
    section: str | None = None  # as the page names it
    tags: tuple[str, ...] = ()  # the page's own keywords
    image: str | None = None  # address of the picture that the page shows for itself
    words: int = 0
    credits: tuple[str, ...] = ()  # agencies that the article credits
    links: tuple[str, ...] = ()
    received_at: Moment | None = None  # when a command took it in, before the first topic
    lane_reason: str = ""  # why it is not in the lane in which it arrived
    stored: "Stored | None" = None  # it runs again: news to nobody


# --- articles.unique ----------------------------------------------------------------------------------------------


class CopyVerdict(Value, frozen=True, kw_only=True):
    """Whether this text was seen before. ``of`` is the article it copies; ``group`` the first article of its group."""

    relation: Relation
    group: str
    of: str | None = None
    of_publisher: str | None = None
    similarity: float = 0.0
    reason: str = ""
    text_relation: Relation | None = (
        None  # of a revision: what its text is by itself; ``of`` is what that copies or updates
    )

    @property
    def of_text(self) -> Relation:
        """How the text relates to those of other articles; of a revision by older code, as if it were its own."""
        if self.relation is not Relation.REVISION:
            return self.relation
        return self.text_relation or Relation.ORIGINAL


class Edit(Value, frozen=True, kw_only=True):
    """What a revision changed against the one before it."""

    number: int  # 1 for the first change
    title_before: str | None = None  # given when the title changed
    added: tuple[str, ...] = ()  # paragraphs that are new
    removed: int = 0  # how many paragraphs are gone


class UniqueArticle(Message, frozen=True, kw_only=True):
    """A clean article with its copy verdict. ``first_seen`` never changes with revisions."""

    article: CleanArticle
    copy: CopyVerdict
    first_seen: Moment
    edit: Edit | None = None


# --- articles.tagged ----------------------------------------------------------------------------------------------


class Entity(Value, frozen=True, kw_only=True):
    """Somebody or something named. ``mentions`` are [start, end) offsets into ``title + "\\n\\n" + body``."""

    key: str  # "person:jane doe": type, then the canonical name folded
    name: str  # the fullest form in the article
    type: EntityType
    mentions: tuple[tuple[int, int], ...] = ()


class StoryFeatures(Value, frozen=True, kw_only=True):
    """What stories compare an article by, made beside the tagging, where there are processes for such work.

    Vectors are packed, see `streams.stories.similarity.vectors.Vector.pack`; what each holds says
    `streams.stories.similarity.features`.
    """

    body: bytes
    title: bytes
    phrases: bytes
    prominent: bytes
    weekdays: tuple[int, ...]
    length: int
    words: tuple[str, ...]  # one for each term of the body (of a headline: of the title), as it came first in the text
    terms: tuple[str, ...]  # folded words of title and body, each once, sorted: what older tracks are matched against
    text: str = (
        ""  # title, summary and body as `streams.contract.analyzer.searchable` makes them; "" where it would be large
    )


class TaggedArticle(Message, frozen=True, kw_only=True):
    """A unique article with what it names, quotes and counts. Without ``measured`` it is measured when it is filed."""

    article: CleanArticle
    copy: CopyVerdict
    first_seen: Moment
    edit: Edit | None = None
    entities: tuple[Entity, ...] = ()
    quotes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    measured: StoryFeatures | None = None


# --- articles.filed -----------------------------------------------------------------------------------------------


class Filing(Value, frozen=True, kw_only=True):
    """Why an article is in its story."""

    story: str
    decision: Literal["created", "joined"]
    score: float
    threshold: float
    reasons: tuple[str, ...]  # sentences for people, the strongest first
    nearest: str | None = None  # the most similar article of the story
    shared_entities: tuple[str, ...] = ()
    shared_terms: tuple[str, ...] = ()
    gap_seconds: float | None = None
    moved_from: str | None = None  # the story that it was in before a revision of it was judged anew


class Source(Value, frozen=True, kw_only=True):
    """What counts as one for alerts: an owner group, else a publisher."""

    key: str
    name: str


class Coverage(Value, frozen=True, kw_only=True):
    """Whether an article brought its story a new source, and why or why not."""

    source: Source | None
    new: bool  # a new independent source: wire copies and sister sites count once
    new_publisher: bool  # a publisher that the story did not have, copies included
    reason: str


class Brought(Value, frozen=True, kw_only=True):
    """That an article brought its story an independent source, and when; no edit of the article changes it."""

    source: Source
    at: Moment  # the log's time of the text that brought it


class FiledArticle(Message, frozen=True, kw_only=True):
    """The whole article with its story and reasons. ``version`` is the offset in articles.tagged that caused it."""

    article: CleanArticle
    copy: CopyVerdict
    first_seen: Moment
    filing: Filing
    coverage: Coverage
    version: int
    edit: Edit | None = None
    entities: tuple[Entity, ...] = ()
    quotes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    brought: Brought | None = None  # whatever ``coverage`` says of this revision


class Stored(Value, frozen=True, kw_only=True):
    """What is known of an article that runs again: its identity, and the verdicts that no row may remember any more."""

    run: str  # of which reprocessing
    id: str
    language: str  # its rows are kept by this one
    revision: str  # another one in a row is newer: then the article is not run again
    first_seen: Moment
    copy: CopyVerdict
    filing: Filing
    coverage: Coverage
    edit: Edit | None = None
    brought: Brought | None = None


# --- stories.updates ----------------------------------------------------------------------------------------------


class EntityCount(Value, frozen=True, kw_only=True):
    key: str
    name: str
    type: EntityType
    articles: int


class Story(Value, frozen=True, kw_only=True):
    """A story as it stood after an update. Lists are bounded; counts are not."""

    id: str
    title: str
    language: str
    first_seen: Moment
    last_seen: Moment
    articles: int
    sources: tuple[Source, ...]  # independent ones, in order of appearance
    publishers: tuple[str, ...]  # names of all, copies included
    entities: tuple[EntityCount, ...] = ()
    source_count: int = 0
    publisher_count: int = 0

    @property
    def all_sources(self) -> int:
        """How many independent sources it has, listed or not; of a story by older code, those that are listed."""
        return max(self.source_count, len(self.sources))

    @property
    def all_publishers(self) -> int:
        """As `all_sources`, of publishers."""
        return max(self.publisher_count, len(self.publishers))


class ArticleRef(Value, frozen=True, kw_only=True):
    """An article in short, for updates, alerts and webhooks."""

    id: str
    title: str
    kind: Kind
    language: str
    lane: Lane
    fetched_at: Moment
    url: str | None = None
    publisher: Publisher | None = None
    published: Timestamp | None = None
    relation: Relation = Relation.ORIGINAL


class StoryUpdate(Message, frozen=True, kw_only=True):
    """One thing that happened to a story. ``text``, ``terms`` and ``names`` are what tracks are matched against.

    An article whose revision was judged anew may move: its new story is told with ``filing.moved_from``, the other one
    by an update of its own, which names the new one in ``moved_to`` if it has no article left.
    """

    id: str
    kind: Literal["created", "joined", "revised"]
    story: Story
    article: ArticleRef
    filing: Filing
    coverage: Coverage
    version: int
    received_at: Moment
    filed_at: Moment
    terms: tuple[str, ...] = ()  # folded words of title and body, each once, sorted
    names: tuple[str, ...] = ()  # entity keys
    emptied: bool = False  # ``filing.moved_from`` has no article left: who follows that story follows this one
    counted_before: bool = False  # the article brought that story the same source
    moved_to: str | None = None
    text: str = ""  # see `streams.contract.analyzer.searchable`; "" in updates of older code


# --- tracks and alerts --------------------------------------------------------------------------------------------


class Webhook(Value, frozen=True, kw_only=True):
    """Where a track's alerts go.

    Only a `Track` message holds the whole URL and the secret, and where a key is set it holds them in ``sealed``.
    Elsewhere ``url`` is ``https://host/``, ``secret`` is empty, and ``receiver`` tells which receiver it is.
    """

    url: str
    secret: str = ""  # whsec_..., base64 as in Standard Webhooks; empty where it must not travel
    allow_private: bool = False
    channel: str = ""  # of an installed package (`streams.contract.plugins`); "": the JSON of docs/webhooks.md
    receiver: str = ""  # a digest of the whole URL; "" where that stands in ``url``
    sealed: str = ""  # URL and secret, encrypted by `connectors.webhooks.sealing`; "" where they stand open
    resumed_at: Moment | None = None  # when somebody last said that this receiver takes alerts again


class Track(Message, frozen=True, kw_only=True):
    """What somebody follows: a story, or every story with an article that answers a query.

    A track fires once for each new source (``at_sources`` None), or once when a story has ``at_sources`` sources.
    """

    id: str
    name: str
    created_at: Moment
    story: str | None = None
    words: tuple[
        str, ...
    ] = ()  # "+" and a query (`streams.alerts.query`), or the folded words of older tracks: all must occur
    entities: tuple[str, ...] = ()  # all must be named
    at_sources: int | None = None
    independent: bool = True  # count copies of one text and sister sites once
    backfill: bool = False
    webhook: Webhook | None = None


class Candidate(Message, frozen=True, kw_only=True):
    """This update concerns this track."""

    track: Track
    update: StoryUpdate
    why: str


class Answer(Value, frozen=True, kw_only=True):
    """What one attempt to deliver an alert came to: an HTTP status, or why there was none."""

    at: Moment
    code: int | None = None
    error: str | None = None


class Delivery(Value, frozen=True, kw_only=True):
    """How far the sending of an alert has come. ``attempts`` only grows, so it orders the states of one alert."""

    status: Literal["pending", "delivered", "retrying", "failed", "recorded"]
    attempts: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    at: Moment | None = None
    code: int | None = None
    error: str | None = None
    next_at: Moment | None = None
    off: bool = False  # this answer (410) switched the receiver off
    answers: tuple[Answer, ...] = ()  # one an attempt, the latest last; bounded


class Alert(Message, frozen=True, kw_only=True):
    """One alert, made once; written again with each state of its delivery. Never holds the webhook's secret."""

    id: str
    track: str
    track_name: str
    receiver: str  # receiver id, the key of its queue
    story: Story
    article: ArticleRef
    source: Source
    sources: int  # how many sources the story had with this one
    condition: str
    reason: str  # a sentence for people
    filing: Filing
    received_at: Moment
    made_at: Moment
    url: str | None = None  # ``https://host/`` of the webhook; older messages hold the whole URL
    delivery: Delivery = Delivery(status="pending")


# --- dead letters -------------------------------------------------------------------------------------------------


class Resolution(Message, frozen=True, kw_only=True):
    """What became of a dead letter. ``attempt``: 0 is the first refusal, and each sending again counts one more."""

    letter: str
    state: Literal["sent", "passed", "dropped"]
    attempt: int
    at: Moment
    by: str = ""  # a person and machine, or the stage that it passed
    reason: str = ""


# --- forgotten -----------------------------------------------------------------------------------------------------


class Forgotten(Message, frozen=True, kw_only=True):
    """That an article was taken out of everything, without a word of it. ``blocked``: it may not come in again."""

    id: str  # of the article: a hash of its address, or of its text where it has none
    at: Moment
    by: str
    reason: str
    blocked: bool = True


# --- ids ---------------------------------------------------------------------------------------------------------


def digest(*parts: str | bytes) -> str:
    """A short, stable id of its parts: 128 bits as 32 hexadecimal digits, the same on every machine.

    A cryptographic hash, since the parts come from strangers, who must not be able to make two ids meet.
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()
