"""How watched sources are: what workers say of them, unless they say nothing any more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.views.base import View
from streams.contract.messages import SourceStatus, WatchedSource
from streams.sources.health import WELL

SILENT_WORKER = timedelta(minutes=45)  # workers repeat each status every quarter of an hour
UNKNOWN = "unknown"


class SourceView(View, frozen=True, kw_only=True):
    """A source with its health, and what is known since its first poll: null before it."""

    id: str
    url: str
    name: str
    kind: str
    labels: tuple[str, ...]
    health: str
    why: str
    at: datetime | None
    next_poll: datetime | None
    last_news: datetime | None
    failures: int | None
    error: str | None
    articles: int | None
    own_text: int | None
    refused: int | None
    delay_seconds: float | None
    pace_seconds: float | None
    moved_to: str | None
    title: str | None


class SourceList(View, frozen=True, kw_only=True):
    """Those that need a look come first. ``health``: number of sources by their health, whatever was asked for."""

    items: tuple[SourceView, ...]
    health: dict[str, int]


@dataclass(frozen=True)
class SourceHealth:
    """A source with its latest status; ``health`` is `UNKNOWN` if no worker polls it."""

    source: WatchedSource
    status: SourceStatus | None
    health: str
    why: str

    @property
    def needs_a_look(self) -> bool:
        return self.health not in WELL

    def report(self) -> SourceView:
        status = self.status
        known = {name: getattr(status, name, None) for name in _OF_STATUS}
        one = self.source
        return SourceView(
            id=one.id,
            url=one.url,
            name=one.name,
            kind=one.kind,
            labels=one.labels,
            health=self.health,
            why=self.why,
            **known,
        )


_OF_STATUS = tuple(
    name
    for name in SourceView.__struct_fields__
    if name in SourceStatus.__struct_fields__ and name not in ("health", "why")
)


def assess_all(
    sources: Iterable[WatchedSource], statuses: Mapping[str, SourceStatus], now: datetime
) -> list[SourceHealth]:
    """The sources, those that need a look first."""
    found = [_assess(one, statuses.get(one.id), now) for one in sources]
    return sorted(found, key=lambda one: (not one.needs_a_look, one.health, one.source.url))


def _assess(source: WatchedSource, status: SourceStatus | None, now: datetime) -> SourceHealth:
    if source.paused:
        return SourceHealth(source, status, "paused", "a person has paused it")
    if status is None:
        if now - source.created_at < SILENT_WORKER:
            return SourceHealth(source, status, "new", "no worker has said anything about it yet")
        return SourceHealth(source, status, UNKNOWN, "no worker polls it: is one running?")
    if now - status.at > SILENT_WORKER:
        since = f"{status.at:%Y-%m-%d %H:%M} UTC"
        return SourceHealth(source, status, UNKNOWN, f"no worker polls it since {since}: is one running?")
    return SourceHealth(source, status, status.health, status.why)
