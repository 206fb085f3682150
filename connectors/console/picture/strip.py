"""A story as one line of time: a row of a list, in which all rows have the same scale."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from markupsafe import Markup

from connectors.console.picture.marks import Mark, MarkKind, path, shape
from connectors.console.picture.scale import TimeScale

WIDTH, HEIGHT, AXIS_HEIGHT = 340, 46, 16
_LEFT, _RIGHT, _LINE = 6, WIDTH - 8, 30
_PLACE = {MarkKind.OWN: _LINE, MarkKind.EDIT: _LINE, MarkKind.COPY: _LINE + 10, MarkKind.ALERT: _LINE - 8}
_RASTER = 4.0  # of marks of one kind that are closer one is drawn: a row is small, however large its story
_TICKS = 6


def scale(start: datetime, end: datetime) -> TimeScale:
    return TimeScale(start, end, _LEFT, _RIGHT)


def fitted(moments: Iterable[datetime]) -> TimeScale:
    """A scale for rows without a common period: of the earliest twentieth only the last is within it."""
    times = sorted(moments) or [datetime.now(UTC)]
    return scale(times[len(times) // 20], times[-1])


def strip(marks: Iterable[Mark], time: TimeScale, label: str) -> Markup:
    """The marks, those outside of the scale at its ends. ``label`` says in words what the drawing shows."""
    places: dict[MarkKind, dict[int, float]] = {kind: {} for kind in MarkKind}
    for mark in marks:
        x = time.place(mark.at)
        places[mark.kind].setdefault(int(x / _RASTER), x)
    drawn = [
        path(kind, "".join(shape(kind, x, _PLACE[kind]) for x in found.values()))
        for kind, found in places.items()
        if found
    ]
    return Markup(
        '<svg class="strip" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<path class="axis" d="M0 {line}h{w}"/>{drawn}</svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, line=_LINE, drawn=Markup("").join(drawn))


def axis(time: TimeScale, zone: tzinfo) -> Markup:
    """The times above the rows."""
    labels = [
        Markup('<text x="{}" y="12" text-anchor="middle">{}</text>').format(x, text)
        for x, text in time.ticks(_TICKS, zone)
        if _LEFT + 10 <= x <= _RIGHT - 10  # one at the very end would be cut off
    ]
    return Markup('<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true">{labels}</svg>').format(
        w=WIDTH, h=AXIS_HEIGHT, labels=Markup("").join(labels)
    )
