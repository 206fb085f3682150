"""What the stages are handed of the outside: real in a worker, small doubles in tests of one stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from streams.errors import Rejected
from streams.messages import Alert, FiledArticle, StoryUpdate, Track, Webhook
from streams.settings import Settings

T = TypeVar("T")


class Compute(Protocol):
    """Runs CPU work off the event loop. Raises what the function raises, or `Poison`."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T: ...


class Tracks(Protocol):
    """All tracks, kept current by the broadcast reader."""

    @property
    def values(self) -> Mapping[str, Track]: ...

    async def caught_up(self) -> None:
        """Until everything that was written before this call has been read."""


class Store(Protocol):
    """Writes documents; one result each: None when it is stored (or a newer one is), else why it never can be.

    Raises `Unavailable` while the server is away.
    """

    async def articles(self, articles: Sequence[FiledArticle]) -> Sequence[Rejected | None]: ...

    async def stories(self, updates: Sequence[StoryUpdate]) -> Sequence[Rejected | None]: ...

    async def alerts(self, alerts: Sequence[Alert]) -> Sequence[Rejected | None]: ...


class Attempt(Protocol):
    """What one sending of an alert came to."""

    at: datetime
    code: int | None
    error: str | None
    outcome: str  # delivered, retry, gone or refused
    retry_after_seconds: float | None


class Post(Protocol):
    """Sends an alert to a webhook once; never raises for anything that the receiver does."""

    async def send(self, alert: Alert, webhook: Webhook) -> Attempt: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tools:
    """Each app has the ones that its stages need; the others are None and not asked for."""

    settings: Settings
    pool: Compute | None = None
    tracks: Tracks | None = None
    store: Store | None = None
    post: Post | None = None
    clock: Callable[[], datetime] = utc_now
