"""Second thoughts: stories merge, articles move, what a person said stays, and a replay decides alike."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.alerts.catalogue import Catalogue
from streams.contract.messages import Fires, Kind, TaggedArticle
from streams.stories.cluster import compared
from streams.stories.lineage import end_of
from streams.stories.publish import FilingResult
from streams.stories.similarity import pairs
from streams.stories.similarity.features import extract
from tests.fuzz.amount import inputs
from tests.stories import fiction
from tests.stories.desks import Watched, asked, track
from tests.stories.fiction import MERGED, MOVED, NAMES, START, Desk, story_of, tagged

MINUTE = timedelta(minutes=1)
OUTLETS = ("gazette", "courier", "herald", "post")


def articles(texts: Sequence[tuple[str, str]], apart: timedelta = MINUTE) -> list[TaggedArticle]:
    """One article of each text, by an outlet each."""
    return [
        tagged(text, str(n), by=OUTLETS[n % 4], at=START + n * apart, names=NAMES.get(text, ()))
        for n, text in enumerate(texts, 1)
    ]


def stories(desk: Desk, *keys: str) -> list[str]:
    held = [desk.stories.holding(key) for key in keys]
    return [one.id for one in held if one is not None]


def public(result: FilingResult) -> FilingResult:
    """The result without rows: one that is stored already is not stored again."""
    return dataclasses.replace(result, rows={})


def filed(texts: Sequence[tuple[str, str]], mode: str = "eager") -> tuple[Desk, list[FilingResult]]:
    desk = Desk(second_thoughts=mode)
    return desk, [desk.file(one) for one in articles(texts)]


def test_two_stories_merge_once_a_report_shows_that_they_are_one() -> None:
    desk, results = filed(MERGED)
    first, second, last = results
    kept, gone = story_of(first), story_of(second)
    assert story_of(last) == gone
    assert stories(desk, "1", "2", "3") == [kept] * 3
    [redirect, now] = last.changes
    assert (redirect.story.id, redirect.moved_to, redirect.story.articles) == (gone, kept, 0)
    assert (now.story.id, now.story.articles, now.story.all_sources) == (kept, 3, 3)
    assert now.story.title == fiction.AGROUND[0]
    assert now.story.absorbed == (gone,)
    fact = now.refiled
    assert fact is not None
    assert (fact.fact, fact.by, set(fact.articles)) == ("story.merged", "", {"2", "3"})
    assert fact.numbers["pairs"] == 2
    assert 0.5 <= fact.numbers["probability"] < 0.6
    assert "likely of the same event (2 pairs compared)" in fact.reasons[0]
    assert "likely of the same event" in now.story.history[-1].text
    assert {one.article.id: one.filing.story for one in last.refiled} == {"2": kept, "3": kept}
    assert end_of(gone, desk.stories.lineage) == kept


CHAIN = (  # headlines of three stories, and one that shows that all are one: they merge one after another
    "Ferry Anselma of Norderhaven line stuck",
    "Lifeboats rescue 84 passengers stranded off Tolm",
    "Shipmaster Keel questioned about course of vessel in Corran Sound",
    (
        "Shipmaster Keel questioned about course in Corran Sound after lifeboats rescue 84 passengers off Tolm, "
        "Anselma stuck"
    ),
)


@pytest.fixture(scope="module")
def chain() -> list[TaggedArticle]:
    return [
        tagged((title, ""), str(n), by=OUTLETS[n], at=START + n * MINUTE, kind=Kind.HEADLINE)
        for n, title in enumerate(CHAIN)
    ]


@pytest.mark.parametrize("stored", range(9))
def test_two_merges_of_one_event_tell_both_and_replay_alike(chain: list[TaggedArticle], stored: int) -> None:
    desk = Desk(second_thoughts="eager")
    for article in chain[:-1]:
        desk.file(article)
    rows = dict(desk.rows)
    first = desk.file(chain[-1])
    after = dict(desk.rows)
    ended = {fact.from_ for fact in first.facts}
    assert len(ended) == 2
    assert ended & {fact.into for fact in first.facts}
    latest = {update.story.id: update for update in first.changes}
    assert all(latest[story].moved_to and not latest[story].story.articles for story in ended)
    [kept] = {end_of(story, desk.stories.lineage) for story in ended}
    held = desk.stories.find(kept)
    assert held is not None
    assert latest[kept].story.articles == len(held.rows)
    desk.rows = {**rows, **{key: after[key] for key in list(first.rows)[:stored]}}
    desk.restart()
    assert public(desk.file_at(chain[-1], desk.offset)) == public(first)
    assert desk.rows == after


def test_an_article_moves_to_the_story_that_it_fits_better() -> None:
    desk, results = filed(MOVED)
    old, new = story_of(results[0]), story_of(results[3])
    assert story_of(results[2]) == old
    assert stories(desk, "1", "2", "3", "4") == [old, old, new, new]
    [left, entered] = results[3].changes
    assert left.left is not None
    assert (left.left.id, left.left_to, left.story.articles) == ("3", new, 2)
    assert (entered.story.articles, entered.story.all_sources, entered.filing.moved_from) == (2, 2, old)
    fact = entered.refiled
    assert fact is not None
    assert (fact.fact, fact.articles, fact.by) == ("article.moved", ("3",), "")
    assert fact.numbers["probability"] >= fact.numbers["before"] + 0.1
    assert "of the one that it left" in entered.filing.reasons[0]
    assert left.story.history[-1].what == entered.story.history[-1].what == "moved"


@pytest.mark.parametrize(("mode", "facts"), [("off", 0), ("calm", 0), ("eager", 1)])
def test_calm_changes_only_what_is_clear(mode: str, facts: int) -> None:
    desk, results = filed(MERGED, mode)
    assert len({fact.into for one in results for fact in one.facts}) == facts
    assert len(set(stories(desk, "1", "2", "3"))) == 2 - facts


def test_what_a_person_said_stays() -> None:
    first, second, last = articles(MERGED)
    desk = Desk(second_thoughts="eager")
    one, other = story_of(desk.file(first)), story_of(desk.file(second))
    desk.file(asked("pin", other, articles=["2"]))
    assert not desk.file(last).changes, "pinned articles stay where they are"

    desk = Desk(second_thoughts="eager")
    one, other = story_of(desk.file(first)), story_of(desk.file(second))
    merged = desk.file(asked("merge", other, into=one))
    desk.file(asked("undo", other, undoes=merged.corrections[0], id_="c2"))
    desk.file(asked("undo", other, undoes=desk.file(asked("pin", other)).corrections[0], id_="c3"))
    assert not desk.file(last).changes, "they are apart by hand"

    desk = Desk(second_thoughts="eager")
    *before, mover = articles(MOVED)
    old, *_ = [story_of(desk.file(article)) for article in before]
    desk.file(asked("pin", old, articles=["3"]))
    assert not desk.file(mover).changes, "a pinned article does not move"


def test_an_article_of_days_ago_does_not_move() -> None:
    desk = Desk(second_thoughts="eager")
    *before, last = articles(MOVED)
    for article in before:
        desk.file(article, START)
    assert not desk.file(last, START + timedelta(days=3)).changes


def test_a_copy_goes_with_its_original() -> None:
    desk = Desk(second_thoughts="eager")
    *before, last = articles(MERGED)
    for article in before:
        desk.file(article)
    copy = msgspec.structs.replace(last, copy=msgspec.structs.replace(last.copy, relation="exact", of="2", group="2"))
    assert not desk.file(copy).changes


@pytest.mark.parametrize("texts", [MERGED, MOVED])
@pytest.mark.parametrize("stored", range(7))
def test_second_thoughts_stored_in_part_are_decided_alike(texts: Sequence[tuple[str, str]], stored: int) -> None:
    """A crash may leave any number of the rows of the last event, in their order."""
    desk = Desk(second_thoughts="eager")
    *before, last = articles(texts)
    for article in before:
        desk.file(article)
    rows = dict(desk.rows)
    first = desk.file(last)
    after = dict(desk.rows)
    assert first.changes
    desk.rows = {**rows, **{key: after[key] for key in list(first.rows)[:stored]}}
    desk.restart()
    again = desk.file_at(last, desk.offset)
    assert public(again) == public(first)
    assert desk.rows == after
    desk.restart()
    for offset, article in enumerate(before, 1):
        assert desk.file_at(article, offset).changes == ()
    assert desk.rows == after


def test_an_old_event_with_second_thoughts_is_not_told_again() -> None:
    """A document of the article in the story that it left would replace the one that is stored."""
    desk, _ = filed((*MERGED, fiction.ELECTION))
    desk.restart()
    assert desk.file_at(articles(MERGED)[2], 3).outcome == "repeated"
    assert desk.file_at(articles(MERGED)[1], 2).filed is not None


TEXTS = (*NAMES, fiction.FIRE, fiction.FIRE_AGAIN, *fiction.CALLS, fiction.VISIT)


@inputs(40)
@given(st.lists(st.integers(0, len(TEXTS) - 1), min_size=3, max_size=12), st.randoms(use_true_random=False))
def test_kills_at_any_point_change_no_story(order: list[int], chance: Random) -> None:
    plain, broken = Desk(second_thoughts="eager"), Desk(second_thoughts="eager")
    log = articles([TEXTS[one] for one in order])
    for offset, article in enumerate(log):
        expected = plain.file_at(article, offset)
        before = dict(broken.rows)
        assert public(broken.file_at(article, offset)) == public(expected)
        if chance.random() < 0.4:
            after = broken.rows
            kept = list(expected.rows)[: chance.randrange(len(expected.rows) + 1)]
            broken.rows = {**before, **{key: after[key] for key in kept}}
            broken.restart()
            for past in range(max(0, offset - chance.randrange(4)), offset + 1):
                again = broken.file_at(log[past], past)
            assert public(again) == public(expected)
        assert broken.rows == plain.rows
    keys = [one.article.id for one in log]
    assert stories(broken, *keys) == stories(plain, *keys)


def test_nothing_fires_twice_and_an_arrival_by_a_move_fires() -> None:
    watched = Watched()
    watched.desk = Desk(second_thoughts="eager")
    first, second, last = articles(MERGED)
    one, other = story_of(watched.file(first)), story_of(watched.file(second))
    merges = track("merges", story=other, fires=Fires(merges=True))
    watched.tracks = Catalogue([track("one", story=one), track("other", story=other), merges])
    watched.file(last)
    assert watched.fired("other") == [("new source", "Post")]
    assert watched.fired("merges") == [("merged", "Post")]
    assert watched.fired("one") == [], "a merge fires nothing else"
    watched.file(tagged(fiction.BOTH, "9", by="mail", at=START + 4 * MINUTE, names=NAMES[fiction.BOTH]))
    watched.file(tagged(fiction.BOTH, "10", by="post", at=START + 5 * MINUTE, names=NAMES[fiction.BOTH]))
    assert watched.fired("one") == [("new source", "Mail")]
    assert watched.fired("other") == [("new source", "Post"), ("new source", "Mail")]


@pytest.mark.parametrize(("apart", "arrives"), [(MINUTE, 1), (timedelta(minutes=30), 0)])
def test_a_move_within_minutes_counts_as_an_arrival(apart: timedelta, arrives: int) -> None:
    watched = Watched()
    watched.desk = Desk(second_thoughts="eager")
    *before, last = articles(MOVED, apart)
    for article in before:
        watched.file(article)
    watched.tracks = Catalogue([track("new", query="telephone AND union")])
    watched.file(last)
    fired = watched.fired("new")
    assert [one for one in fired if one == ("new source", "Post")] == [("new source", "Post")] * arrives


def test_a_pair_has_one_probability_either_way_round() -> None:
    each = [extract(tagged(text, names=NAMES.get(text, ()))).compared for text in TEXTS]
    for one in each:
        for other in each:
            there = pairs.probabilities(one, pairs.Recent.of([other]))
            assert there == pairs.probabilities(other, pairs.Recent.of([one]))


def test_a_burst_of_one_publisher_makes_no_giant_story() -> None:
    """Five hundred reports at one second, and a clock that goes back: each is filed, and none is lost."""
    desk = Desk(second_thoughts="eager")
    chance = Random(3)
    words = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("lan", "rik", "vost", "nem")]
    for n in range(500):
        own = chance.sample(words, 40)
        text = (" ".join(own[:6]), " ".join(chance.choices(own, k=80)) + ".")
        desk.file(tagged(text, f"a{n}", by="gazette"), START - timedelta(hours=n % 3))
    held = [desk.stories.holding(f"a{n}") for n in range(500)]
    assert None not in held
    assert max(len(one.rows) for one in held if one) < 25


def test_a_chain_of_fifty_redirects_leads_to_the_end() -> None:
    desk = Desk(second_thoughts="eager")
    chance = Random(5)
    ids = []
    for n in range(51):
        text = (f"Report {n}", " ".join(f"w{chance.randrange(10**6)}" for _ in range(60)))
        ids.append(story_of(desk.file(tagged(text, f"a{n}"))))
    for n in range(50, 0, -1):
        result = desk.file(asked("merge", ids[n], into=ids[n - 1], id_=f"c{n}"))
        assert result.corrections[0].state == "applied"
    desk.restart()
    assert {end_of(one, desk.stories.lineage) for one in ids} == {ids[0]}
    held = desk.stories.find(ids[0])
    assert held is not None
    assert len(held.rows) == 51
    late = desk.file(asked("merge", ids[50], into=ids[7], id_="late"))
    assert "became part of story" in late.corrections[0].outcome
    assert compared(held.rows["a0"]).length
