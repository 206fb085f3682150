"""How many alerts a track made on each of the last days: a row of bars."""

from collections.abc import Sequence

from markupsafe import Markup

DAYS = 14
_STEP, _BAR, HEIGHT = 9, 7, 26


def bars(counts: Sequence[int]) -> Markup:
    """``counts``: of each day, the last is today."""
    most = max(4, *counts)  # so that one alert a day looks like little
    drawn = []
    for place, count in enumerate(counts):
        height = round(max(0.6, (HEIGHT - 2) * count / most), 1)
        drawn.append(
            Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                "flag" if count else "none", place * _STEP, round(HEIGHT - height, 1), _BAR, height, count
            )
        )
    label = f"{sum(counts)} alerts in {len(counts)} days, {counts[-1]} today"
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{drawn}</svg>'
    ).format(w=len(counts) * _STEP, h=HEIGHT, label=label, drawn=Markup("").join(drawn))
