"""The way of an article through the stages, as a waterfall: each stage a bar from its arrival until it was sent on."""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from connectors.views.traces import Step

WIDTH, _LEFT, _STEP = 640, 90, 22
_ROOM = 80  # on the right, for the seconds


def waterfall(steps: Sequence[Step]) -> Markup:
    """Draw at least one step."""
    bars = [
        (one, datetime.fromisoformat(one.arrived or ""), datetime.fromisoformat(one.left or one.arrived or ""))
        for one in steps
    ]
    begin = min(start for _, start, _ in bars)
    seconds = max(0.001, (max(end for _, _, end in bars) - begin).total_seconds())

    def place(at: datetime) -> float:
        share = min(1.0, max(0.0, (at - begin).total_seconds() / seconds))
        return round(_LEFT + share * (WIDTH - _LEFT - _ROOM), 1)

    rows = []
    for row, (one, start, end) in enumerate(bars):
        y, x = row * _STEP + 6, place(start)
        took = "" if one.took_seconds is None else f"{one.took_seconds:.3f} s"
        rows.append(
            Markup(
                '<text class="t" x="{label}" y="{text}" text-anchor="end">{stage}</text>'
                '<rect class="own" x="{x}" y="{y}" width="{width}" height="11"/>'
                '<text x="{beside}" y="{text}">{took}</text>'
            ).format(
                label=_LEFT - 8,
                text=y + 10,
                stage=one.stage,
                x=x,
                y=y,
                width=max(2.0, round(place(end) - x, 1)),
                beside=max(x + 2, place(end)) + 6,
                took=took,
            )
        )
    label = f"{len(steps)} stages in {seconds:.2f} seconds"
    return Markup(
        '<svg viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{rows}</svg>'
    ).format(w=WIDTH, h=len(bars) * _STEP + 8, label=label, rows=Markup("").join(rows))
