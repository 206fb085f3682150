"""Every topic as data. `init` makes them from this list, workers check against it, and a test holds the docs to it.

No other module names a topic. All have the same number of partitions, because the tables behind the stages are
co-partitioned with the topics that they are fed from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from streams.contract import messages as m

P = TypeVar("P")
N = TypeVar("N", int, int | None)

DAY_MS = 86_400_000
MAX_RECORD_BYTES = 1_048_588  # what brokers take by default, said here so that it does not depend on the broker

# a record's time is when the broker took it: stages decide by it and retention counts from it, and a producer whose
# clock is wrong would have its messages deleted early, or refused
TIMES = {"message.timestamp.type": "LogAppendTime"}


@dataclass(frozen=True)
class Topic:
    """One topic: ``key`` says in words what its messages are keyed by and ``key_of`` takes it from a message."""

    base: str
    key: str
    carries: type[m.Message] | None  # None: bytes of somebody else, kept as they came
    key_of: Callable[[Any], str] | None
    cleanup: Literal["delete", "compact"] = "delete"
    days: int | None = 7
    max_record_bytes: int = MAX_RECORD_BYTES

    def name(self, prefix: str = "") -> str:
        return f"{prefix}{self.base}"

    def kafka_key(self, message: m.Message) -> bytes:
        """The key that a message is sent with."""
        if self.key_of is None:
            raise TypeError(f"{self.base} has no key of its own")
        return self.key_of(message).encode()

    def config(self) -> dict[str, str]:
        """Broker settings of this topic."""
        kept = str(self.days * DAY_MS) if self.days is not None else "-1"
        return {
            **TIMES,
            "cleanup.policy": self.cleanup,
            "retention.ms": kept,
            "max.message.bytes": str(self.max_record_bytes),
        }


RAW = Topic("articles.raw.v1", "arrival id", m.RawArticle, lambda x: x.id)
CLEAN = Topic("articles.clean.v1", "language", m.CleanArticle, lambda x: x.language)
# by article, so that its revisions stay in order through `tag`: in two partitions the second may overtake the first
UNIQUE = Topic("articles.unique.v1", "article id", m.UniqueArticle, lambda x: x.article.id)
TAGGED = Topic("articles.tagged.v1", "language", m.TaggedArticle, lambda x: x.article.language)
FILED = Topic("articles.filed.v1", "article id", m.FiledArticle, lambda x: x.article.id, days=14)
UPDATES = Topic("stories.updates.v1", "story id", m.StoryUpdate, lambda x: x.story.id, days=30)
CANDIDATES = Topic("alerts.candidates.v1", "track id", m.Candidate, lambda x: x.track.id)
ALERTS = Topic("alerts.v1", "receiver id", m.Alert, lambda x: x.receiver, days=90)
TRACKS = Topic("tracks.v1", "track id", m.Track, lambda x: x.id, cleanup="compact", days=None)
FORGOTTEN = Topic("forgotten.v1", "article id", m.Forgotten, lambda x: x.id, cleanup="compact", days=None)
# the largest record that another topic took must fit here with its headers: a dead letter that the broker refuses would
# stop its stage for ever
DEADLETTERS = Topic("deadletters.v1", "original key", None, None, days=30, max_record_bytes=MAX_RECORD_BYTES + 200_000)

# kept for ever, one small record a letter: a letter that was dropped must not come back into the list
RESOLUTIONS = Topic("deadletters.resolutions.v1", "letter id", m.Resolution, lambda x: x.letter, "compact", days=None)

ALL = (RAW, CLEAN, UNIQUE, TAGGED, FILED, UPDATES, CANDIDATES, ALERTS, TRACKS, FORGOTTEN, DEADLETTERS, RESOLUTIONS)


CHANGELOG = "-changelog"  # Faust's


def changelog(app_id: str, table: str) -> str:
    """The name that Faust gives to a table's changelog, which `init` has to make."""
    return f"{app_id}-{table}{CHANGELOG}"


def is_changelog(name: str) -> bool:
    return name.endswith(CHANGELOG)


def unread(positions: Mapping[P, N], ends: Mapping[P, int]) -> dict[P, N]:
    """The partitions that are not read to their ends, each with its next offset (None: not known).

    A position decides, not the offset of the last record: compaction may have removed the records before the end.
    """
    return {part: position for part, position in positions.items() if position is None or position < ends[part]}
