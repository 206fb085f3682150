"""What a pipeline without faults makes of a recorded log.

Each stage's own function is run once over its input, in the order of each partition, with nothing around it: no
Kafka, no batches, no restarts. Stages are deterministic for a given log, so what a worker wrote must be the same.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec.structs import replace

from connectors.kafka.reader import KafkaRecord
from streams.agents.stages import STAGES
from streams.agents.support.services import Services
from streams.alerts.catalogue import Catalogue
from streams.contract.codec import decode, encode
from streams.contract.errors import Poison, Rejected
from streams.contract.messages import (
    Alert,
    Candidate,
    CleanArticle,
    FiledArticle,
    Message,
    RawArticle,
    StoryUpdate,
    TaggedArticle,
    Track,
    UniqueArticle,
    digest,
)
from streams.contract.stage import BulkStage, Effects, OrderedStage, PartitionState, RecordContext, Stage, WindowedStage
from streams.contract.topics import Topic
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.faults import hostile

T = TypeVar("T")
Place = tuple[str, str, int, int]  # stage, topic, partition, offset


class Inline:
    """A pool without processes. What would hang, kill or fill one is poison at once."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        first = arguments[0]
        if isinstance(first, RawArticle) and first.origin.startswith((hostile.HANGS, hostile.KILLS, hostile.SWELLS)):
            raise Poison("made to end its process")
        return function(*arguments)

    def again(self) -> "Inline":
        return self


class Known:
    """The tracks as they were before the first article."""

    def __init__(self, tracks: Mapping[str, Track]) -> None:
        self.values = Catalogue(tracks.values())

    async def caught_up(self) -> None:
        """Nothing is written to them later."""


@dataclass
class Expected:
    """``messages``: topic -> `identity` -> what it is about (`about`), for all that stages send.

    ``cleaned``, ``filed`` and ``stories`` hold what stands last, by article or story id; ``alerts`` all, by id.
    """

    messages: dict[Topic, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    dead: dict[Place, str] = field(default_factory=dict)  # with the digest of the bytes
    cleaned: dict[str, CleanArticle] = field(default_factory=dict)
    filed: dict[str, FiledArticle] = field(default_factory=dict)
    stories: dict[str, StoryUpdate] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)

    def take(self, to: Topic, message: Message) -> None:
        self.messages[to][identity(message)] = about(message)
        if isinstance(message, CleanArticle):
            self.cleaned[message.id] = message
        elif isinstance(message, FiledArticle):
            self._file(message)
        elif isinstance(message, StoryUpdate):
            if message.is_about_tracks:
                return
            self.stories[message.story.id] = replace(message, terms=(), names=())  # most of its bytes
        elif isinstance(message, Alert):
            self.alerts[message.id] = message

    def _file(self, filed: FiledArticle) -> None:
        """A merge or move changes the story of an article, and has nothing of its text."""
        known = self.filed.get(filed.article.id)
        if filed.refiled and known is not None:
            filed = replace(known, filing=filed.filing, coverage=filed.coverage)
        self.filed[filed.article.id] = filed


def identity(message: Message) -> str:
    """The same for messages with the same content. Their bytes may differ: whether a field that holds its default is
    written depends on whether it is the same object."""
    return digest(repr(decode(encode(message), type(message))))


def about(message: Message) -> str:
    """The id of what a message is about: its article, for what is said of stories the story, the alert."""
    if isinstance(message, StoryUpdate):
        return message.story.id
    if isinstance(message, FiledArticle | UniqueArticle | TaggedArticle):
        return message.article.id
    if isinstance(message, Candidate):
        return message.track.id if message.update is None else message.update.id
    return str(getattr(message, "id", ""))


class Faultless:
    """Takes records in the order of their partitions; ``expected`` grows with them."""

    def __init__(self, settings: Settings, tracks: Mapping[str, Track]) -> None:
        self.expected = Expected()
        self._tools = Services(settings, pool=Inline(), tracks=Known(tracks))
        self._states: dict[tuple[str, int], PartitionState] = {}
        chosen = {place.name for place in topology.pipeline(settings)}
        self._stages = [stage for stage in STAGES if stage.name in chosen]

    def take(self, topic: Topic, record: KafkaRecord) -> None:
        """Let every stage that reads this topic act on the record."""
        for stage in self._stages:
            if stage.reads is topic:
                self._act(stage, topic, record)

    def _act(self, stage: Stage, topic: Topic, record: KafkaRecord) -> None:
        try:
            if topic.carries is None:
                return  # dead letters: the stage that stores them refuses none
            message = decode(record.value, topic.carries)
            if isinstance(stage, BulkStage):
                _refuse(message)
                return
            effects = self._handle(stage, message, record)
        except Rejected:
            place = (stage.name, record.topic, record.partition, record.offset)
            self.expected.dead[place] = digest(record.value or b"")
            return
        for to, made in effects.messages:
            self.expected.take(to, made)

    def _handle(self, stage: Stage, message: Message, record: KafkaRecord) -> Effects:
        at = RecordContext(record.partition, record.offset, record.time)
        if isinstance(stage, OrderedStage):
            return stage.handle(message, self._state(stage, record.partition), at)
        assert isinstance(stage, WindowedStage)
        return asyncio.run(stage.handle(message, self._tools, at))

    def _state(self, stage: OrderedStage, partition: int) -> PartitionState:
        state = self._states.get((stage.name, partition))
        if state is None:
            state = self._states[stage.name, partition] = stage.new_state(self._tools)
            state.build_indexes()
        return state


def _refuse(message: Message) -> None:
    article = getattr(message, "article", None)
    if getattr(article, "origin", "").startswith(hostile.REFUSED):
        raise Rejected("made to be refused by Elasticsearch")
