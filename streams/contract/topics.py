"""Every topic as data. `init` creates them from this list, workers check against it, and a test compares the docs.

No other module names a topic. All have the same number of partitions, because the table of a stage is co-partitioned
with the topic that the stage reads.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Never, Protocol

from typing_extensions import TypeVar

from streams.contract import messages as m

P = TypeVar("P")
N = TypeVar("N", int, int | None)
Carried = TypeVar("Carried", bound=m.Message, default=Any)

DAY_MS = 86_400_000
MAX_RECORD_BYTES = 1_048_588  # the brokers' default, set explicitly so that it does not depend on the broker

# a record's time is when the broker appended it: stages decide by it and retention counts from it, and a producer with
# a wrong clock would have its messages deleted early, or rejected
TIMES = {"message.timestamp.type": "LogAppendTime"}


Headers = Iterable[tuple[str, bytes | None]] | Mapping[str, bytes | None] | None  # as Kafka clients give them


class TopicRecord(Protocol):
    """One record of a topic. ``timestamp``: seconds since the epoch, by the broker's clock."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> float: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True)
class Topic(Generic[Carried]):
    """One topic of messages of type ``Carried``. ``key`` describes its key, and ``key_of`` takes it from a message."""

    base: str
    key: str
    carries: type[Carried] | None  # None: records that are not messages, kept as they came
    key_of: Callable[[Carried], str] | None
    cleanup: Literal["delete", "compact"] = "delete"
    days: int | None = 7
    max_record_bytes: int = MAX_RECORD_BYTES

    def name(self, prefix: str = "") -> str:
        return f"{prefix}{self.base}"

    def kafka_key(self, message: Carried) -> bytes:
        """The key that a message is sent with. Raises `TypeError` for a topic that carries no messages."""
        if self.key_of is None:
            raise TypeError(f"{self.base} has no key of its own")
        return self.key_of(message).encode()

    def config(self) -> dict[str, str]:
        """Broker settings of this topic."""
        retention = str(self.days * DAY_MS) if self.days is not None else "-1"
        return {
            **TIMES,
            "cleanup.policy": self.cleanup,
            "retention.ms": retention,
            "max.message.bytes": str(self.max_record_bytes),
        }


RAW = Topic("articles.raw.v1", "arrival id", m.RawArticle, lambda x: x.id)
CLEAN = Topic("articles.clean.v1", "language", m.CleanArticle, lambda x: x.language)
# by article, so that its revisions stay in order through `tag`: in two partitions the second may overtake the first
UNIQUE = Topic("articles.unique.v1", "article id", m.UniqueArticle, lambda x: x.article.id)
TAGGED = Topic("articles.tagged.v1", "language", m.TaggedArticle, lambda x: x.article.language)
FILED = Topic("articles.filed.v1", "article id", m.FiledArticle, lambda x: x.article.id, days=14)
UPDATES = Topic("stories.updates.v1", "story id", m.StoryUpdate, lambda x: x.story.id, days=30)
# each correction with its outcome, kept for ever: what people know is not in any article
CORRECTIONS = Topic(
    "stories.corrections.v1", "correction id", m.StoryCorrection, lambda x: x.id, cleanup="compact", days=None
)
# one key, so that one partition holds all stories: any two of them can be compared
SKETCHES = Topic("stories.sketches.v1", "one for all", m.LinkRequest, lambda _: "stories")
LINKS = Topic("stories.links.v1", "link id", m.StoryLink, lambda x: x.id, days=30)
CANDIDATES = Topic("alerts.candidates.v1", "track id", m.Candidate, lambda x: x.track.id)
ALERTS = Topic("alerts.v1", "receiver id", m.Deliverable, lambda x: x.receiver, days=90)
TRACKS = Topic("tracks.v1", "track id", m.Track, lambda x: x.id, cleanup="compact", days=None)
RECEIVERS = Topic("receivers.v1", "receiver's name", m.NamedReceiver, lambda x: x.name, cleanup="compact", days=None)
FORGOTTEN = Topic("forgotten.v1", "article id", m.Forgotten, lambda x: x.id, cleanup="compact", days=None)
API_KEYS = Topic("keys.v1", "key id", m.ApiKey, lambda x: x.id, cleanup="compact", days=None)
# more than a year, so that the index can be made again from it
AUDIT = Topic("audit.v1", "id of what was changed", m.Change, lambda x: x.subject, days=400)
KEY_USES = Topic("keys.used.v1", "key id", m.KeyUse, lambda x: x.key, cleanup="compact", days=None)
SOURCES = Topic("sources.v1", "source id", m.WatchedSource, lambda x: x.id, cleanup="compact", days=None)
# by site, so that one worker polls all sources of a site; its partitions deal the sources out to the workers
POLLS = Topic("sources.polls.v1", "site", m.Polled, lambda x: x.site)
SUBSCRIPTIONS = Topic("sources.websub.v1", "source id", m.Subscription, lambda x: x.source, "compact", days=None)
STATUS = Topic("sources.status.v1", "source id", m.SourceStatus, lambda x: x.source, cleanup="compact", days=None)
# the largest record of any other topic must fit here with its headers: a dead letter that the broker rejects would
# block its stage permanently
DEADLETTERS: Topic[Never] = Topic(
    "deadletters.v1", "original key", None, None, days=30, max_record_bytes=MAX_RECORD_BYTES + 200_000
)

# without a limit of age, one small record per letter: a letter that was dropped must not come back into the list
RESOLUTIONS = Topic("deadletters.resolutions.v1", "letter id", m.Resolution, lambda x: x.letter, "compact", days=None)

ALL: tuple[Topic, ...] = (
    RAW,
    CLEAN,
    UNIQUE,
    TAGGED,
    FILED,
    UPDATES,
    CORRECTIONS,
    SKETCHES,
    LINKS,
    CANDIDATES,
    ALERTS,
    TRACKS,
    RECEIVERS,
    FORGOTTEN,
    API_KEYS,
    KEY_USES,
    AUDIT,
    SOURCES,
    POLLS,
    SUBSCRIPTIONS,
    STATUS,
    DEADLETTERS,
    RESOLUTIONS,
)


CHANGELOG = "-changelog"  # Faust's


def changelog(app_id: str, table: str) -> str:
    """The name that Faust gives to a table's changelog, which `init` has to create."""
    return f"{app_id}-{table}{CHANGELOG}"


def is_changelog(name: str) -> bool:
    return name.endswith(CHANGELOG)


def unread(positions: Mapping[P, N], ends: Mapping[P, int]) -> dict[P, N]:
    """The partitions that are not read to their ends, each with its next offset (None: not known).

    A position decides, not the offset of the last record: compaction may have removed the records before the end.
    """
    return {part: position for part, position in positions.items() if position is None or position < ends[part]}
