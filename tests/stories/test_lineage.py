"""People merge, split, move, rename and pin stories: what follows, what is refused, and what a restart changes."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from streams.contract.messages import Fires
from streams.contract.messages.corrections import CorrectionAction
from streams.stories.lineage import end_of
from tests.stories import fiction
from tests.stories.desks import HOUR, Two, Watched, asked, said, track, update_of
from tests.stories.fiction import START, Desk, story_of, tagged


def test_a_merge_keeps_the_older_story_and_counts_anew() -> None:
    two = Two()
    result = two.file(asked("merge", two.fire, into=two.election))
    assert said(result).state == "applied"
    gone, kept = update_of(result, two.election), update_of(result, two.fire)
    assert (gone.moved_to, gone.story.articles) == (two.fire, 0)
    assert kept.story.articles == 4
    assert [source.name for source in kept.story.sources] == ["Gazette", "Courier", "Herald"]
    assert kept.story.title == fiction.FIRE_AGAIN[0] or kept.story.title == fiction.FIRE[0]
    assert kept.story.absorbed == (two.election,)
    assert (kept.story.history[-1].what, kept.story.history[-1].by) == ("merged", "anna")
    assert kept.refiled is not None
    assert (kept.refiled.fact, kept.refiled.from_, kept.refiled.into) == ("story.merged", two.election, two.fire)
    assert not kept.coverage.new
    assert {one.article.id: one.filing.story for one in result.refiled} == {"3": two.fire, "4": two.fire}
    later = two.file(tagged(fiction.ELECTION, "5", by="post", at=START + 3 * HOUR))
    assert story_of(later) == two.fire


def test_a_source_of_both_stories_counts_once_after_a_merge() -> None:
    two = Two()
    two.file(asked("merge", two.election, into=two.fire))
    held = two.desk.stories.find(two.fire)
    assert held is not None
    assert not held.rows["3"].coverage.new
    assert held.rows["4"].coverage.new


def test_a_chain_of_fifty_merges_ends_in_the_oldest_story() -> None:
    desk = Desk()
    ids = [
        story_of(desk.file(tagged((f"{chr(97 + n // 26) * 3}{chr(97 + n % 26) * 4}ol", ""), f"a{n}")))
        for n in range(52)
    ]
    assert len(set(ids)) == len(ids)
    for n in range(50, -1, -1):
        result = desk.file(asked("merge", ids[n + 1], into=ids[n], id_=f"c{n}"))
        assert said(result).state == "applied"
    desk.restart()
    assert {end_of(one, desk.stories.lineage) for one in ids} == {ids[0]}
    held = desk.stories.find(ids[0])
    assert held is not None
    assert set(held.snapshot().absorbed) == set(ids[1:])
    again = said(desk.file(asked("merge", ids[51], into=ids[0], id_="late")))
    assert (again.state, again.outcome) == ("refused", f"story {ids[51]} became part of story {ids[0]}")


def test_a_split_makes_a_story_that_stays_apart() -> None:
    two = Two()
    result = two.file(asked("split", two.fire, articles=["2"]))
    other = said(result).into
    assert other not in (two.fire, two.election)
    assert (two.story("1"), two.story("2")) == (two.fire, other)
    left = update_of(result, two.fire)
    assert left.left is not None
    assert (left.left.id, left.left_to, left.story.articles) == ("2", other, 1)
    assert update_of(result, other).story.title == fiction.FIRE_AGAIN[0]
    assert two.desk.stories.lineage[two.fire].apart == (other,)
    none_left = said(two.file(asked("split", two.fire, articles=["1"], id_="c2")))
    assert none_left.state == "refused"
    assert "nothing would be left" in none_left.outcome


def test_of_two_people_at_once_the_later_one_is_refused() -> None:
    two = Two()
    assert said(two.file(asked("move", two.fire, into=two.election, articles=["2"], by="anna"))).state == "applied"
    late = said(two.file(asked("split", two.fire, articles=["2"], id_="c2", by="ben")))
    assert (late.state, late.outcome) == ("refused", f"article 2 is in story {two.election} now, not in {two.fire}")
    two.file(asked("merge", two.election, into=two.fire, id_="c3"))
    gone = said(two.file(asked("rename", two.election, title="The mayor", id_="c4")))
    assert gone.outcome == f"story {two.election} became part of story {two.fire}"
    closed = said(two.file(asked("rename", "nowhere", title="The mayor", id_="c5")))
    assert closed.state == "refused"
    assert "closed" in closed.outcome


def test_a_title_by_hand_stays_until_it_is_undone() -> None:
    two = Two()
    named = two.file(asked("rename", two.fire, title=" The  cannery "))
    assert named.changes[0].story.title == "The cannery"
    two.desk.restart()
    third = two.file(tagged(fiction.FIRE, "5", by="post"))
    assert third.update is not None
    assert third.update.story.title == "The cannery"
    back = two.file(asked("undo", two.fire, undoes=said(named), id_="c2"))
    assert back.changes[0].story.title == fiction.FIRE[0]
    assert [one.state for one in back.corrections] == ["applied", "applied"]
    assert back.corrections[1].undone == "c2"
    assert said(two.file(asked("undo", two.fire, undoes=said(named), id_="c3"))).state == "refused"


@pytest.mark.parametrize("action", ["merge", "split", "move"])
def test_an_undo_restores_who_is_in_which_story(action: CorrectionAction) -> None:
    two = Two()
    before = {key: two.story(key) for key in "1234"}
    articles = [] if action == "merge" else ["2"]
    into = "" if action == "split" else two.election
    done = said(two.file(asked(action, two.fire, into=into, articles=articles)))
    assert {key: two.story(key) for key in "1234"} != before
    undone = two.file(asked("undo", two.fire, undoes=done, id_="c2"))
    assert said(undone).state == "applied", said(undone).outcome
    assert {key: two.story(key) for key in "1234"} == before
    two.desk.restart()
    assert {key: two.story(key) for key in "1234"} == before
    assert end_of(two.election, two.desk.stories.lineage) == two.election
    assert said(two.file(asked("undo", two.fire, undoes=done, id_="c3"))).state == "refused"


def test_pinned_articles_are_known_after_a_restart() -> None:
    two = Two()
    pinned = said(two.file(asked("pin", two.fire)))
    assert set(pinned.articles) == {"1", "2"}
    two.desk.restart()
    held = two.desk.stories.find(two.fire)
    assert held is not None
    assert all(row.pinned for row in held.rows.values())
    two.file(asked("undo", two.fire, undoes=pinned, id_="c2"))
    assert not any(row.pinned for row in held.rows.values())


@pytest.mark.parametrize("stored", range(8))
def test_a_correction_stored_in_part_is_decided_alike(stored: int) -> None:
    """A crash may leave any number of the rows of the last event, in their order."""
    two = Two()
    before = two.rows()
    correction = asked("merge", two.fire, into=two.election)
    first = two.file(correction)
    after = two.rows()
    kept = dict(list(first.rows.items())[:stored])
    two.desk.rows = {**before, **{key: after[key] for key in kept}}
    two.desk.restart()
    again = two.desk.file_at(correction, two.desk.offset)
    if stored < len(first.rows):
        assert (again.changes, again.refiled, again.corrections) == (first.changes, first.refiled, first.corrections)
    assert two.rows() == after


def test_a_replay_from_before_a_merge_changes_nothing() -> None:
    two = Two()
    first = list(two.log)
    two.file(asked("merge", two.fire, into=two.election))
    two.file(tagged(fiction.FIRE, "5", by="post", at=START + 3 * HOUR))
    rows = two.rows()
    two.desk.restart()
    for offset, article in enumerate(first, 1):
        again = two.desk.file_at(article, offset)
        assert again.filed is not None
        assert again.filed.filing.story in (two.fire, two.election)
    assert two.desk.file_at(two.log[4], 5).outcome == "repeated"
    assert two.rows() == rows


def test_an_article_that_comes_again_does_not_revive_a_redirect() -> None:
    two = Two()
    two.file(asked("merge", two.fire, into=two.election))
    late = START + timedelta(days=40)
    two.file(tagged(fiction.VISIT, "9", at=late))
    two.desk.restart()
    came = two.file(tagged(fiction.ELECTION, "3", by="courier", at=late))
    assert story_of(came) != two.election


def test_tracks_follow_a_merge_and_nothing_fires_twice() -> None:
    both = track("both", query="cannery OR mayoral")
    watched = Watched(both, track("mayor", query="mayoral"))
    by_id = track("id", story=watched.election)
    merges = track("merges", story=watched.election, fires=Fires(merges=True))
    watched.tracks.update({one.id: one for one in (by_id, merges)})
    before = len(watched.alerts)
    watched.file(asked("merge", watched.election, into=watched.fire))
    assert [(one.track, one.condition) for one in watched.alerts[before:]] == [("merges", "merged")]
    again = tagged(fiction.FIRE_AGAIN, "6", by="herald", at=START + 3 * HOUR)
    assert story_of(watched.file(again)) == watched.fire
    assert len(watched.alerts) == before + 1, "the source had fired in the story that became part of this one"
    watched.file(tagged(fiction.FIRE, "7", by="post", at=START + 3 * HOUR))
    assert {one.track for one in watched.alerts[before + 1 :]} == {"both", "mayor", "id"}


def test_a_number_of_sources_reached_before_a_merge_fires_once() -> None:
    watched = Watched(track("t", query="mayoral OR cannery", fires=Fires(at_sources=(2,))))
    assert len(watched.alerts) == 2
    watched.file(asked("merge", watched.election, into=watched.fire))
    watched.file(tagged(fiction.FIRE, "7", by="post", at=START + 3 * HOUR))
    assert len(watched.alerts) == 2


@pytest.mark.parametrize(("minutes", "fires"), [(5, 1), (90, 0)])
def test_a_move_fires_only_within_minutes_of_the_arrival(minutes: int, fires: int) -> None:
    watched = Watched()
    post = tagged((fiction.VISIT[0], fiction.VISIT[1]), "8", by="post", at=START + 3 * HOUR)
    visit = story_of(watched.file(post))
    watched.tracks.update({"old": track("old", story=visit), "new": track("new", story=watched.fire)})
    watched.file(tagged(fiction.VISIT, "9", by="herald", at=START + 3 * HOUR))
    assert watched.fired("old") == [("new source", "Herald")]
    moved = asked("move", visit, into=watched.fire, articles=["9"])
    late = replace(moved, article=replace(moved.article, fetched_at=START + 3 * HOUR + timedelta(minutes=minutes)))
    watched.file(late)
    assert len(watched.fired("new")) == fires
    assert watched.fired("old")[1:] == [("correction", "Herald")]
