"""How sources are, as rows and pages."""

from collections import Counter
from collections.abc import Iterable

from connectors.cli.common import output
from connectors.cli.common.times import FormatTime
from connectors.sources.spec import show_interval
from connectors.views.sources import SourceHealth

COLUMNS = [
    output.Column("source", style="cyan"),
    output.Column("health"),
    output.Column("last news", style="dim"),
    output.Column("name or address", wrap=True),
    output.Column("why", wrap=True),
]


def row(found: SourceHealth, show_time: FormatTime) -> list[str]:
    """The cells of `COLUMNS`."""
    last = show_time(found.status.last_news) if found.status is not None else ""
    return [found.source.id, found.health, last or "never", found.source.name or found.source.url, found.why]


def details(found: SourceHealth, show_time: FormatTime) -> list[tuple[str, str]]:
    """Label and text of lines of a source's page."""
    lines = [("health", f"{found.health}: {found.why}" if found.why else found.health)]
    status = found.status
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


def summary(lines: Iterable[SourceHealth]) -> str:
    """``12 sources: 10 ok, 2 silent``."""
    counts = Counter(one.health for one in lines)
    parts = ", ".join(f"{number} {health}" for health, number in counts.most_common())
    return f"{output.counted(counts.total(), 'source')}: {parts}" if parts else "no sources"
