"""Stages as data: a function from a message to its effects, and the facts that its runner needs.

A stage only declares effects; `streams.runtime.delivery` carries them out. There are three shapes:

* ``@windowed_stage``: async and stateless; many messages at once (a process pool behind it), effects in log order.
* ``@ordered_stage``: a plain function with the state of the message's partition; one message after another.
* ``@bulk_stage``: async; a whole batch at once, one result per message (the Elasticsearch writer).
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Never, Protocol, TypeVar, overload

from msgspec import Struct

from streams.contract.codec import decode
from streams.contract.errors import Rejected
from streams.contract.messages import Message
from streams.contract.topics import Carried, Topic, TopicRecord
from streams.contract.trace import Trace

App = Literal["work", "state", "store", "sources"]
WORK: App = "work"  # CPU work in a process pool, no tables
STATE: App = "state"  # small decisions on tables, little CPU
STORE: App = "store"  # Elasticsearch alone, so that its absence stops nothing else
SOURCES: App = "sources"  # polls other people's servers, which are slow, hang and fail
APPS: tuple[App, ...] = (WORK, STATE, STORE, SOURCES)  # in the order of their metrics ports

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class RecordContext:
    """Where and when the log holds the message that is being handled. ``time`` is the log's, so replays agree.

    ``trace`` ends with this stage's own hop. It describes an article and never decides anything, since a replay takes
    other times.
    """

    partition: int
    offset: int
    time: datetime
    trace: Trace = ()


class Outgoing(NamedTuple, Generic[Carried]):
    """A message to send, with its topic. A message of another type than the topic's is a type error."""

    topic: Topic[Carried]
    message: Carried


@dataclass(frozen=True, init=False)
class Effects:
    """What should happen because of one message: messages to send, and rows to store by key (None removes one).

    ``outcome`` names the branch that was taken, for the metrics.
    """

    messages: tuple[Outgoing, ...]
    rows: Mapping[str, Struct | None]
    outcome: str

    def __init__(
        self, *messages: Outgoing, rows: Mapping[str, Struct | None] | None = None, outcome: str = "done"
    ) -> None:
        object.__setattr__(self, "messages", messages)
        object.__setattr__(self, "rows", rows or {})
        object.__setattr__(self, "outcome", outcome)


class PartitionState(Protocol):
    """The state of one partition of an ordered stage: built from its rows after a restart or a rebalance.

    A state that may have many rows has an attribute ``undo``, an `Undo`, in which it notes its changes.
    """

    Row: ClassVar[Any]

    def restore(self, key: str, row: Any) -> None:
        """Add one stored row; rows come in any order."""

    def build_indexes(self) -> None:
        """Derive what depends on several rows; called when all of them are restored."""


class BackgroundContext(Protocol):
    """What the background work of an ordered stage may use."""

    @property
    def states(self) -> Mapping[int, Any]:
        """The states of the partitions that this process owns and has caught up with."""

    @property
    def all_caught_up(self) -> bool:
        """Whether ``states`` has all partitions of this process: False from the beginning of a rebalance on until what
        waited in each of them is handled."""

    async def wait_for_change(self, timeout: float | None) -> None:
        """Return when a state may have changed, or after ``timeout`` seconds."""

    async def send(self, topic: Topic[M], message: M, trace: Trace) -> None:
        """Send one message as the end of the last hop of ``trace``; return when the broker has confirmed it."""


# runs between messages: it never writes a row, it sends messages to a stage's input
Background = Callable[[Any, BackgroundContext], Awaitable[None]]
Prepare = Callable[[Any], Awaitable[None]]

P = TypeVar("P", bound=PartitionState)
S = TypeVar("S")  # the services that an app provides to its stages
T = TypeVar("T")  # what a record is read as: the topic's message type, or the result of ``parse``

WindowedHandler = Callable[[M, S, RecordContext], Coroutine[Any, Any, Effects]]
OrderedHandler = Callable[[M, P, RecordContext], Effects]
BulkHandler = Callable[[Sequence[T], S, Sequence[RecordContext]], Coroutine[Any, Any, Sequence[Effects | Rejected]]]

# a batch costs several requests to Kafka or Elasticsearch, each as much as a few messages in it
ORDERED_INTERVAL_SECONDS = 0.1
BULK_INTERVAL_SECONDS = 0.2  # no reader waits for stored documents: alerts take another path
MOST_INTERVAL_SECONDS = 0.5  # behind a backlog


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What all three shapes have in common. ``sends``: the only topics that the stage may send to."""

    name: str
    app: App
    reads: Topic
    sends: tuple[Topic, ...] = ()

    @property
    def table(self) -> str | None:
        """The name of the stage's table; None if it stores no rows."""
        return None

    def decode(self, record: TopicRecord) -> Any:
        """The message in a record. Raises `Undecodable`."""
        if self.reads.carries is None:
            raise TypeError(f"{self.reads.base} carries no messages: stage {self.name} needs `parse` to read it")
        return decode(record.value, self.reads.carries)


@dataclass(frozen=True, kw_only=True)
class WindowedStage(Stage):
    """A stateless stage that handles many messages at once."""

    handle: Callable[..., Coroutine[Any, Any, Effects]]


@dataclass(frozen=True, kw_only=True)
class OrderedStage(Stage):
    """A stage that handles the messages of a partition one after another, on the partition's state."""

    handle: Callable[..., Effects]
    new_state: Callable[[Any], PartitionState]
    prepare: Prepare | None = None  # awaited before each batch
    background: Background | None = field(default=None, repr=False)
    min_batch_interval_seconds: ClassVar[float] = ORDERED_INTERVAL_SECONDS
    max_batch_interval_seconds: float = MOST_INTERVAL_SECONDS

    @property
    def table(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class BulkStage(Stage):
    """A stage that handles whole batches, and retries without limit while its server is unavailable."""

    handle: Callable[..., Coroutine[Any, Any, Sequence[Effects | Rejected]]]
    prepare: Prepare | None = None  # awaited before each batch
    parse: Callable[[TopicRecord], Any] | None = None  # reads a record of a topic that carries no messages
    min_batch_interval_seconds: ClassVar[float] = BULK_INTERVAL_SECONDS
    max_batch_interval_seconds: ClassVar[float] = MOST_INTERVAL_SECONDS

    def decode(self, record: TopicRecord) -> Any:
        return super().decode(record) if self.parse is None else self.parse(record)


def windowed_stage(
    *, app: App, reads: Topic[M], sends: Sequence[Topic] = ()
) -> Callable[[WindowedHandler[M, S]], WindowedStage]:
    """Make ``async (message, services, context) -> Effects`` a stage named after it.

    If it raises `Rejected`, the message becomes a dead letter.
    """

    def make(handle: WindowedHandler[M, S]) -> WindowedStage:
        return WindowedStage(name=_name(handle), app=app, reads=reads, sends=tuple(sends), handle=handle)

    return make


def ordered_stage(
    *,
    app: App,
    reads: Topic[M],
    new_state: Callable[[Any], P],
    sends: Sequence[Topic] = (),
    prepare: Prepare | None = None,
    background: Background | None = None,
    max_batch_interval_seconds: float = MOST_INTERVAL_SECONDS,
) -> Callable[[OrderedHandler[M, P]], OrderedStage]:
    """Make ``(message, state, context) -> Effects`` a stage named after it; ``new_state(services)`` is an empty state.

    ``max_batch_interval_seconds``: the longest pause between two batches that are not full, which grows with the age of
    articles.

    If it raises `Rejected`, the message becomes a dead letter and the state is what it was before.
    """

    def make(handle: OrderedHandler[M, P]) -> OrderedStage:
        return OrderedStage(
            name=_name(handle),
            app=app,
            reads=reads,
            sends=tuple(sends),
            handle=handle,
            new_state=new_state,
            prepare=prepare,
            background=background,
            max_batch_interval_seconds=max_batch_interval_seconds,
        )

    return make


@overload
def bulk_stage(
    *, app: App, reads: Topic[M], prepare: Prepare | None = None
) -> Callable[[BulkHandler[M, S]], BulkStage]: ...
@overload
def bulk_stage(
    *, app: App, reads: Topic[Never], parse: Callable[[TopicRecord], T], prepare: Prepare | None = None
) -> Callable[[BulkHandler[T, S]], BulkStage]: ...
def bulk_stage(
    *,
    app: App,
    reads: Topic,
    prepare: Prepare | None = None,
    parse: Callable[[TopicRecord], Any] | None = None,
) -> Callable[[BulkHandler[Any, S]], BulkStage]:
    """Make ``async (messages, services, contexts) -> one Effects or Rejected each`` a stage named after it.

    A topic that carries no messages has records with headers: ``parse`` reads each of them, and raises nothing.
    """

    def make(handle: BulkHandler[Any, S]) -> BulkStage:
        return BulkStage(name=_name(handle), app=app, reads=reads, handle=handle, prepare=prepare, parse=parse)

    return make


def _name(handle: Callable[..., object]) -> str:
    return handle.__name__
