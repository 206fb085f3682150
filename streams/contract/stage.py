"""What a stage is: one function from a message to its effects, and the few facts that the runner needs about it.

A stage says only what should happen; `streams.runtime.delivery.runner` makes it happen. There are three shapes:

* ``@stage``: async, stateless; many messages at once (a process pool behind it), effects applied in log order.
* ``@stage(keeps=...)``: a plain function with the state of the message's partition, one message after another.
* ``@bulk_stage``: async, a whole batch at once, one result a message (the Elasticsearch writer).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from msgspec import Struct

from streams.contract.errors import Rejected
from streams.contract.messages import Message
from streams.contract.topics import Topic
from streams.contract.trace import Trace

App = Literal["work", "state", "store"]
WORK: App = "work"  # CPU work in a process pool, no tables
STATE: App = "state"  # small decisions on tables, little CPU
STORE: App = "store"  # Elasticsearch alone, so that its absence stops nothing else
APPS: tuple[App, ...] = (WORK, STATE, STORE)  # in the order of their metrics ports


@dataclass(frozen=True)
class RecordContext:
    """Where and when the log holds the message that is being handled. ``time`` is the log's, so replays agree.

    ``way`` ends with this stage's own step. It is for what is told of an article and never for a decision, since a
    replay takes another time.
    """

    partition: int
    offset: int
    time: datetime
    way: Trace = ()


@dataclass(frozen=True, init=False)
class Effects:
    """What should happen because of one message: messages to send, rows to keep (None removes one).

    ``outcome`` names the branch that was taken, for the metrics.
    """

    messages: tuple[tuple[Topic, Message], ...]
    rows: Mapping[str, Struct | None]
    outcome: str

    def __init__(
        self,
        *messages: tuple[Topic, Message],
        rows: Mapping[str, Struct | None] | None = None,
        outcome: str = "done",
    ) -> None:
        object.__setattr__(self, "messages", messages)
        object.__setattr__(self, "rows", rows or {})
        object.__setattr__(self, "outcome", outcome)


class State(Protocol):
    """What a stage keeps of one partition: built again from its rows after a restart or a rebalance.

    One that may have many rows has an attribute ``undo``, an `Undo`, and notes in it what it changes.
    """

    Row: ClassVar[Any]

    def restore(self, key: str, row: Any) -> None:
        """Take one stored row; they come in any order."""

    def settle(self) -> None:
        """All rows are there: derive what depends on several of them."""


Handler = Callable[..., Any]
S = TypeVar("S", bound=State)


class Live(Protocol):
    """What background work sees of its stage."""

    @property
    def states(self) -> Mapping[int, Any]:
        """The states of the partitions that this process owns now."""

    async def waiting(self, timeout: float | None) -> None:
        """Until a state may have changed, or ``timeout`` seconds."""

    async def send(self, topic: Topic, message: Message, way: Trace) -> None:
        """Send one message, as the end of the last step of ``way``; returns when the broker has it."""


# work that a stage does between messages: it never touches a table, it sends a message to a stage's input
Background = Callable[[Any, Live], Awaitable[None]]


# a batch costs several requests to Kafka or Elasticsearch, each as much as a few messages in it
IN_ORDER_APART_SECONDS = 0.1
BULK_APART_SECONDS = 0.2  # nobody waits for these: alerts go another way


@dataclass(frozen=True)
class Stage:
    """One stage as data."""

    name: str
    app: App
    reads: Topic
    handle: Handler
    sends: tuple[Topic, ...] = ()
    keeps: Callable[[Any], State] | None = None
    bulk: bool = False
    apart: float = IN_ORDER_APART_SECONDS  # least, from the end of a batch to the next one that is not full
    waits: bool = False  # a server away: wait as long as it takes instead of starting over
    before: Callable[[Any], Awaitable[None]] | None = None  # awaited before each batch
    takes: Callable[[Any], Any] | None = None  # Faust's record -> what ``handle`` gets, where it is no message of ours
    background: Background | None = field(default=None, repr=False)

    @property
    def table(self) -> str | None:
        return self.name if self.keeps else None


def stage(
    *,
    app: App,
    reads: Topic,
    sends: Sequence[Topic] = (),
    keeps: Callable[[Any], State] | None = None,
    before: Callable[[Any], Awaitable[None]] | None = None,
    background: Background | None = None,
) -> Callable[[Handler], Stage]:
    """Make a function a stage named after it.

    Stateless: ``async (message, tools, at) -> Effects``. With ``keeps``: ``(message, state, at) -> Effects``, where
    ``keeps(tools)`` makes an empty state; ``before`` and ``background`` need one. Either may raise `Rejected`: the
    message becomes a dead letter. What it sends goes to the topics ``sends`` and to no other.
    """

    def make(handle: Handler) -> Stage:
        if keeps is None and (before is not None or background is not None):
            raise TypeError(f"stage {handle.__name__} keeps no state, and has no `before` and no `background`")
        return Stage(handle.__name__, app, reads, handle, tuple(sends), keeps, before=before, background=background)

    return make


BulkHandler = Callable[[Sequence[Any], Any, Sequence[RecordContext]], Awaitable[Sequence[Effects | Rejected]]]


def bulk_stage(
    *,
    app: App,
    reads: Topic,
    before: Callable[[Any], Awaitable[None]] | None = None,
    takes: Callable[[Any], Any] | None = None,
) -> Callable[[BulkHandler], Stage]:
    """Make ``async (messages, tools, ats) -> one Effects or Rejected for each`` a stage that waits for its server.

    A topic that carries no messages of ours has raw records with headers: ``takes`` makes of each what is handled.
    """

    def make(handle: BulkHandler) -> Stage:
        return Stage(
            handle.__name__,
            app,
            reads,
            handle,
            bulk=True,
            apart=BULK_APART_SECONDS,
            waits=True,
            before=before,
            takes=takes,
        )

    return make
