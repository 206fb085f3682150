"""What the stages are handed of the outside: real in a worker, small doubles in tests of one stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar, cast

from streams.alerts.catalogue import Catalogue
from streams.contract.deadletter import DeadLetterRecord
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, FiledArticle, Forgotten, Resolution, StoryUpdate, Webhook
from streams.contract.stage import RecordContext
from streams.runtime.settings import Settings

T = TypeVar("T")


class Executor(Protocol):
    """Runs CPU work off the event loop. Raises what the function raises, or `SetAside`, or `Poison` for good."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T: ...

    def again(self) -> "Executor":
        """Where an input that was `SetAside` is tried for the second and last time."""


class Tracks(Protocol):
    """All tracks, kept current by the broadcast reader."""

    @property
    def values(self) -> Catalogue: ...

    async def caught_up(self) -> None:
        """Until everything that was written before this call has been read."""


Kept = Literal["stored", "stale"]  # stale: the store has a newer version already, which is as good


class ErasedArticles(Protocol):
    """What was taken out and may not come in again, by article id, kept current by the broadcast reader."""

    @property
    def values(self) -> Mapping[str, Forgotten]: ...

    async def caught_up(self) -> None:
        """Until everything that was written before this call has been read."""


class NothingErased:
    """Where nothing was ever forgotten."""

    @property
    def values(self) -> Mapping[str, Forgotten]:
        return {}

    async def caught_up(self) -> None:
        """There is nothing to read."""


class Store(Protocol):
    """Writes documents with the way that their messages took; one result each: how it is kept, or why it never can be.

    Raises `Unavailable` while the server is away.
    """

    async def articles(
        self, articles: Sequence[FiledArticle], ats: Sequence[RecordContext]
    ) -> Sequence[Kept | Rejected]: ...

    async def stories(
        self, updates: Sequence[StoryUpdate], ats: Sequence[RecordContext]
    ) -> Sequence[Kept | Rejected]: ...

    async def alerts(self, alerts: Sequence[Alert], ats: Sequence[RecordContext]) -> Sequence[Kept | Rejected]: ...

    async def letters(
        self, letters: Sequence[DeadLetterRecord], ats: Sequence[RecordContext]
    ) -> Sequence[Kept | Rejected]: ...

    async def resolutions(
        self, resolutions: Sequence[Resolution], ats: Sequence[RecordContext]
    ) -> Sequence[Kept | Rejected]: ...


class Attempt(Protocol):
    """What one sending of an alert came to."""

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


class WebhookSender(Protocol):
    """Sends an alert to a webhook once; never raises for anything that the receiver does."""

    async def send(self, alert: Alert, webhook: Webhook) -> Attempt: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


class NotProvided:
    """Stands for a tool that an app does not have: asking for anything of it is a mistake in the wiring."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise TypeError(f"this app was given no {self._name}, which one of its stages asked for")


@dataclass(frozen=True)
class Services:
    """Each app is given those that its stages need."""

    settings: Settings
    pool: Executor = field(default_factory=lambda: cast("Any", NotProvided("pool")))
    tracks: Tracks = field(default_factory=lambda: cast("Any", NotProvided("tracks")))
    forgotten: ErasedArticles = field(default_factory=NothingErased)
    store: Store = field(default_factory=lambda: cast("Any", NotProvided("store")))
    post: WebhookSender = field(default_factory=lambda: cast("Any", NotProvided("post")))
    clock: Callable[[], datetime] = utc_now
