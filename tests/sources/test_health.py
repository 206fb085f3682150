"""The rhythm of a source, how it is, and when it is polled: learnt from weeks of invented news."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from streams.contract.messages import Rhythm, Shape, SourceState, WatchedSource
from streams.sources import rhythm, schedule
from streams.sources.health import ACCEPTED_AFTER, assess, with_page, with_shape
from tests.sources.habits import MONDAY, learnt

SOURCE = WatchedSource(id="w", url="https://paper.example/f", site="paper.example", created_at=MONDAY)


def health(habits: Rhythm, now: datetime) -> str:
    return assess(SOURCE, SourceState(url=SOURCE.url, polled=True, rhythm=habits), now)[0]


def test_a_source_of_every_hour_is_late_then_silent() -> None:
    habits = learnt(5, tuple(range(24)))
    end = MONDAY + timedelta(days=5)
    states = [health(habits, end + timedelta(hours=hours)) for hours in range(12)]
    assert states[:3] == ["ok"] * 3
    assert states[4] == "late"
    assert states[-1] == "silent"


def test_a_night_is_no_silence() -> None:
    habits = learnt(10, (7, 9, 12, 15, 18))
    end = MONDAY + timedelta(days=10)
    assert health(habits, end + timedelta(hours=6)) == "ok"
    assert health(habits, end + timedelta(hours=16)) == "late"
    assert health(habits, end + timedelta(days=1, hours=12)) == "silent"


def test_a_weekend_is_no_silence_once_weekdays_are_known() -> None:
    habits = learnt(40, (8, 11, 14, 17), weekdays=(0, 1, 2, 3, 4))
    friday = MONDAY + timedelta(days=39)  # the last day with news
    assert friday.weekday() == 4
    sunday_night = friday + timedelta(days=2, hours=23)
    assert health(habits, sunday_night) != "silent"
    assert health(habits, friday + timedelta(days=5)) == "silent"


def test_nothing_is_expected_of_a_source_that_is_new() -> None:
    assert health(learnt(1, (1, 2, 3)), MONDAY + timedelta(days=30)) == "ok"
    assert assess(SOURCE, SourceState(url=SOURCE.url), MONDAY)[0] == "new"


def test_old_habits_are_forgotten() -> None:
    habits = learnt(14, tuple(range(24)))
    for day in range(14, 90):
        habits = rhythm.record(habits, MONDAY + timedelta(days=day, hours=9))
    end = MONDAY + timedelta(days=90)
    assert rhythm.chance(habits, end.replace(hour=9)) > 0.8
    assert rhythm.chance(habits, end.replace(hour=15)) < 0.1


def test_broken_gone_and_paused_sources_say_why() -> None:
    state = SourceState(url=SOURCE.url, polled=True, failures=3, error="404 Not Found: https://paper.example/f")
    assert assess(SOURCE, state, MONDAY) == (
        "broken",
        "3 polls in a row have failed, the last one: 404 Not Found: https://paper.example/f",
    )
    assert assess(SOURCE, replace(state, failures=2), MONDAY)[0] == "ok"
    assert assess(SOURCE, replace(state, gone_at=MONDAY), MONDAY)[1].startswith("it answered 410 (gone) on 2031-05-05")
    assert assess(replace(SOURCE, paused=True), state, MONDAY)[0] == "paused"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (Shape(20, 0.0, 1.0, "en"), "0% of its entries have text, 95% is usual"),
        (Shape(20, 0.95, 0.1, "en"), "10% of its entries have a date, 100% is usual"),
        (Shape(20, 0.95, 1.0, "de"), "its entries are in de, en is usual"),
        (Shape(20, 0.6, 0.7, None), None),
        (Shape(2, 0.0, 0.0, "de"), None),  # too few to tell
    ],
)
def test_a_changed_shape_is_told_until_it_is_usual(now: Shape, why: str | None) -> None:
    state = with_shape(SourceState(url="u", polled=True), Shape(20, 0.95, 1.0, "en"), MONDAY)
    changed = with_shape(state, now, MONDAY)
    assert changed.changed == why
    assert assess(SOURCE, changed, MONDAY) == (("changed", why) if why else ("ok", ""))
    if why:
        assert with_shape(changed, Shape(20, 0.95, 1.0, "en"), MONDAY).changed is None
        assert with_shape(changed, now, MONDAY + ACCEPTED_AFTER / 2).changed == why
        assert with_shape(changed, now, MONDAY + ACCEPTED_AFTER * 2).changed is None


def with_pages(state: SourceState, available: Iterable[bool]) -> SourceState:
    for one in available:
        state = with_page(state, available=one)
    return state


def test_pages_that_are_gone_are_a_change_until_that_is_usual() -> None:
    state = with_pages(SourceState(url="u", polled=True), [True] * 50)
    assert assess(SOURCE, with_pages(state, [False] * 3 + [True]), MONDAY)[0] == "ok"
    gone = with_pages(state, [False] * 6)
    assert assess(SOURCE, gone, MONDAY) == (
        "changed",
        "the pages of 12% of its articles were available, 97% is usual",
    )
    assert assess(SOURCE, with_pages(gone, [True] * 2), MONDAY)[0] == "ok"
    assert assess(SOURCE, with_pages(gone, [False] * 50), MONDAY)[0] == "ok"
    assert assess(SOURCE, with_pages(SourceState(url="u", polled=True), [False] * 50), MONDAY)[0] == "ok"


# --- when to poll again ---------------------------------------------------------------------------------------------


def test_the_interval_adapts_within_bounds() -> None:
    pace: float | None = None
    for _ in range(20):
        pace = schedule.adapted(pace, news=True)
    assert pace == schedule.FASTEST_SECONDS
    for _ in range(40):
        pace = schedule.adapted(pace, news=False)
    assert pace == schedule.SLOWEST_SECONDS


def test_skipped_hours_and_days_are_waited_for() -> None:
    due = MONDAY + timedelta(hours=2, minutes=30)
    assert schedule.after_skips(due, (), ()) == due
    assert schedule.after_skips(due, (3,), (6,)) == due
    assert schedule.after_skips(due, (2, 3, 4), ()) == MONDAY + timedelta(hours=5)
    assert schedule.after_skips(due, (), (0,)) == MONDAY + timedelta(days=1)
    assert schedule.after_skips(due, range(24), ()) == due  # a feed that is never to be polled is a mistake
