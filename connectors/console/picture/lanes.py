"""A story as lanes: a line of time for each outlet, in the order of arrival, with copies tied to what they copied."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from markupsafe import Markup

from connectors.console.picture.marks import MarkKind, path, shape
from connectors.console.picture.scale import TimeScale

WIDTH = 1270
_LEFT, _RIGHT, _TOP, _STEP = 190, WIDTH - 24, 34, 27
_MOST_NAME = 27  # characters that fit before the lanes
_TICKS = 8
_BESIDE = 12  # from a flag to its number
_DIGIT = 8  # the width of one


@dataclass(frozen=True)
class TieStart:
    """Where the text that a mark copies stands."""

    lane: int
    at: datetime


@dataclass(frozen=True)
class LaneMark:
    at: datetime
    kind: MarkKind
    title: str
    href: str = ""
    origin: TieStart | None = None


@dataclass(frozen=True)
class Lane:
    outlet: str
    marks: tuple[LaneMark, ...]


@dataclass(frozen=True)
class Flag:
    """An alert. ``number`` stands beside it: how many sources the story had by then."""

    at: datetime
    number: str
    title: str


def lanes(rows: Sequence[Lane], flags: Sequence[Flag], label: str, zone: tzinfo) -> Markup:
    """Draw lanes, each with at least one mark. ``label`` says in words what the drawing shows."""
    times = [mark.at for row in rows for mark in row.marks] + [flag.at for flag in flags]
    time = TimeScale(min(times), max(times), _LEFT + 14, _RIGHT)
    bottom = _TOP + len(rows) * _STEP
    parts = [
        Markup(
            '<path class="axis" d="M{x} {top}V{bottom}"/><text x="{x}" y="{y}" text-anchor="middle">{text}</text>'
        ).format(x=x, top=_TOP - 8, bottom=bottom, y=bottom + 14, text=text)
        for x, text in time.ticks(_TICKS, zone)
    ]
    parts += _flags(flags, time, bottom)
    parts += [_name(row, at, time) for at, row in enumerate(rows)]
    parts += [
        _tie(mark.origin, mark, at, time)
        for at, row in enumerate(rows)
        for mark in row.marks
        if mark.origin is not None
    ]
    parts += [
        _mark(row.outlet, mark, time.place(mark.at), _line(at)) for at, row in enumerate(rows) for mark in row.marks
    ]
    return Markup(
        '<svg class="lanes" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="group" aria-label="{label}">'
        "{parts}</svg>"
    ).format(w=WIDTH, h=bottom + 22, label=label, parts=Markup("").join(parts))


def _line(at: int) -> int:
    return _TOP + at * _STEP + 8


def _name(row: Lane, at: int, time: TimeScale) -> Markup:
    name = row.outlet if len(row.outlet) <= _MOST_NAME else row.outlet[: _MOST_NAME - 1] + "…"
    first = time.place(min(mark.at for mark in row.marks))
    return Markup(
        '<text class="t" x="{x}" y="{text}" text-anchor="end">{name}<title>{outlet}</title></text>'
        '<path class="axis" d="M{first} {y}H{end}"/>'
    ).format(x=_LEFT - 6, text=_line(at) + 4, name=name, outlet=row.outlet, first=first, y=_line(at), end=_RIGHT)


def _tie(origin: TieStart, mark: LaneMark, at: int, time: TimeScale) -> Markup:
    """A line from the original to its copy."""
    x, y = time.place(origin.at), _line(origin.lane)
    return Markup('<path class="tie" d="M{x} {y}C{x} {to} {x} {to} {end} {to}"/>').format(
        x=x, y=y, to=_line(at), end=time.place(mark.at)
    )


def _mark(outlet: str, mark: LaneMark, x: float, y: int) -> Markup:
    drawn = path(mark.kind, shape(mark.kind, x, y), f"{outlet}: {mark.title}")
    if not mark.href:
        return drawn
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(mark.href, f"{outlet}: {mark.title}", drawn)


def _flags(flags: Sequence[Flag], time: TimeScale, bottom: int) -> list[Markup]:
    """Of flags that are close only the last has its number, for which the others leave no room."""
    parts = []
    ordered = sorted(flags, key=lambda flag: flag.at)
    places = [*(time.place(flag.at) for flag in ordered), math.inf]
    for flag, x, following in zip(ordered, places, places[1:], strict=False):
        number = flag.number if following - x >= _BESIDE + _DIGIT * len(flag.number) else ""
        parts.append(
            Markup(
                '<path class="alertline" d="M{x} {top}V{bottom}"/>{flag}<text x="{beside}" y="{top}">{number}</text>'
            ).format(
                x=x,
                top=_TOP - 12,
                bottom=bottom,
                flag=path(MarkKind.ALERT, shape(MarkKind.ALERT, x, _TOP - 10), flag.title),
                beside=x + _BESIDE,
                number=number,
            )
        )
    return parts
