"""The documents as they are stored and as they come back from a search: typed, one struct an index.

Field names are ECS where it has one (``@timestamp``, ``event``, ``url``, ``error``, ``http``). All indices
use the same names for the same things, so that one query works in each: in a story ``article``, ``url`` and
``publisher`` are those of its latest article, in an alert those of the article that fired it.
What equals its default is left out of the document. `fields.py` has the mapping, held to this by a test.
"""

from datetime import datetime

from msgspec import Struct, field


class DocumentPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored document or a part of one."""


class EventFields(DocumentPart, frozen=True, kw_only=True):
    dataset: str
    kind: str  # ECS: event, state or alert


class UrlFields(DocumentPart, frozen=True, kw_only=True):
    full: str  # canonical, else as fetched
    original: str | None = None  # as fetched
    scheme: str | None = None
    domain: str | None = None
    path: str | None = None


class PublisherFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    name: str
    agency: bool
    confidence: float
    source: str  # where it was found: url, text ...
    domain: str | None = None
    country: str | None = None
    owner: str | None = None


class CopyFields(DocumentPart, frozen=True, kw_only=True):
    relation: str
    group: str | None = None
    of: str | None = None
    of_publisher: str | None = None
    similarity: float | None = None
    reason: str | None = None
    text_relation: str | None = None  # of a revision: what its text is by itself


class EditFields(DocumentPart, frozen=True, kw_only=True):
    number: int
    removed: int
    title_before: str | None = None
    added: tuple[str, ...] = ()


class Dating(DocumentPart, frozen=True, kw_only=True):
    """How sure a date is: the date itself stands beside it, as ``published`` or ``modified``."""

    precision: str
    source: str
    confidence: float


class StageTimes(DocumentPart, frozen=True, kw_only=True):
    """When a stage took the article in hand and when it had sent it on, and the version of its code.

    ``left`` is missing where the stage only stores. A stage that did its work again after a crash says the last time.
    """

    arrived: datetime
    version: str
    left: datetime | None = None


class Stages(DocumentPart, frozen=True, kw_only=True):
    """The way of an article to this document, stage by stage; ``receive`` is the command that took it in."""

    receive: StageTimes | None = None
    clean: StageTimes | None = None
    dedup: StageTimes | None = None
    tag: StageTimes | None = None
    story: StageTimes | None = None
    match: StageTimes | None = None
    decide: StageTimes | None = None
    deliver: StageTimes | None = None
    store: StageTimes | None = None


class ArticleFields(DocumentPart, frozen=True, kw_only=True):
    """An article: whole in the articles index, in short elsewhere."""

    id: str
    kind: str
    lane: str
    title: str
    language: str
    fetched_at: datetime = field(name="fetched")
    copy: CopyFields
    body: str = ""
    body_source: str | None = None  # page, linked data, wider, state; None without a body, and by older code
    body_confidence: float | None = None
    summary: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    first_seen: datetime | None = None
    published: datetime | None = None
    published_by: Dating | None = None
    modified: datetime | None = None
    modified_by: Dating | None = None
    revision: str | None = None
    arrival: str | None = None
    origin: str | None = None
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    words: int | None = None
    links: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    edit: EditFields | None = None
    received_at: datetime | None = field(default=None, name="received")  # when a command took it in
    filed: datetime | None = None  # when the log had it with its story
    seconds_to_file: float | None = None  # from the one to the other
    lane_reason: str | None = None  # why it is not in the lane in which it arrived
    stages: Stages | None = None


class FilingFields(DocumentPart, frozen=True, kw_only=True):
    decision: str
    score: float
    threshold: float
    reasons: tuple[str, ...] = ()
    nearest: str | None = None
    shared_entities: tuple[str, ...] = ()
    shared_terms: tuple[str, ...] = ()
    gap_seconds: float | None = None
    moved_from: str | None = None


class SourceFields(DocumentPart, frozen=True, kw_only=True):
    key: str
    name: str


class CoverageFields(DocumentPart, frozen=True, kw_only=True):
    new: bool = field(name="new_source")
    new_publisher: bool
    reason: str
    source: SourceFields | None = None


class BroughtFields(DocumentPart, frozen=True, kw_only=True):
    """Which independent source an article brought its story, and when. Edits of the article leave it as it is."""

    source: SourceFields
    at: datetime


class StoryFields(DocumentPart, frozen=True, kw_only=True):
    """The story of an article: its id with the filing in the articles index, the whole of it elsewhere."""

    id: str
    filing: FilingFields
    coverage: CoverageFields | None = None
    brought: BroughtFields | None = None
    moved_to: str | None = None
    title: str | None = None
    language: str | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    articles: int | None = None
    source_count: int | None = None
    sources: tuple[str, ...] = ()
    source_keys: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    update: str | None = None  # what happened last: created, joined, revised

    @property
    def brought_source(self) -> SourceFields | None:
        """The source that the article brought its story; of a document by older code, if it was not edited since."""
        if self.brought is not None:
            return self.brought.source
        return self.coverage.source if self.coverage is not None and self.coverage.new else None


class EntityFields(DocumentPart, frozen=True, kw_only=True):
    """``offsets`` are [start, end) in ``title + "\\n\\n" + body``; ``articles`` counts those of a story naming it."""

    key: str
    name: str
    type: str
    mentions: tuple[tuple[int, int], ...] = field(default=(), name="offsets")
    articles: int | None = None


class EntitiesFields(DocumentPart, frozen=True, kw_only=True):
    """Flat lists of names for Kibana, canonical keys for joins, and the details, which are stored but not searched."""

    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    details: tuple[EntityFields, ...] = ()


class AlertFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    made_at: datetime = field(name="made")
    condition: str
    reason: str
    source: SourceFields
    source_count: int
    seconds_to_make: float  # from the arrival of the article


class TrackFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    name: str


class ReceiverFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    domain: str | None = None


class AnswerFields(DocumentPart, frozen=True, kw_only=True):
    """What one attempt came to: an HTTP status, or why there was none."""

    at: datetime
    code: int | None = None
    error: str | None = None


class DeliveryFields(DocumentPart, frozen=True, kw_only=True):
    status: str
    attempts: int
    at: datetime | None = None
    next_at: datetime | None = None
    off: bool = False
    answers: tuple[AnswerFields, ...] = ()


class HttpResponse(DocumentPart, frozen=True, kw_only=True):
    status_code: int


class HttpFields(DocumentPart, frozen=True, kw_only=True):
    response: HttpResponse


class ErrorFields(DocumentPart, frozen=True, kw_only=True):
    message: str
    type: str | None = None


class ArticleRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the articles index. ``timestamp`` is first seen."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    article: ArticleFields
    story: StoryFields
    entities: EntitiesFields = EntitiesFields()
    publisher: PublisherFields | None = None
    url: UrlFields | None = None


class StoryRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the stories index. ``timestamp`` is when the story last took an article."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    story: StoryFields
    article: ArticleFields
    entities: EntitiesFields = EntitiesFields()
    publisher: PublisherFields | None = None
    url: UrlFields | None = None


class AlertRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the alerts index. ``timestamp`` is when the alert was made."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    alert: AlertFields
    track: TrackFields
    receiver: ReceiverFields
    delivery: DeliveryFields
    story: StoryFields
    article: ArticleFields
    entities: EntitiesFields = EntitiesFields()
    publisher: PublisherFields | None = None
    url: UrlFields | None = None
    http: HttpFields | None = None
    error: ErrorFields | None = None
