"""Articles from articles.clean to articles.filed, and what the stages add to them."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from streams.contract.lanes import Lane
from streams.contract.messages.base import Message, Moment, Value
from streams.contract.messages.corrections import StoryCorrection


class Kind(StrEnum):
    """The kind of text on a page."""

    ARTICLE = "article"
    HEADLINE = "headline"  # a title without a body
    STUB = "stub"  # the beginning that a paywall shows
    LIVE = "live"  # a page that grows by entries during an event
    GALLERY = "gallery"  # pictures with little text
    LISTING = "listing"  # teasers of other articles


class Relation(StrEnum):
    """How an article relates to earlier ones."""

    ORIGINAL = "original"
    EXACT = "exact"  # the same body
    NEAR = "near"  # nearly the same text
    WIRE = "wire"  # contains the same agency or press text in its own text
    UPDATE = "update"  # an article of the same publisher, rewritten at another address
    REVISION = "revision"  # the same address, changed text


COPIES = frozenset({Relation.EXACT, Relation.NEAR, Relation.WIRE})  # these carry the text of another publisher


class EntityType(StrEnum):
    """The type of a named entity, and the prefix of its key."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    GROUP = "group"  # nationalities, religions, followers of parties


class Timestamp(Value, frozen=True, kw_only=True):
    """A point in time and where it was found. ``precision`` "day": only the date is known."""

    value: Moment
    precision: Literal["second", "day"]
    source: str  # jsonld, meta, time, url, text, feed, sender ...
    confidence: float = 1.0


class Publisher(Value, frozen=True, kw_only=True):
    """The publisher. ``id``: the registered domain, else a slug of the name; ``owner`` groups sister sites."""

    id: str
    name: str
    domain: str | None = None
    country: str | None = None  # ISO 3166 alpha-2
    owner: str | None = None
    agency: bool = False
    source: str = "url"
    confidence: float = 1.0


class CopyVerdict(Value, frozen=True, kw_only=True):
    """Whether a text was seen before. ``of``: the article that it copies; ``group``: the first article of its group."""

    relation: Relation
    group: str
    of: str | None = None
    of_publisher: str | None = None
    similarity: float = 0.0
    reason: str = ""
    text_relation: Relation | None = None  # of a revision's text by itself; ``of`` is what that copies or updates

    @property
    def of_text(self) -> Relation:
        """How the text relates to other articles: for a revision by older code, as an original."""
        if self.relation is not Relation.REVISION:
            return self.relation
        return self.text_relation or Relation.ORIGINAL


class Edit(Value, frozen=True, kw_only=True):
    """What a revision changed."""

    number: int  # 1 for the first change
    title_before: str | None = None  # set when the title changed
    added: tuple[str, ...] = ()  # new paragraphs
    removed: int = 0  # number of removed paragraphs


class Entity(Value, frozen=True, kw_only=True):
    """A named entity. ``mentions``: [start, end) offsets into ``title + "\\n\\n" + body``."""

    key: str  # "person:jane doe": type, then the canonical name folded
    name: str  # the fullest form in the article
    type: EntityType
    mentions: tuple[tuple[int, int], ...] = ()


class StoryFeatures(Value, frozen=True, kw_only=True):
    """The features by which stories compare an article, computed with the tagging in the process pool.

    Vectors are packed by `streams.stories.similarity.vectors.Vector.pack`; `streams.stories.similarity.features`
    describes them.
    """

    body: bytes
    title: bytes
    phrases: bytes
    prominent: bytes
    weekdays: tuple[int, ...]
    length: int
    words: tuple[str, ...]  # one for each term of the body (of the title for a headline), as first written
    terms: tuple[str, ...]  # folded words of title and body, each once, sorted: older tracks match against them
    text: str = ""  # title, summary and body by `streams.contract.analyzer.searchable`; "" if too large
    opening: bytes = b""  # the first words; this and the next three are empty in messages of older code
    amounts: bytes = b""
    forms: bytes = b""
    opening_forms: bytes = b""


class Filing(Value, frozen=True, kw_only=True):
    """The story of an article, and why."""

    story: str
    decision: Literal["created", "joined"]
    score: float
    threshold: float
    reasons: tuple[str, ...]  # sentences for people, the strongest first
    nearest: str | None = None  # the most similar article of the story
    shared_entities: tuple[str, ...] = ()
    shared_terms: tuple[str, ...] = ()
    shared_quotes: tuple[str, ...] = ()  # shortened; these two: not in messages of older code, and not stored
    shared_figures: tuple[str, ...] = ()
    gap_seconds: float | None = None
    moved_from: str | None = None  # the story that it was in before a revision of it was judged anew


class Source(Value, frozen=True, kw_only=True):
    """An independent source for alerts: an owner group, else a publisher."""

    key: str
    name: str


class Coverage(Value, frozen=True, kw_only=True):
    """Whether an article brought its story a new source, and the reason."""

    source: Source | None
    new: bool  # a new independent source: wire copies and sister sites count once
    new_publisher: bool  # a publisher new to the story, copies included
    reason: str


class Brought(Value, frozen=True, kw_only=True):
    """The independent source that an article brought its story; no edit of the article changes it."""

    source: Source
    at: Moment  # log time of the text that brought it


class StoryCounts(Value, frozen=True, kw_only=True):
    """How many articles, independent sources and publishers a story had once an article was filed."""

    articles: int
    sources: int
    publishers: int


class Stored(Value, frozen=True, kw_only=True):
    """An article that runs again: its identity, and the verdicts that the rows may no longer have."""

    run: str  # id of the reprocessing run
    id: str
    language: str  # by which its rows are partitioned
    revision: str  # a row with another one is newer, and the article does not run again
    first_seen: Moment
    copy: CopyVerdict
    filing: Filing
    coverage: Coverage
    edit: Edit | None = None
    brought: Brought | None = None
    counts: StoryCounts | None = None


class CleanArticle(Message, frozen=True, kw_only=True):
    """One clean article. ``id`` never changes; ``revision`` changes with the cleaned content."""

    id: str
    revision: str
    arrival: str  # the RawArticle's id
    origin: str
    lane: Lane
    fetched_at: Moment
    kind: Kind
    title: str
    body: str  # paragraphs separated by an empty line; "" for a headline
    # or "linked data", "wider" (where the page seemed to have none), "state"; "" for a headline
    body_source: str = "page"
    body_confidence: float = 1.0
    language: str  # ISO 639-1, or "und" if unknown
    url: str | None = None  # canonical
    fetched_url: str | None = None
    publisher: Publisher | None = None
    authors: tuple[str, ...] = ()
    published: Timestamp | None = None
    modified: Timestamp | None = None
    summary: str | None = None
    section: str | None = None  # as named by the page
    tags: tuple[str, ...] = ()  # keywords of the page
    labels: tuple[str, ...] = ()  # of the watched source that it came from, or of the sender
    image: str | None = None  # address of the page's preview picture
    words: int = 0
    credits: tuple[str, ...] = ()  # agencies that the article credits
    links: tuple[str, ...] = ()
    received_at: Moment | None = None  # when a command received it, before the first topic
    lane_reason: str = ""  # why it left the lane in which it arrived
    stored: Stored | None = None  # set for an article that runs again, which is no news


class UniqueArticle(Message, frozen=True, kw_only=True):
    """A clean article with its copy verdict. ``first_seen`` never changes with revisions."""

    article: CleanArticle
    copy: CopyVerdict
    first_seen: Moment
    edit: Edit | None = None


class TaggedArticle(Message, frozen=True, kw_only=True):
    """A unique article with entities, quotes and numbers. Without ``measured``, filing computes the features."""

    article: CleanArticle
    copy: CopyVerdict
    first_seen: Moment
    edit: Edit | None = None
    entities: tuple[Entity, ...] = ()
    quotes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    measured: StoryFeatures | None = None
    correction: StoryCorrection | None = None  # what a person says about stories: then ``article`` is empty
    undoes: StoryCorrection | None = None  # the correction that ``correction`` takes back

    @classmethod
    def without_text(cls, id_: str, origin: str, at: datetime, language: str = "und") -> "TaggedArticle":
        """Make the empty article of a message that is about something else: an erasure or a correction."""
        article = CleanArticle(
            id=id_,
            revision="",
            arrival="",
            origin=origin,
            lane=Lane.BACKFILL,
            fetched_at=at,
            kind=Kind.HEADLINE,
            title="",
            body="",
            language=language,
        )
        return cls(article=article, copy=CopyVerdict(relation=Relation.ORIGINAL, group=id_), first_seen=at)


class FiledArticle(Message, frozen=True, kw_only=True):
    """The whole article with its story and reasons. ``version``: the offset in articles.tagged that caused it."""

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
    brought: Brought | None = None  # independent of ``coverage``, which describes this revision
    counts: StoryCounts | None = None  # None in messages of older code
    refiled: bool = False  # only the story changed: ``article`` has no text, and everything else stays as stored
