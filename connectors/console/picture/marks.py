"""The marks of a story on a line of time: one shape for each kind of event, in every drawing.

A filled circle is a report of its own, a hollow circle a copy, a diamond an edit, a flag an alert.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup


class MarkKind(StrEnum):
    """The values are classes of the style sheet. The order is that of drawing: the last is on top."""

    COPY = "copy"
    OWN = "own"
    EDIT = "edit"
    ALERT = "flag"


RADIUS = {MarkKind.COPY: 3.2, MarkKind.OWN: 4.5, MarkKind.EDIT: 4.5, MarkKind.ALERT: 0.0}

WORDS = {
    MarkKind.OWN: "a report of its own",
    MarkKind.COPY: "copy",
    MarkKind.EDIT: "edit",
    MarkKind.ALERT: "alert sent",
}


@dataclass(frozen=True)
class Mark:
    at: datetime
    kind: MarkKind


def shape(kind: MarkKind, x: float, y: float) -> str:
    """The outline of a mark with its centre, of a flag its foot, at (x, y), as a part of a path."""
    r = RADIUS[kind]
    if kind is MarkKind.ALERT:
        return f"M{x:g} {y:g}v-12l9 4l-9 4z"
    if kind is MarkKind.EDIT:
        return f"M{x:g} {y - r:g}l{r:g} {r:g}l-{r:g} {r:g}l-{r:g} -{r:g}z"
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 -{2 * r:g} 0z"


def path(kind: MarkKind, shapes: str, title: str = "") -> Markup:
    """Marks of one kind as one element; ``title`` is shown on hover."""
    inside = Markup("<title>{}</title>").format(title) if title else ""
    return Markup('<path class="{}" d="{}">{}</path>').format(kind, shapes, inside)


def legend_mark(kind: MarkKind) -> Markup:
    drawn = path(kind, shape(kind, 6, 11 if kind is MarkKind.ALERT else 6))
    return Markup('<svg viewBox="0 0 15 12" width="15" height="12" aria-hidden="true">{}</svg>').format(drawn)
