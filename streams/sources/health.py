"""How a source is: ok, or what is wrong with it and why, in one line."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import HealthState, Shape, SourceState, WatchedSource
from streams.sources import rhythm

WELL: frozenset[str] = frozenset({"ok", "paused", "new"})  # the states in which nobody has to look at a source
BROKEN_POLLS = 3  # in a row; fewer are the internet as usual
MIN_ENTRIES = 5  # of a poll, below which its shape tells nothing
MOST, FEW = 0.8, 0.2  # shares: what most entries had, and few have now
LATELY, USUALLY = 0.3, 0.005  # weights of one article: five without a page are a change, until 40 have made it usual
ACCEPTED_AFTER = timedelta(days=7)  # a changed shape that stays so long is the usual one


def assess(source: WatchedSource, state: SourceState, now: datetime) -> tuple[HealthState, str]:
    """The state of health and the reason, "" for ok."""
    if source.paused:
        return "paused", "a person has paused it"
    if state.gone_at is not None:
        return "broken", f"it answered 410 (gone) on {state.gone_at:%Y-%m-%d}: `storywatch source resume` asks again"
    if state.failures >= BROKEN_POLLS:
        return "broken", f"{state.failures} polls in a row have failed, the last one: {state.error}"
    if state.changed is not None:
        return "changed", state.changed
    if state.pages is not None and state.pages_usual is not None and state.pages <= FEW and state.pages_usual >= MOST:
        return (
            "changed",
            f"the pages of {state.pages:.0%} of its articles were available, {state.pages_usual:.0%} is usual",
        )
    if not state.polled:
        return "new", state.error or "it was not read yet"
    if state.rhythm is not None and rhythm.is_known(state.rhythm, now) and state.rhythm.last_news is not None:
        missed = rhythm.missed_hours(state.rhythm, now)
        if missed >= rhythm.LATE_HOURS:
            since = f"{state.rhythm.last_news:%Y-%m-%d %H:%M} UTC"
            why = (
                f"nothing new since {since}, though about {missed:.0f} of the hours since then usually bring something"
            )
            return ("silent" if missed >= rhythm.SILENT_HOURS else "late"), why
    return "ok", ""


def with_shape(state: SourceState, shape: Shape, now: datetime) -> SourceState:
    """The state after a poll whose entries had this shape."""
    if shape.entries < MIN_ENTRIES:
        return state
    usual = state.shape
    change = _change(usual, shape) if usual is not None else None
    if change is None or (state.changed_at is not None and now - state.changed_at > ACCEPTED_AFTER):
        return replace(state, shape=shape, changed=None, changed_at=None)
    return replace(state, changed=change, changed_at=state.changed_at or now)


def with_page(state: SourceState, *, available: bool) -> SourceState:
    """The state after an article of which the page was available, or was not: then it has the source's own text."""
    lately = _average(state.pages, available, LATELY)
    return replace(state, pages=lately, pages_usual=_average(state.pages_usual, available, USUALLY))


def _average(before: float | None, value: float, weight: float) -> float:
    return round(value if before is None else before + weight * (value - before), 4)


def _change(usual: Shape, now: Shape) -> str | None:
    if usual.with_text >= MOST and now.with_text <= FEW:
        return f"{now.with_text:.0%} of its entries have text, {usual.with_text:.0%} is usual"
    if usual.dated >= MOST and now.dated <= FEW:
        return f"{now.dated:.0%} of its entries have a date, {usual.dated:.0%} is usual"
    if usual.language and now.language and usual.language != now.language:
        return f"its entries are in {now.language}, {usual.language} is usual"
    return None
