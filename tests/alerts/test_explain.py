"""Why a track fired or not: each rule in order with what it saw, as the stages have decided."""

import pytest
from msgspec.structs import replace

from streams.alerts import query
from streams.alerts.explain import Explained, Explanation
from streams.contract import analyzer
from streams.contract.messages import Fires, Lane, Muted, StoryUpdate, Track
from tests.fiction import NOON, after, coverage, track, update


def said(text: str, **changes: object) -> StoryUpdate:
    return replace(update(**changes), text=analyzer.searchable(text))  # type: ignore[arg-type]


def of(typed: str, **changes: object) -> Track:
    return replace(track("t1"), **{"created_at": after(hours=-1), "query": typed, "story": None, **changes})


def explained(asked: Track, *updates: StoryUpdate) -> Explained:
    """What happened at the last of the updates."""
    explanation = Explanation(asked)
    *_, last = [explanation.take(one, offset, one.filed_at) for offset, one in enumerate(updates)]
    return last


def stopped(one: Explained) -> str | None:
    assert (one.stopped is None) == bool(one.alerts)
    assert one.stopped is None or one.stopped in one.checks
    return one.stopped.rule if one.stopped else None


def test_an_alert_is_explained_by_the_rules_that_passed() -> None:
    one = explained(of("wall"), said("The wall gives way."))
    assert [alert.condition for alert in one.alerts] == ["new source"]
    assert one.checks[0] == ("query", "wall", True)
    assert [check.rule for check in one.checks][-2:] == ["new_source", "already_fired"]
    assert all(check.passed for check in one.checks)


def test_the_alerts_are_those_of_each_receiver() -> None:
    asked = of("wall", webhook=None, receivers=("desk", "night"))
    one = explained(asked, said("The wall gives way."))
    assert [alert.receiver_name for alert in one.alerts] == ["desk", "night"]
    assert len({alert.id for alert in one.alerts}) == 2


WALL = said("The harbour wall gives way.")


@pytest.mark.parametrize(
    ("asked", "updates", "rule", "saw"),
    [
        (of("wall -harbour"), [WALL], "query", "-harbour"),
        (of('"wall harbour"'), [WALL], "query", '"wall harbour"'),
        (of("wall", entities=("ferry",)), [WALL], "names", "ferry"),
        (of("", story="s7"), [WALL], "story", "the article is in story s1"),
        (of("wall", created_at=after(hours=1)), [WALL], "before_track", "filed at 2031-05-04 12:00:00 UTC, the track"),
        (of("wall", paused=True), [WALL], "paused", "the track is paused"),
        (of("wall", muted=Muted(stories=("s1",))), [WALL], "muted", "the story or article is muted"),
        (of("wall"), [replace(WALL, article=replace(WALL.article, lane=Lane.BACKFILL))], "backfill", "the article is"),
        (of("wall"), [said("A wall.", covers=coverage("Quay", new=False))], "not_independent", ""),
        (of("wall", fires=Fires(at_sources=(9,))), [WALL], "too_few_sources", "2 of 9 sources"),
        (of("wall"), [WALL, WALL], "already_fired", "each fact was reported before"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_the_first_rule_that_stopped_it_is_named(asked: Track, updates: list[StoryUpdate], rule: str, saw: str) -> None:
    one = explained(asked, *updates)
    assert stopped(one) == rule
    assert one.stopped is not None
    assert one.stopped.saw.startswith(saw)


def test_a_followed_story_needs_no_further_answer() -> None:
    one = explained(of("wall"), said("The wall gives way.", by="Tarn Post"), said("Ferries stop."))
    assert len(one.alerts) == 1
    assert ("followed", "an earlier article of the story answered the query", True) in one.checks
    assert one.checks[0] == ("query", "wall", False)


def test_a_source_that_moved_with_its_article_is_told() -> None:
    first = said("The wall gives way.")
    moved = said("The wall gives way.", story_id="s2", filed_at=after(hours=1))
    moved = replace(moved, filing=replace(moved.filing, moved_from="s1"), counted_before=True, article=first.article)
    one = explained(of("wall"), first, moved)
    assert stopped(one) == "already_fired"
    assert one.checks[-1] == ("already_fired", "there is nothing new", False)


def test_of_several_facts_one_that_passes_is_enough() -> None:
    one = explained(of("wall", fires=Fires(new_source=True, at_sources=(9,))), WALL)
    assert len(one.alerts) == 1
    assert ("too_few_sources", "2 of 9 sources", False) in one.checks


def test_a_track_of_an_older_version_is_explained() -> None:
    older = replace(track("t1", words=("wall", "ferry")), created_at=after(hours=-1))
    assert stopped(explained(older, update(terms=("wall",)))) == "query"
    assert explained(older, update(terms=("ferry", "wall"))).alerts


def test_the_time_is_that_of_the_log() -> None:
    one = explained(of("wall"), WALL)
    assert (one.at, one.kind) == (NOON, "joined")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('wall "harbour bridge" -football', 'wall "harbour bridge" -football'),
        ("title:(a OR bri*) sources:>=3", "(title:a OR title:bri*) sources:[3 TO *}"),
        ('person:"Jane Doe" section:*', 'person:"Jane Doe" section:*'),
        ("a b OR c", "(a b) OR c"),
        ("publisher:herald.example published:>now-2d", "publisher:herald.example published:[now-48h TO *}"),
    ],
)
def test_a_query_is_written_as_people_type_it(typed: str, text: str) -> None:
    assert query.shown(query.parse(typed)) == text
