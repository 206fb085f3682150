"""Headlines without a body: what joins, and which stories of them second thoughts merge."""

from datetime import timedelta

import pytest

from streams.contract.messages import Kind, TaggedArticle
from streams.stories.publish import FilingResult
from tests.stories.fiction import START, Desk, story_of, tagged

MINUTE = timedelta(minutes=1)
AGROUND = "Ferry Anselma runs aground in Corran Sound"
RESCUED = "Lifeboats rescue 84 passengers off stranded vessel"
BOTH = "Lifeboats rescue passengers of ferry Anselma aground in Corran Sound"
OUTLETS = ("gazette", "courier", "herald", "post")


def headline(title: str, key: str, at: timedelta = timedelta(), by: str = "gazette") -> TaggedArticle:
    return tagged((title, ""), key, by=by, at=START + at, kind=Kind.HEADLINE)


def file_all(desk: Desk, *titles: str, apart: timedelta = MINUTE) -> list[FilingResult]:
    return [desk.file(headline(one, f"{n}", n * apart, OUTLETS[n % 4])) for n, one in enumerate(titles)]


def held(desk: Desk, count: int) -> list[str]:
    found = [desk.stories.holding(f"{n}") for n in range(count)]
    return [one.id for one in found if one is not None]


def test_stories_of_one_event_merge_once_a_headline_shows_it() -> None:
    desk = Desk(second_thoughts="eager")
    first, second, last = file_all(desk, AGROUND, RESCUED, BOTH)
    assert story_of(first) != story_of(second)
    assert held(desk, 3) == [story_of(first)] * 3
    [fact] = {one.into: one for one in last.facts}.values()
    assert (fact.fact, fact.by, fact.into) == ("story.merged", "", story_of(first))
    assert fact.numbers["cosine"] > 0
    assert "their headlines have a cosine of" in fact.reasons[0]


def test_without_second_thoughts_it_stays_two() -> None:
    desk = Desk(second_thoughts="off")
    file_all(desk, AGROUND, RESCUED, BOTH)
    assert len(set(held(desk, 3))) == 2


def test_one_word_in_common_joins_nothing() -> None:
    desk = Desk(second_thoughts="eager")
    titles = (
        "Ferry timetable for Tolm pier changes in April",
        "Ferry Anselma runs aground in Corran Sound",
        "Minister opens new tunnel beneath Tessin ferry terminal site",
        "Museum buys painting of wooden ferry at auction",
    )
    results = file_all(desk, *titles)
    assert len(set(held(desk, 4))) == 4
    assert any("like the nearest headline, 0.28 needed" in why for why in results[-1].filed.filing.reasons)  # type: ignore[union-attr]


@pytest.mark.parametrize("stored", range(5))
def test_a_merge_of_headlines_is_decided_alike_after_a_crash(stored: int) -> None:
    desk = Desk(second_thoughts="eager")
    file_all(desk, AGROUND, RESCUED)
    rows = dict(desk.rows)
    last = headline(BOTH, "2", 2 * MINUTE, "herald")
    first = desk.file(last)
    after = dict(desk.rows)
    desk.rows = {**rows, **{key: after[key] for key in list(first.rows)[:stored]}}
    desk.restart()
    assert desk.file_at(last, desk.offset).changes == first.changes
    assert desk.rows == after


def test_columns_and_other_days_do_not_merge() -> None:
    desk = Desk(second_thoughts="eager")
    file_all(desk, *["Weather for the weekend in Tolm"] * 4, apart=timedelta(days=3))
    assert len(set(held(desk, 4))) == 4
    desk = Desk(second_thoughts="eager")
    file_all(desk, "Tide tables of Corran Sound, 8 March", "Tide tables of Corran Sound, 18 March")
    assert len(set(held(desk, 2))) == 2


def test_a_headline_merges_no_stories_of_reports() -> None:
    desk = Desk(second_thoughts="eager")
    bodies = ("The car ferry ran onto a sandbank at night.", "Divers looked for a leak at the pier all morning.")
    for n, (title, body) in enumerate(zip((AGROUND, RESCUED), bodies, strict=True)):
        desk.file(tagged((title, body), f"{n}", by=OUTLETS[n], at=START + n * MINUTE))
    assert not desk.file(headline(BOTH, "2", 2 * MINUTE, "herald")).changes
