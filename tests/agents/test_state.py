"""dedup, story, match and decide: the effects of a message, of its replay, and after a restart."""

import asyncio
import gc
from typing import Any

import pytest

from streams.agents.decide import decide
from streams.agents.dedup import dedup
from streams.agents.match import match
from streams.agents.story import story
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.messages import Relation, digest
from streams.contract.stage import OrderedStage
from tests.agents.doubles import FixedTracks, at, kept, rebuilt, sent, tools
from tests.fiction import HOOK, after, alert, candidate, clean, coverage, tagged, track, update

TRACKS = FixedTracks(track())
LONG = " ".join(
    f"In {year} the harbour of Dunmoor saw {year * 7} ships and {year * 3} crews." for year in range(1800, 1830)
)
CASES: list[tuple[OrderedStage, Any]] = [
    (dedup, clean(body=LONG)),
    (story, tagged()),
    (match, update()),
    (decide, candidate()),
]


def called(value: object) -> str:
    return value.name if isinstance(value, OrderedStage) else ""


def given() -> Services:
    return tools(tracks=TRACKS)


@pytest.mark.parametrize(("stage", "message"), CASES, ids=called)
def test_the_same_message_at_the_same_offset_sends_the_same(stage: OrderedStage, message: Any) -> None:
    """A crash between row and acknowledgement replays it, and what was not sent before is sent now."""
    state = kept(stage, given())
    first = stage.handle(message, state, at(5))
    assert first.messages
    for _ in range(2):
        assert stage.handle(message, state, at(5)).messages == first.messages


@pytest.mark.parametrize(("stage", "message"), CASES, ids=called)
def test_a_replay_after_a_restart_sends_the_same_messages(stage: OrderedStage, message: Any) -> None:
    first = stage.handle(message, kept(stage, given()), at(5))
    again = stage.handle(message, rebuilt(stage, given(), first.rows), at(5))
    assert sent(again) == sent(first)


@pytest.mark.parametrize(("stage", "message"), [case for case in CASES if case[0] is not match], ids=called)
def test_the_same_fact_at_a_later_offset_has_no_effects(stage: OrderedStage, message: Any) -> None:
    """A replayed earlier stage sends its messages again; match repeats its candidates, and decide recognises them."""
    first = stage.handle(message, kept(stage, given()), at(5))
    again = stage.handle(message, rebuilt(stage, given(), first.rows), at(6))
    assert not again.messages
    assert not again.rows
    assert again.outcome != first.outcome


@pytest.mark.parametrize(("stage", "message"), [case for case in CASES if case[0] is not match], ids=called)
def test_a_stage_that_decides_keeps_a_row_for_what_it_decided(stage: OrderedStage, message: Any) -> None:
    assert stage.handle(message, kept(stage, given()), at(5)).rows


@pytest.mark.parametrize(("stage", "message"), CASES, ids=called)
def test_a_state_that_goes_leaves_no_garbage(stage: OrderedStage, message: Any) -> None:
    """The garbage collector skips states (`streams.runtime.state.partition_states`), so they hold no cycles."""
    rows = stage.handle(message, kept(stage, given()), at(5)).rows
    gc.collect()
    gc.disable()
    try:
        state = rebuilt(stage, given(), rows)
        stage.handle(message, state, at(6, seconds=60 * 86_400))  # by then the first has left every window
        del state
        assert gc.collect() == 0
    finally:
        gc.enable()


# --- dedup --------------------------------------------------------------------------------------------------------


def test_dedup_tells_a_copy() -> None:
    state = kept(dedup, given())
    dedup.handle(clean("a1", body=LONG), state, at(1))
    effects = dedup.handle(clean("a2", body=LONG, by="Tarn Post"), state, at(2))
    [(topic, copy)] = effects.messages
    assert topic is topics.UNIQUE
    assert (copy.copy.relation, copy.copy.of) == (Relation.EXACT, "a1")


# --- story --------------------------------------------------------------------------------------------------------


def test_story_files_the_article_and_tells_of_the_story() -> None:
    effects = story.handle(tagged(), kept(story, given()), at(8, seconds=30))
    (first, filed), (second, told) = effects.messages
    assert (first, second) == (topics.FILED, topics.UPDATES)
    assert filed.filing.story == told.story.id
    assert filed.version == told.version == 8
    assert (effects.outcome, told.kind) == ("created", "created")
    assert told.filed_at == after(seconds=30)


# --- match --------------------------------------------------------------------------------------------------------


def test_match_waits_for_the_tracks_that_were_made_before() -> None:
    tracks = FixedTracks()
    assert match.prepare is not None
    waiting: Any = match.prepare(tools(tracks=tracks))
    asyncio.run(waiting)
    assert tracks.waited == 1


def test_match_sends_a_candidate_for_each_current_track() -> None:
    tracks = FixedTracks(track("t1"))
    state = kept(match, tools(tracks=tracks))
    assert [one.track.id for one in sent(match.handle(update(), state, at(1)))] == ["t1"]
    tracks.known["t2"] = track("t2")
    assert [one.track.id for one in sent(match.handle(update(by="Tarn Post"), state, at(2)))] == ["t1", "t2"]
    tracks.known.clear()
    effects = match.handle(update(by="Calder Mail"), state, at(3))
    assert (sent(effects), effects.outcome) == ([], "no_track")


def test_match_sends_no_secret() -> None:
    [(topic, found)] = match.handle(update(), kept(match, given()), at(1)).messages
    assert topic is topics.CANDIDATES
    assert (found.track.webhook.secret, found.track.webhook.url) == ("", "https://desk.example/")
    assert found.track.webhook.receiver == digest("receiver", HOOK)


# --- decide -------------------------------------------------------------------------------------------------------


def test_decide_sends_the_alert_or_says_why_there_is_none() -> None:
    state = kept(decide, given())
    fired = decide.handle(candidate(), state, at(1, seconds=90))
    [(topic, made)] = fired.messages
    assert topic is topics.ALERTS
    assert (fired.outcome, made.made_at) == ("fired", after(seconds=90))
    assert list(fired.rows) == [made.id] != [alert().id]
    known = decide.handle(candidate(about=update(covers=coverage(new=False))), state, at(2))
    assert (sent(known), known.outcome) == ([], "not_independent")
