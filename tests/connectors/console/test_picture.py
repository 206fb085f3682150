"""The drawings of the console: what is drawn, where, and that texts of strangers stay text."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from connectors.console.picture.bars import alerts_a_day
from connectors.console.picture.days import days
from connectors.console.picture.lanes import Flag, Lane, LaneMark, TieStart, lanes
from connectors.console.picture.marks import RADIUS, Mark, MarkKind, shape
from connectors.console.picture.scale import TimeScale
from connectors.console.picture.strip import fitted, scale, strip

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>\"'&\u202e"


def parsed(svg: str) -> etree._Element:
    """The drawing as XML, which a browser would read too."""
    return etree.fromstring(svg)


def classes(svg: str) -> list[str]:
    return [name for one in parsed(svg).iter() if (name := one.get("class"))]


def test_times_are_placed_between_the_ends() -> None:
    time = TimeScale(NOON, NOON + 4 * HOUR, 10, 50)
    assert [time.place(NOON + hours * HOUR) for hours in (-1, 0, 1, 4, 9)] == [10, 10, 20, 50, 50]


def test_a_scale_of_one_moment_has_a_place_for_it() -> None:
    assert TimeScale(NOON, NOON, 0, 100).place(NOON) == 50


@pytest.mark.parametrize(
    ("span", "most", "labels"),
    [
        (4 * HOUR, 5, ["12:00", "13:00", "14:00", "15:00", "16:00"]),
        (timedelta(minutes=20), 5, ["12:00", "12:05", "12:10", "12:15", "12:20"]),
        (timedelta(days=3), 4, ["5 May", "6 May", "7 May"]),
        (timedelta(days=4000), 5, ["2035"]),
    ],
)
def test_ticks_are_round_times(span: timedelta, most: int, labels: list[str]) -> None:
    found = [text for _, text in TimeScale(NOON, NOON + span, 0, 100).ticks(most)]
    assert len(found) <= most + 1
    assert set(labels) <= set(found) or (span.days > 3000 and len(found) >= 1)


def test_ticks_have_the_clock_of_the_reader() -> None:
    found = [text for _, text in TimeScale(NOON, NOON + 4 * HOUR, 0, 100).ticks(5, ZoneInfo("Asia/Kolkata"))]
    assert "18:00" in found  # 12:30 in UTC


def test_ticks_end_where_the_calendar_does() -> None:
    late = datetime(9999, 12, 30, tzinfo=UTC)
    assert len(list(TimeScale(late, datetime.max.replace(tzinfo=UTC), 0, 100).ticks(8))) <= 9


@pytest.mark.parametrize("kind", list(MarkKind))
def test_every_kind_of_mark_has_a_shape_of_its_own(kind: MarkKind) -> None:
    others = {shape(other, 10, 10) for other in MarkKind if other is not kind}
    assert shape(kind, 10, 10) not in others


def test_a_strip_has_a_path_for_each_kind_and_says_what_it_shows() -> None:
    marks = [Mark(NOON, MarkKind.OWN), Mark(NOON + HOUR, MarkKind.COPY), Mark(NOON + HOUR, MarkKind.ALERT)]
    drawn = strip(marks, scale(NOON, NOON + 2 * HOUR), HOSTILE)
    assert parsed(drawn).get("aria-label") == HOSTILE
    assert sorted(classes(drawn)) == ["axis", "copy", "flag", "own", "strip"]


def test_a_strip_is_small_however_large_its_story() -> None:
    marks = [Mark(NOON + number * timedelta(seconds=1), kind) for number in range(5_000) for kind in MarkKind]
    assert len(strip(marks, scale(NOON, NOON + 2 * HOUR), "many")) < 12_000


def test_rows_without_a_period_are_fitted_but_for_outliers() -> None:
    moments = [NOON - timedelta(days=900), *(NOON + number * HOUR for number in range(30))]
    assert fitted(moments).start >= NOON


def test_a_copy_is_tied_to_the_mark_that_it_copies() -> None:
    wire = (
        LaneMark(NOON, MarkKind.OWN, "Fog on the coast", "/articles/a"),
        LaneMark(NOON + 2 * HOUR, MarkKind.OWN, "Ferry aground", "/articles/b"),
    )
    start = TieStart(0, NOON + 2 * HOUR)
    copy = LaneMark(NOON + 4 * HOUR, MarkKind.COPY, "Ferry aground", "/articles/c", start)
    drawn = lanes([Lane("Harbour Wire", wire), Lane("Quayline", (copy,))], [Flag(NOON, "1", "first")], "two", UTC)
    [tie] = [one for one in parsed(drawn).iter() if one.get("class") == "tie"]
    marks = [one.get("d") or "" for one in parsed(drawn).iter() if one.get("class") == "own"]
    begin = float((tie.get("d") or "")[1:].split(" ")[0])
    assert f"M{begin - RADIUS[MarkKind.OWN]:g} " in marks[1]
    assert classes(drawn).count("flag") == 1
    links = [one.get("href") for one in parsed(drawn).iter() if one.get("href")]
    assert links == ["/articles/a", "/articles/b", "/articles/c"]


def test_numbers_of_flags_do_not_cover_each_other() -> None:
    rows = [Lane("Quayline", (LaneMark(NOON, MarkKind.OWN, "t"), LaneMark(NOON + 9 * HOUR, MarkKind.OWN, "t")))]
    flags = [Flag(NOON + number * timedelta(seconds=9), str(number), "a") for number in range(10, 20)]
    shown = re.findall(r">(1[0-9])</text>", lanes(rows, flags, "crowded", UTC))
    assert shown == ["19"]


def test_names_of_outlets_and_titles_stay_text() -> None:
    rows = [Lane(HOSTILE, (LaneMark(NOON, MarkKind.OWN, HOSTILE),))]
    drawn = lanes(rows, [Flag(NOON, HOSTILE, HOSTILE)], HOSTILE, UTC)
    assert "<script" not in drawn
    assert parsed(drawn).get("aria-label") == HOSTILE


def test_days_are_stronger_the_more_articles_came() -> None:
    drawn = days([0, 1, 8, 0, 0], bad=2, kind="flag")
    assert classes(drawn) == ["none", "level1", "level4", "flag", "flag"]


def test_bars_show_each_day() -> None:
    drawn = alerts_a_day([0, 2, 40])
    assert classes(drawn) == ["none", "flag", "flag"]
    assert parsed(drawn).get("aria-label") == "42 alerts in 3 days, 40 today"
