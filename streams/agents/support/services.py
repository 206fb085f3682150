"""The services that stages use: protocols with real implementations in a worker and small doubles in tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar, cast

from streams.alerts.catalogue import Catalogue
from streams.contract.deadletter import DeadLetterRecord
from streams.contract.errors import Rejected
from streams.contract.messages import (
    Alert,
    Change,
    Deliverable,
    FiledArticle,
    Forgotten,
    NamedReceiver,
    RawArticle,
    Resolution,
    SourceState,
    StoryLink,
    StoryUpdate,
    WatchedSource,
    Webhook,
)
from streams.contract.plugins import Note
from streams.contract.stage import RecordContext
from streams.runtime.settings import Settings
from streams.runtime.spool.spool import Spool

T = TypeVar("T")
V = TypeVar("V", covariant=True)


class Executor(Protocol):
    """Runs CPU work off the event loop. Raises what the function raises, or `SetAside`, or finally `Poison`."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T: ...

    def again(self) -> "Executor":
        """Return the executor for the second and last attempt at an input that was `SetAside`."""


class BroadcastTable(Protocol[V]):
    """The content of a topic that every worker reads, updated by the broadcast reader."""

    @property
    def values(self) -> V: ...

    async def caught_up(self) -> None:
        """Wait until everything written before this call has been read."""


Tracks = BroadcastTable[Catalogue]
Receivers = BroadcastTable[Mapping[str, NamedReceiver]]  # by name
WatchedSources = BroadcastTable[Mapping[str, WatchedSource]]  # by id
ErasedArticles = BroadcastTable[Mapping[str, Forgotten]]  # by article id


class NothingErased:
    """The default: no article was erased."""

    @property
    def values(self) -> Mapping[str, Forgotten]:
        return {}

    async def caught_up(self) -> None:
        """Return at once."""


class NoReceivers:
    """The default: no receiver has a name."""

    @property
    def values(self) -> Mapping[str, NamedReceiver]:
        return {}

    async def caught_up(self) -> None:
        """Return at once."""


WriteResult = Literal["stored", "stale"]  # stale: the store has a newer version already, which is as good


class Store(Protocol):
    """Writes documents with the traces of their messages. Returns one result each, `Rejected` for what never fits.

    Raises `Unavailable` while the server is unreachable.
    """

    async def articles(
        self, articles: Sequence[FiledArticle], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def stories(
        self, updates: Sequence[StoryUpdate], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def alerts(
        self, alerts: Sequence[Deliverable], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def links(
        self, links: Sequence[StoryLink], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def letters(
        self, letters: Sequence[DeadLetterRecord], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def resolutions(
        self, resolutions: Sequence[Resolution], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...

    async def audit(
        self, changes: Sequence[Change], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]: ...


class DeliveryAttempt(Protocol):
    """The outcome of sending an alert once."""

    @property
    def at(self) -> datetime: ...
    @property
    def code(self) -> int | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def outcome(self) -> Literal["delivered", "retry", "gone", "refused", "wait"]: ...
    @property
    def retry_after_seconds(self) -> float | None: ...
    @property
    def ms(self) -> int | None: ...
    @property
    def excerpt(self) -> str | None: ...


class WebhookSender(Protocol):
    """Sends an alert to a receiver once. Nothing that the receiver does raises an error."""

    async def send(self, alert: Alert, webhook: Webhook) -> DeliveryAttempt: ...

    async def send_note(self, note: Note, id_: str, webhook: Webhook) -> DeliveryAttempt:
        """Send what is no alert. Refused by a channel that has no form for it."""


class PollSummary(Protocol):
    """What one poll of a source brought. ``new``: articles that were published."""

    @property
    def new(self) -> int: ...


class SourcePoller(Protocol):
    """Polls a source once. Nothing that the source does raises an error: the state that it returns says so."""

    async def poll(
        self,
        source: WatchedSource,
        state: SourceState,
        publish: Callable[[RawArticle], Awaitable[None]],
        save: Callable[[SourceState], Awaitable[None]],
    ) -> tuple[SourceState, PollSummary]: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


class NotProvided:
    """Placeholder for a service that an app does not provide: its use is a wiring error and raises `TypeError`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise TypeError(f"this app was given no {self._name}, which one of its stages asked for")


@dataclass(frozen=True)
class Services:
    """The services of one app: those that its stages need."""

    settings: Settings
    pool: Executor = field(default_factory=lambda: cast("Any", NotProvided("pool")))
    tracks: Tracks = field(default_factory=lambda: cast("Any", NotProvided("tracks")))
    receivers: Receivers = field(default_factory=NoReceivers)
    forgotten: ErasedArticles = field(default_factory=NothingErased)
    store: Store = field(default_factory=lambda: cast("Any", NotProvided("store")))
    post: WebhookSender = field(default_factory=lambda: cast("Any", NotProvided("post")))
    sources: WatchedSources = field(default_factory=lambda: cast("Any", NotProvided("sources")))
    poller: SourcePoller = field(default_factory=lambda: cast("Any", NotProvided("poller")))
    spool: Spool = field(default_factory=lambda: cast("Any", NotProvided("spool")))
    clock: Callable[[], datetime] = utc_now
