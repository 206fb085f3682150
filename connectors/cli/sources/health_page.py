"""How sources are, as rows and pages."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.cli.common import output
from connectors.cli.common.times import FormatTime
from connectors.elastic.read.arrivals import Arrivals, Volume
from connectors.http.net import shown
from connectors.sources.spec import show_interval
from connectors.views.sources import SourceHealth
from streams.contract.messages import SourceStatus, WatchedSource

COLUMNS = [
    output.Column("source", style="cyan"),
    output.Column("health"),
    output.Column("last news", style="dim"),
    output.Column("7 days", wrap=True),
    output.Column("name or address", wrap=True),
    output.Column("why", wrap=True),
]


@dataclass(frozen=True)
class Stored:
    """What Elasticsearch has of sources, by origin, and of languages; ``arrived`` is None if that is not known."""

    arrived: Mapping[str, Arrivals] | None = None
    volumes: Sequence[Volume] = ()

    def of(self, source: WatchedSource) -> Arrivals | None:
        """None for a topic, too: its articles have an origin each."""
        return None if self.arrived is None or source.kind == "topic" else self.arrived.get(origin_of(source), NONE)

    def low_volumes(self) -> list[str]:
        """A line for each language of which unusually little came."""
        return [
            f"language {one.language}: {output.counted(one.last_day, 'article')} in 24 hours, usual are {one.usual:.0f}"
            for one in self.volumes
            if one.is_low
        ]


NONE = Arrivals()


def origin_of(source: WatchedSource) -> str:
    """The origin of the articles of a source."""
    return source.url if source.kind == "feed" else shown(source.url)


def row(found: SourceHealth, stored: Stored, show_time: FormatTime) -> list[str]:
    """The cells of `COLUMNS`."""
    source = found.source
    last = _last_news(found.status, show_time) if found.status is not None else ""
    return [source.id, found.health, last or "never", _came(found, stored), source.name or source.url, found.why]


def report(found: SourceHealth, stored: Stored) -> dict[str, Any]:
    """As a JSON object."""
    week = stored.of(found.source)
    return {**msgspec.structs.asdict(found.report()), "week": None if week is None else asdict(week)}


def _came(found: SourceHealth, stored: Stored) -> str:
    """``120 articles, 5% without text, 30% copies``."""
    week = stored.of(found.source)
    if week is None:
        return ""
    parts = [output.counted(week.articles, "article")]
    parts += [f"{week.text_less_share:.0%} without text"] if week.without_text else []
    parts += [f"{week.copy_share:.0%} copies"] if week.copies else []
    return ", ".join(parts)


def _last_news(status: SourceStatus, show_time: FormatTime) -> str:
    """When it last brought something; of the first poll, which tells nothing about the rhythm, no time is known."""
    return show_time(status.last_news) or ("at the first poll" if status.articles else "")


def details(found: SourceHealth, stored: Stored, show_time: FormatTime, now: datetime) -> list[tuple[str, str]]:
    """Label and text of lines of a source's page. A poll whose time has passed may have been made since."""
    lines = [("health", f"{found.health}: {found.why}" if found.why else found.health)]
    status = found.status
    if status is None:
        return lines
    own = f", {status.own_text} of them its own text" if status.own_text else ""
    refused = f", {status.refused:,} refused" if status.refused else ""
    lines += [
        ("title", status.title or ""),
        ("moved to", status.moved_to or ""),
        ("last news", _last_news(status, show_time)),
        ("next poll", show_time(status.next_poll) if status.next_poll and status.next_poll > now else ""),
        ("7 days", _came(found, stored)),
        ("brought", f"{output.counted(status.articles, 'article')}{own}{refused}"),
        ("delay", f"{status.delay_seconds:.0f} s from publication" if status.delay_seconds is not None else ""),
        ("pace", f"every {show_interval(round(status.pace_seconds))}" if status.pace_seconds else ""),
    ]
    return [(label, text) for label, text in lines if text]


def summary(lines: Iterable[SourceHealth]) -> str:
    """``12 sources: 10 ok, 2 silent``."""
    counts = Counter(one.health for one in lines)
    parts = ", ".join(f"{number} {health}" for health, number in counts.most_common())
    return f"{output.counted(counts.total(), 'source')}: {parts}" if parts else "no sources"
