"""The documents of each index, typed: as they are written, as they are read, and what their mapping is made from.

Field names are ECS where it has one (``@timestamp``, ``event``, ``url``, ``error``, ``http``). All indices use the same
names for the same things, so that one query works in each: in a story, ``article``, ``url`` and ``publisher`` are those
of its latest article; in an alert, those of the article that fired it.

- An attribute has the name of the message's attribute that it is copied from (`copied`), and `field(name=...)` where
  the document's name differs. A field that has no such attribute is set in `write/documents.py`.
- A part that equals its message extends it, so that a new field of the message is stored without a line here.
- What equals its default is left out of the document. A field without a default is always written.
- `fields.py` makes the strict mapping from the types: a string is a keyword unless it is annotated here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import field

from connectors.elastic.document_part import DocumentPart, FieldType, Name, Offset, Seconds, Text, Title
from connectors.elastic.names import Family
from streams.contract import messages as m
from streams.contract.deadletter import DeadLetterState


class EventFields(DocumentPart, frozen=True, kw_only=True):
    dataset: str
    kind: str  # ECS: event, state or alert


class UrlFields(DocumentPart, frozen=True, kw_only=True):
    full: str  # canonical, else as fetched
    original: str | None = None  # as fetched
    scheme: str | None = None
    domain: str | None = None
    path: str | None = None


class PublisherFields(m.Publisher, frozen=True, kw_only=True):
    name: Name
    owner: Name | None = None
    agency: bool
    source: str  # where it was found: url, text ...
    confidence: float


class CopyFields(DocumentPart, frozen=True, kw_only=True):
    """Only ``relation`` where the article is in short."""

    relation: str
    group: str | None = None
    of: str | None = None
    of_publisher: str | None = None
    similarity: float | None = None
    reason: Text | None = None
    text_relation: str | None = None  # of a revision: what its text is by itself


class EditFields(m.Edit, frozen=True, kw_only=True):
    removed: int
    title_before: Text | None = None
    added: tuple[Text, ...] = ()


class HunkFields(DocumentPart, frozen=True, kw_only=True):
    """Paragraphs of a body that were replaced. ``after``: how many unchanged ones follow the hunk before."""

    after: int
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class RevisionFields(DocumentPart, frozen=True, kw_only=True):
    """What one revision changed in the text before it. ``fetched_at``: of the revision.

    ``left_out``: paragraphs of the change that are not stored, since it is too long.
    """

    number: int  # 1 for the first change
    fetched_at: datetime = field(name="fetched")
    title_before: str | None = None
    hunks: tuple[HunkFields, ...] = ()
    left_out: int = 0


class DateOrigin(DocumentPart, frozen=True, kw_only=True):
    """The origin and certainty of a date; the date itself is ``published`` or ``modified``."""

    precision: str
    source: str
    confidence: float


class StageTimes(DocumentPart, frozen=True, kw_only=True):
    """When a stage received the article and when it had sent it on, and the version of its code.

    A stage that did its work again after a crash has the last times.
    """

    arrived: datetime
    version: str
    left: datetime | None = None


class StoreTimes(DocumentPart, frozen=True, kw_only=True):
    """`StageTimes` of the stage that sends nothing on."""

    arrived: datetime
    version: str
    left: ClassVar[None] = None


class Stages(DocumentPart, frozen=True, kw_only=True):
    """The path of an article to this document, stage by stage; ``receive`` is the command that took it in."""

    receive: StageTimes | None = None
    clean: StageTimes | None = None
    dedup: StageTimes | None = None
    tag: StageTimes | None = None
    story: StageTimes | None = None
    match: StageTimes | None = None
    decide: StageTimes | None = None
    deliver: StageTimes | None = None
    store: StoreTimes | None = None


class ArticleFields(DocumentPart, frozen=True, kw_only=True):
    """An article: whole in the articles index, in short elsewhere."""

    id: str
    kind: str
    lane: str
    title: Title
    language: str
    fetched_at: datetime = field(name="fetched")
    copy: CopyFields
    body: Text = ""
    body_source: str | None = None  # page, linked data, wider, state; None without a body, and by older code
    body_confidence: float | None = None
    summary: Text | None = None
    section: Name | None = None
    tags: tuple[Name, ...] = ()
    labels: tuple[Name, ...] = ()
    image: str | None = None
    first_seen: datetime | None = None
    published: datetime | None = None
    published_by: DateOrigin | None = None
    modified: datetime | None = None
    modified_by: DateOrigin | None = None
    revision: str | None = None
    arrival: str | None = None
    origin: str | None = None
    authors: tuple[Name, ...] = ()
    credits: tuple[Name, ...] = ()
    words: int | None = None
    links: tuple[str, ...] = ()
    quotes: tuple[Text, ...] = ()
    numbers: tuple[str, ...] = ()
    edit: EditFields | None = None
    revisions: Annotated[tuple[RevisionFields, ...], FieldType.STORED] = ()  # the latest last
    received_at: datetime | None = field(default=None, name="received")  # when a command took it in
    filed: datetime | None = None  # when the log had it with its story
    seconds_to_file: Seconds | None = None  # from ``received`` to ``filed``
    lane_reason: Text | None = None  # why it is not in the lane in which it arrived
    stages: Stages | None = None


class FilingFields(DocumentPart, frozen=True, kw_only=True):
    decision: str
    score: float
    threshold: float
    reasons: tuple[Text, ...] = ()
    nearest: str | None = None
    shared_entities: tuple[str, ...] = ()
    shared_terms: tuple[str, ...] = ()
    gap_seconds: Seconds | None = None
    moved_from: str | None = None


class SourceFields(m.Source, frozen=True, kw_only=True):
    name: Name


class CoverageFields(m.Coverage, frozen=True, kw_only=True):
    source: SourceFields | None = None
    new: bool = field(name="new_source")
    reason: Text


class BroughtFields(m.Brought, frozen=True, kw_only=True):
    source: SourceFields


class StoryFields(DocumentPart, frozen=True, kw_only=True):
    """The story of an article: the whole of it, in the articles index its id, the filing and the counts of then."""

    id: str
    filing: FilingFields
    coverage: CoverageFields | None = None
    brought: BroughtFields | None = None
    moved_to: str | None = None
    title: Title | None = None
    language: str | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    articles: int | None = None
    source_count: int | None = None
    publisher_count: int | None = None
    sources: tuple[Name, ...] = ()
    source_keys: tuple[str, ...] = ()
    publishers: tuple[Name, ...] = ()
    update: str | None = None  # what happened last: created, joined, revised
    absorbed: tuple[str, ...] = ()  # stories that became part of it
    history: Annotated[tuple[m.StoryEvent, ...], FieldType.STORED] = ()

    @property
    def brought_source(self) -> m.Source | None:
        """The source that the article brought its story; of a document by older code, if it was not edited since."""
        if self.brought is not None:
            return self.brought.source
        return self.coverage.source if self.coverage is not None and self.coverage.new else None


class EntityFields(DocumentPart, frozen=True, kw_only=True):
    """``mentions`` are [start, end) in ``title + "\\n\\n" + body``; ``articles`` counts those of a story naming it."""

    key: str
    name: str
    type: str
    mentions: tuple[tuple[int, int], ...] = field(default=(), name="offsets")
    articles: int | None = None


class EntitiesFields(DocumentPart, frozen=True, kw_only=True):
    """Flat lists of names, since Kibana neither filters nor charts nested fields well; canonical keys for joins."""

    persons: tuple[Name, ...] = ()
    organisations: tuple[Name, ...] = ()
    places: tuple[Name, ...] = ()
    groups: tuple[Name, ...] = ()
    keys: tuple[str, ...] = ()
    details: Annotated[tuple[EntityFields, ...], FieldType.STORED] = ()


class AlertFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    made_at: datetime = field(name="made")
    condition: str
    reason: Text
    source: SourceFields
    source_count: int
    seconds_to_make: Seconds  # from the arrival of the article
    fired: tuple[str, ...] = ()
    corrects: tuple[str, ...] = ()
    late_by: Seconds = 0.0
    summed: int = 0


class TrackFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    name: Name


class ReceiverFields(DocumentPart, frozen=True, kw_only=True):
    id: str
    name: str | None = None
    domain: str | None = None


class DeliveryFields(DocumentPart, frozen=True, kw_only=True):
    status: str
    attempts: int
    at: datetime | None = None
    next_at: datetime | None = None
    held_for: str = ""
    off: bool = False
    paused_at: datetime | None = None
    answers: Annotated[tuple[m.Answer, ...], FieldType.STORED] = ()


class HttpResponse(DocumentPart, frozen=True, kw_only=True):
    status_code: int


class HttpFields(DocumentPart, frozen=True, kw_only=True):
    response: HttpResponse


class ErrorFields(DocumentPart, frozen=True, kw_only=True):
    message: Text


class LetterFields(DocumentPart, frozen=True, kw_only=True):
    """A dead letter. Without ``refused`` only its resolution is known."""

    id: str
    state: DeadLetterState
    open: bool  # in the list: refused or sent
    attempts: int = 0  # how often it was sent again
    stage: str | None = None
    refused: datetime | None = None  # the last time
    attempt: int | None = None  # how often it had been sent again by then
    bytes: int | None = None  # of the message


class LetterErrorFields(ErrorFields, frozen=True, kw_only=True):
    type: str | None = None


class ResolutionFields(DocumentPart, frozen=True, kw_only=True):
    """What became of a dead letter. ``offset`` is that of the resolution in its topic."""

    state: Literal["sent", "passed", "dropped"]
    attempt: int
    offset: Offset
    at: datetime
    by: str | None = None
    reason: Text | None = None


class KafkaFields(DocumentPart, frozen=True, kw_only=True):
    """The record that was refused."""

    topic: str
    partition: int | None = None
    offset: Offset | None = None
    key: str | None = None


class ServiceFields(DocumentPart, frozen=True, kw_only=True):
    version: str  # of the code that refused it


class LetterArticleFields(DocumentPart, frozen=True, kw_only=True):
    """The article that the message is about, as far as its bytes tell."""

    id: str | None = None
    arrival: str | None = None
    origin: str | None = None


class LetterPublisherFields(DocumentPart, frozen=True, kw_only=True):
    id: str  # of a publisher, else the address's domain, else the sender's name


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


class LetterRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the dead letters' index. ``timestamp`` is when it was refused last."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    letter: LetterFields
    error: LetterErrorFields | None = None
    kafka: KafkaFields | None = None
    service: ServiceFields | None = None
    article: LetterArticleFields | None = None
    publisher: LetterPublisherFields | None = None
    url: UrlFields | None = None
    resolution: ResolutionFields | None = None


class ChangeFields(DocumentPart, frozen=True, kw_only=True):
    """A change of a track, receiver, source or key. ``fields``: the names of those that changed."""

    id: str
    action: str
    kind: str
    subject: str  # the id of what was changed
    by: Name
    name: Name | None = None
    fields: tuple[str, ...] = ()
    details: Annotated[tuple[m.ChangedField, ...], FieldType.STORED] = ()


class AuditRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the audit log. ``timestamp`` is when the change was made."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    change: ChangeFields


class LinkFields(DocumentPart, frozen=True, kw_only=True):
    """Two stories of different languages that report the same event, or that a person keeps apart."""

    id: str
    stories: tuple[str, ...]
    languages: tuple[str, ...]
    state: Literal["linked", "cut"]
    score: float | None = None
    cosine: float | None = None
    reasons: tuple[Text, ...] = ()
    by: Name | None = None


class LinkRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the index of links. ``timestamp`` is when it was decided or corrected last."""

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    link: LinkFields


class NoticeFields(DocumentPart, frozen=True, kw_only=True):
    """The notice itself. ``health``: silent, broken or recovered."""

    id: str
    made_at: datetime = field(name="made")
    health: str = field(name="condition")
    why: Text = field(name="reason")


class WatchedSourceFields(DocumentPart, frozen=True, kw_only=True):
    """The source that a notice is about. ``since``: when the silence or the failures began."""

    id: str
    name: Name
    since: datetime


class NoticeRecord(DocumentPart, frozen=True, kw_only=True):
    """One document of the notices index. ``timestamp`` is when the notice was made.

    Its fields have the names that those of an alert have, so that one query finds both.
    """

    timestamp: datetime = field(name="@timestamp")
    event: EventFields
    alert: NoticeFields
    source: WatchedSourceFields
    receiver: ReceiverFields
    delivery: DeliveryFields
    url: UrlFields | None = None
    http: HttpFields | None = None
    error: ErrorFields | None = None


RECORDS: Mapping[Family, type[DocumentPart]] = {
    Family.ARTICLES: ArticleRecord,
    Family.STORIES: StoryRecord,
    Family.ALERTS: AlertRecord,
    Family.DEADLETTERS: LetterRecord,
    Family.AUDIT: AuditRecord,
    Family.LINKS: LinkRecord,
    Family.NOTICES: NoticeRecord,
}
