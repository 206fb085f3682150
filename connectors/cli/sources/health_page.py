"""How sources are, as rows, pages and JSON: what workers say of them, unless they say nothing any more."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.cli.common import output
from connectors.cli.common.times import FormatTime
from connectors.sources.spec import show_interval
from streams.contract.messages import SourceStatus, WatchedSource

SILENT_WORKER = timedelta(minutes=45)  # workers repeat each status every quarter of an hour
UNKNOWN = "unknown"
WELL = ("ok", "paused", "new")

COLUMNS = [
    output.Column("source", style="cyan"),
    output.Column("health"),
    output.Column("last news", style="dim"),
    output.Column("name or address", wrap=True),
    output.Column("why", wrap=True),
]


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

    def row(self, show_time: FormatTime) -> list[str]:
        """The cells of `COLUMNS`."""
        last = show_time(self.status.last_news) if self.status is not None else ""
        return [self.source.id, self.health, last or "never", self.source.name or self.source.url, self.why]

    def report(self) -> dict[str, Any]:
        """As a JSON object."""
        status = msgspec.structs.asdict(self.status) if self.status is not None else {}
        known = {name: value for name, value in status.items() if name not in ("schema", "source", "health", "why")}
        named = {"id": self.source.id, "url": self.source.url, "name": self.source.name}
        return {**named, "health": self.health, "why": self.why, **known}

    def details(self, show_time: FormatTime) -> list[tuple[str, str]]:
        """Label and text of lines of a source's page."""
        lines = [("health", f"{self.health}: {self.why}" if self.why else self.health)]
        status = self.status
        if status is None:
            return lines
        own = f", {status.own_text} of them its own text" if status.own_text else ""
        refused = f", {status.refused} entries refused" if status.refused else ""
        lines += [
            ("title", status.title or ""),
            ("moved to", status.moved_to or ""),
            ("last news", show_time(status.last_news)),
            ("next poll", show_time(status.next_poll)),
            ("brought", f"{output.counted(status.articles, 'article')}{own}{refused}"),
            ("delay", f"{status.delay_seconds:.0f} s from publication" if status.delay_seconds is not None else ""),
            ("pace", f"every {show_interval(round(status.pace_seconds))}" if status.pace_seconds else ""),
        ]
        return [(label, text) for label, text in lines if text]


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


def summary(lines: Iterable[SourceHealth]) -> str:
    """``12 sources: 10 ok, 2 silent``."""
    counts = Counter(one.health for one in lines)
    parts = ", ".join(f"{number} {health}" for health, number in counts.most_common())
    return f"{output.counted(counts.total(), 'source')}: {parts}" if parts else "no sources"
