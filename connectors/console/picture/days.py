"""What a source brought on each of the last days: a row of squares, the more articles the stronger."""

from collections.abc import Sequence

from markupsafe import Markup

DAYS = 28
_STEP, _SIZE = 15, 13
_LEVELS = 4


def days(counts: Sequence[int], *, bad: int, kind: str) -> Markup:
    """``counts``: of `DAYS` days, the last is today. The last ``bad`` days without articles have the class ``kind``."""
    most = max(counts, default=0)
    squares = []
    for place, count in enumerate(counts):
        level = 0 if not count else 1 + min(_LEVELS - 1, (_LEVELS * (count - 1)) // max(1, most))
        name = f"level{level}" if count else (kind if place >= len(counts) - bad else "none")
        squares.append(
            Markup('<rect class="{}" x="{}" y="0" width="{}" height="{}" rx="2"><title>{}</title></rect>').format(
                name, place * _STEP, _SIZE, _SIZE, count
            )
        )
    label = f"{sum(counts)} articles in {len(counts)} days, {counts[-1] if counts else 0} today"
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{squares}</svg>'
    ).format(w=len(counts) * _STEP, h=_SIZE, label=label, squares=Markup("").join(squares))
