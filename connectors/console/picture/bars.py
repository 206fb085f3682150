"""How many there were in each of the last days or minutes: a row of bars."""

from collections.abc import Sequence

from markupsafe import Markup

DAYS = 14
_STEP, _BAR, HEIGHT = 9, 7, 26


def bars(counts: Sequence[int], label: str, kind: str = "own") -> Markup:
    """``kind``: the class of the bars; ``label`` says in words what the drawing shows."""
    most = max(4, *counts)  # so that one looks like little
    drawn = []
    for place, count in enumerate(counts):
        height = round(max(0.6, (HEIGHT - 2) * count / most), 1)
        drawn.append(
            Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                kind if count else "none", place * _STEP, round(HEIGHT - height, 1), _BAR, height, count
            )
        )
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{drawn}</svg>'
    ).format(w=len(counts) * _STEP, h=HEIGHT, label=label, drawn=Markup("").join(drawn))


def alerts_a_day(counts: Sequence[int]) -> Markup:
    """``counts``: of the last days, the last one is today."""
    return bars(counts, f"{sum(counts)} alerts in {len(counts)} days, {counts[-1]} today", "flag")
