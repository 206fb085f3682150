"""Tracks on linked stories: they hear of a story of another language once it is linked, and count sources over both."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.ledger.rows import LedgerRow
from streams.alerts.match import FollowedStory, QueryFollows
from streams.contract.messages import Alert, Candidate, Conditions, Fires, StoryLink, StoryUpdate, Track
from streams.stories.links.told import first_update, told
from tests.fiction import after, coverage, filed, source, story_link, track, update

LINKED = track(linked=True)
ASKING = track("q", words=("wall",), linked=True)
DEAF = track("deaf")


class Desk:
    """`match` and `decide` over stories s1 (English) and s2 (German), each with a partition of its own."""

    def __init__(self, *tracks: Track) -> None:
        self.tracks = Catalogue(tracks)
        self.follows = {"s0": QueryFollows(), "s1": QueryFollows(), "s2": QueryFollows(), "s3": QueryFollows()}
        self.rows: dict[str, dict[str, FollowedStory | None]] = {"s0": {}, "s1": {}, "s2": {}, "s3": {}}
        self.ledger = AlertLedger()
        self.facts: dict[str, LedgerRow | None] = {}
        self.offset = 0
        self.candidates: list[tuple[Candidate, int]] = []

    def hears(self, *updates: StoryUpdate) -> list[Alert]:
        alerts: list[Alert] = []
        for one in updates:
            self.offset += 1
            story = one.story.id
            matched = self.follows[story].match(one, self.offset, self.tracks)
            self.rows[story] |= matched.rows
            for candidate in matched.candidates:
                self.offset += 1
                self.candidates.append((candidate, self.offset))
                decision = self.ledger.decide(candidate, self.offset, after(hours=1))
                self.facts |= decision.rows
                alerts += decision.alerts
            if matched.followers is not None:
                alerts += self.hears(matched.followers)
        return alerts

    def restart(self) -> None:
        """Build the followers again from their rows."""
        for story, rows in self.rows.items():
            self.follows[story] = QueryFollows()
            for key, row in rows.items():
                if row is not None:
                    self.follows[story].restore(key, row)
            self.follows[story].build_indexes()
        self.ledger = AlertLedger()
        for key, kept in self.facts.items():
            if kept is not None:
                self.ledger.restore(key, kept)
        self.ledger.build_indexes()


def german(name: str = "Kai Zeitung", names: tuple[str, ...] = ("Kai Zeitung",)) -> StoryUpdate:
    about = update("s2", by=name, names=names, covers=coverage(name), terms=("mauer",))
    return replace(about, article=replace(about.article, language="de"), filing=replace(about.filing, story="s2"))


def linking(first: StoryUpdate | None = None, state: str = "linked") -> list[StoryUpdate]:
    link: StoryLink = replace(story_link(), state=state)
    return list(told(link, first))


def told_of(alerts: Sequence[Alert]) -> list[tuple[str, str, int]]:
    return [(one.track, one.source.name, one.sources) for one in alerts]


@pytest.mark.parametrize("tracked", [LINKED, ASKING])
def test_the_article_that_began_the_linked_story_fires(tracked: Track) -> None:
    desk = Desk(tracked, DEAF if tracked is LINKED else track("deaf", words=("wall",)))
    desk.hears(update())
    [alert] = desk.hears(*linking(german()))
    assert told_of([alert]) == [(tracked.id, "Kai Zeitung", 3)]
    assert alert.story.id == "s2"
    assert "linked with story s1" in alert.reason


def test_later_sources_of_the_linked_story_fire_after_a_restart() -> None:
    desk = Desk(LINKED)
    desk.hears(update(), *linking(german()))
    desk.restart()
    assert told_of(desk.hears(german("Hafenbote", ("Kai Zeitung", "Hafenbote")))) == [("t1", "Hafenbote", 4)]


def test_a_source_that_has_both_stories_counts_once() -> None:
    desk = Desk(LINKED)
    desk.hears(update())
    assert desk.hears(*linking(german("Dunmoor Echo", ("Dunmoor Echo",)))) == []
    assert told_of(desk.hears(german("Hafenbote", ("Dunmoor Echo", "Hafenbote")))) == [("t1", "Hafenbote", 3)]


def test_sources_that_the_linked_story_had_do_not_fire() -> None:
    desk = Desk(LINKED)
    desk.hears(update(), *linking(german()))
    again = update(by="Kai Zeitung", names=("Tarn Post", "Dunmoor Echo", "Kai Zeitung"), covers=coverage("Kai Zeitung"))
    assert desk.hears(again) == []


def test_a_number_of_sources_is_reached_over_both_stories() -> None:
    desk = Desk(track(linked=True, fires=Fires(at_sources=(3,))))
    assert desk.hears(update()) == []
    [alert] = desk.hears(*linking(german()))
    assert (alert.condition, alert.sources) == ("sources >= 3", 3)


def test_least_sources_are_counted_over_both_stories() -> None:
    desk = Desk(track(linked=True, conditions=Conditions(least_sources=3)))
    assert desk.hears(update()) == []
    assert len(desk.hears(*linking(german()))) == 1


def test_the_first_report_in_another_language_fires() -> None:
    desk = Desk(track(linked=True, fires=Fires(first_languages=("de",))))
    assert desk.hears(update()) == []
    [alert] = desk.hears(*linking(german()))
    assert alert.condition == "first language: de"
    assert desk.hears(german("Hafenbote", ("Kai Zeitung", "Hafenbote"))) == []


def test_tracks_on_the_later_story_follow_the_earlier_one() -> None:
    desk = Desk(track("late", story="s2", linked=True))
    assert told_of(desk.hears(german(), *linking(german()))) == [("late", "Kai Zeitung", 1)]
    fresh = update(by="Quay Mail", names=("Tarn Post", "Quay Mail"), covers=coverage("Quay Mail"))
    assert told_of(desk.hears(fresh)) == [("late", "Quay Mail", 3)]


def test_a_link_that_a_person_makes_has_no_first_article() -> None:
    desk = Desk(LINKED)
    desk.hears(update())
    assert desk.hears(*linking(None)) == []
    assert told_of(desk.hears(german())) == [("t1", "Kai Zeitung", 3)]


def test_a_cut_link_ends_it() -> None:
    desk = Desk(LINKED)
    desk.hears(update(), *linking(german()), *linking(None, "cut"))
    assert desk.hears(german("Hafenbote", ("Kai Zeitung", "Hafenbote"))) == []
    desk.restart()
    assert desk.hears(german("Inselblatt", ("Kai Zeitung", "Inselblatt"))) == []


@pytest.mark.parametrize("restarts", [False, True])
def test_sources_are_counted_over_links_after_a_merge(restarts: bool) -> None:
    """The followed story becomes part of s0: sources of s0 and of the linked story count together."""
    desk = Desk(LINKED)
    desk.hears(update(), *linking(german()))
    kept = absorbing("Quay Mail", ("Tarn Post", "Dunmoor Echo", "Quay Mail"))
    assert told_of(desk.hears(replace(kept, followers=("t1",))) + desk.hears(kept)) == [("t1", "Quay Mail", 4)]
    if restarts:
        desk.restart()
    assert desk.hears(german("Quay Mail", ("Kai Zeitung", "Quay Mail"))) == []
    assert told_of(desk.hears(german("Hafenbote", ("Kai Zeitung", "Hafenbote")))) == [("t1", "Hafenbote", 5)]
    names = ("Tarn Post", "Dunmoor Echo", "Quay Mail", "Hafenbote")
    assert desk.hears(absorbing("Hafenbote", names)) == []
    again = [one for of, offset in desk.candidates for one in desk.ledger.decide(of, offset, after(hours=1)).alerts]
    assert [one.source.name for one in again] == ["Dunmoor Echo", "Kai Zeitung", "Quay Mail", "Hafenbote"]


def test_a_number_reached_before_a_merge_is_not_told_again() -> None:
    desk = Desk(track(linked=True, fires=Fires(at_sources=(3,))))
    assert len(desk.hears(update(), *linking(german()))) == 1
    kept = absorbing("Quay Mail", ("Tarn Post", "Dunmoor Echo", "Quay Mail"))
    desk.hears(replace(kept, followers=("t1",)))
    assert desk.hears(kept) == []
    assert desk.hears(german("Hafenbote", ("Kai Zeitung", "Hafenbote"))) == []


def absorbing(name: str, names: tuple[str, ...]) -> StoryUpdate:
    """An update of the older story s0, which s1 has become part of."""
    about = update("s0", by=name, names=names, covers=coverage(name))
    return replace(about, story=replace(about.story, absorbed=("s1",)))


def test_links_are_followed_one_step_far() -> None:
    desk = Desk(LINKED)
    desk.hears(update(), *linking(german()))
    onward = replace(story_link(), id="l2", stories=("s2", "s3"), languages=("de", "fr"))
    french = replace(german("Le Quai", ("Le Quai",)), story=replace(german().story, id="s3"))
    assert desk.hears(*told(onward, replace(french, filing=replace(french.filing, story="s3")))) == []


def test_a_replay_decides_alike() -> None:
    desk = Desk(LINKED)
    first = desk.hears(update(), *linking(german()), german("Hafenbote", ("Kai Zeitung", "Hafenbote")))
    again = [one for of, offset in desk.candidates for one in desk.ledger.decide(of, offset, after(hours=1)).alerts]
    assert again == first


def test_a_message_twice_tells_nothing_twice() -> None:
    desk = Desk(LINKED)
    assert len(desk.hears(update(), *linking(german()))) == 2
    assert desk.hears(*linking(german())) == []


def test_the_first_update_is_that_of_the_article() -> None:
    about = first_update(filed(), after(minutes=1))
    assert about.story.id == filed().filing.story
    assert (about.article.id, about.story.sources) == ("a1", (source("Dunmoor Echo"),))
    assert about.filed_at == after(minutes=1)
