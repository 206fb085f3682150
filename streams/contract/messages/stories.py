"""stories.updates: stories, and the updates of them."""

from typing import Literal

from msgspec import field

from streams.contract.lanes import Lane
from streams.contract.messages.articles import (
    Coverage,
    Edit,
    EntityType,
    Filing,
    Kind,
    Publisher,
    Relation,
    Source,
    Timestamp,
)
from streams.contract.messages.base import Message, Moment, Value

MOST_EVENTS = 20  # of a story's history, the latest


class EntityCount(Value, frozen=True, kw_only=True):
    """In how many articles of a story an entity is named."""

    key: str
    name: str
    type: EntityType
    articles: int


class StoryEvent(Value, frozen=True, kw_only=True):
    """One event of a story's history. ``by``: who asked for it; "" for a decision of the filing."""

    at: Moment
    what: Literal["merged", "split", "moved", "renamed", "pinned", "undone"]
    text: str  # a sentence for people
    by: str = ""


class Refiling(Value, frozen=True, kw_only=True):
    """Articles of one story that are part of another one now. ``from_`` and ``into`` are ids of stories.

    ``story.merged``: all of them, so that ``from_`` is a redirect to ``into`` from then on. ``article.moved``: some.
    """

    fact: Literal["story.merged", "article.moved"]
    articles: tuple[str, ...]  # ids
    from_: str = field(name="from")
    into: str
    reasons: tuple[str, ...] = ()
    numbers: dict[str, float] = field(default_factory=dict)
    by: str = ""  # who asked for it; "" for a decision of the filing
    correction: str = ""  # id of the `StoryCorrection`
    arrived: Moment | None = None  # of a moved article: log time of its first filing


class Linked(Value, frozen=True, kw_only=True):
    """A story is linked with ``other``, of another language, or is so no more."""

    other: str
    state: Literal["linked", "cut"]


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
    absorbed: tuple[str, ...] = ()  # ids of the stories that became part of it, each of which is a redirect to it
    history: tuple[StoryEvent, ...] = ()  # the latest events, in order

    @property
    def all_sources(self) -> int:
        """Number of independent sources, listed or not; for a story by older code, those that are listed."""
        return max(self.source_count, len(self.sources))

    @property
    def all_publishers(self) -> int:
        """As `all_sources`, for publishers."""
        return max(self.publisher_count, len(self.publishers))


class ArticleRef(Value, frozen=True, kw_only=True):
    """A summary of an article, for updates, alerts and webhooks."""

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
    labels: tuple[str, ...] = ()
    excerpt: str = ""  # its first sentences
    first_seen: Moment | None = None
    copy_of: str | None = None  # id of the article whose text it carries
    copy_of_publisher: str | None = None


class ArticleDetails(Value, frozen=True, kw_only=True):
    """What queries ask of an article beyond `ArticleRef` and `StoryUpdate.text`.

    ``names``: those of `StoryUpdate.names`, in the same order, as the article writes them.
    """

    names: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    words: int | None = None
    modified: Moment | None = None
    first_seen: Moment | None = None
    text_relation: Relation | None = None  # see `CopyVerdict.text_relation`


class StoryUpdate(Message, frozen=True, kw_only=True):
    """A change of a story. Tracks match against ``article``, ``text``, ``details`` and ``names``.

    An article whose revision is filed anew may move. The update of its new story has ``filing.moved_from``; the former
    story gets an update of its own, which names the new one in ``moved_to`` if it has no article left.
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
    emptied: bool = False  # ``filing.moved_from`` has no article left: its tracks follow this story
    counted_before: bool = False  # the article brought that story the same source
    moved_to: str | None = None
    left: ArticleRef | None = None  # the article that is not part of the story any more; without its text if erased
    left_to: str | None = None  # the story that it moved to
    refiled: Refiling | None = None  # the fact behind an update that no article's text caused
    # only in messages that tell `match` who follows a story, and change no story:
    followers: tuple[str, ...] = ()  # ids of tracks that follow ``story`` from now on
    through: dict[str, str] = field(
        default_factory=dict
    )  # of some of these: the story of theirs that is linked with it
    linked: Linked | None = None  # a link; with an article that is the first one of the other story
    edit: Edit | None = None  # what this revision changed, shortened
    text: str = ""  # see `streams.contract.analyzer.searchable`; "" in updates of older code
    details: ArticleDetails | None = None  # None in updates of older code, and where there is no text

    @property
    def is_about_tracks(self) -> bool:
        """Whether it only tells `match` who follows the story."""
        return bool(self.followers) or self.linked is not None
