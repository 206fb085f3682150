"""Dead letters on a real Kafka: inputs that end the process, floods of refusals, and sending again by command."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.run import run
from streams import topics
from streams.deadletters import letter_id
from streams.messages import RawArticle
from streams.stage import Stage
from tests.fiction import raw
from tests.pipeline import toy
from tests.pipeline.test_delivery import Lab, MakeLab, articles, lab, named, numbers, right_numbers, stored

__all__ = ["lab"]  # the fixture

MOST_STARTS = 12


def run_until_done(one: Lab) -> int:
    """Start the process again whenever it ends, as its supervisor does; how often it ended."""
    for ended in range(MOST_STARTS):
        one.start()
        assert one.process is not None
        process = one.process
        one.until(lambda process=process: process.poll() is not None or one.lag() == 0)  # type: ignore[misc]
        if process.poll() is None:
            return ended
    raise AssertionError(one.log.read_text()[-3000:])


def passed(one: Lab) -> list[str]:
    return stored(one) if one.stage is toy.store else [track.id for track in one.out()]


# --- inputs that end the process ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "how"), [(toy.number, "exits"), (toy.each, "segfaults"), (toy.store, "exits"), (toy.number, "bug")]
)
def test_what_ends_its_process_again_and_again_becomes_a_dead_letter_and_nobody_beside_it(
    lab: MakeLab, stage: Stage, how: str
) -> None:
    one = lab(stage)
    deadly = named(how)
    one.feed([*articles(10), deadly, *articles(10, begin=10)])
    # the first death of several in hand accuses nobody: the suspects are tried alone
    assert run_until_done(one) in (3, 4)
    [letter] = one.dead()
    source = next(record for record in one.records(topics.RAW) if record.offset == one.places()[deadly.id][1])
    assert (letter.key, letter.value) in {(record.key, record.value) for record in one.records(topics.RAW)}
    assert letter.headers["error"] == "Deadly"
    assert letter.headers["reason"].startswith("ended the process 3 times")
    assert ("KeyError" in letter.headers["reason"]) == (how == "bug")
    assert source is not None
    assert set(passed(one)) == set(one.places()) - {deadly.id}
    if stage is toy.number:
        assert numbers(one) == right_numbers(one, without=[deadly])


def test_a_worker_that_is_killed_again_and_again_makes_no_dead_letters(lab: MakeLab) -> None:
    labs = [lab(stage) for stage in (toy.number, toy.each, toy.store)]
    for one in labs:
        one.feed(articles(60))
    for _ in range(4):
        for one in labs:
            one.start()
        for one in labs:
            before = len(one.log.read_text())
            one.until(lambda one=one, before=before: one.health()[0] == 200 or one.lag() == 0)  # type: ignore[misc]
            one.kill()
    for one in labs:
        run_until_done(one)
        assert one.dead() == []
        assert set(passed(one)) == set(one.places())


# --- floods -------------------------------------------------------------------------------------------------------


def of_publishers(count: int, publishers: int) -> list[RawArticle]:
    """Articles that the toy refuses until it is mended."""
    return [raw(f"piece {n}", url=f"https://site{n % publishers}.example/{n}") for n in range(count)]


@pytest.mark.parametrize("stage", [toy.number, toy.each])
def test_a_flood_over_many_publishers_pauses_the_stage_until_the_cause_is_gone(lab: MakeLab, stage: Stage) -> None:
    one = lab(stage, flood_messages=40)
    flood = of_publishers(40, publishers=8)
    one.feed(flood)
    one.start()
    one.until(lambda: any("paused" in line or "refused" in line for line in one.health()[1]))
    status, [problem] = one.health()
    assert status == 503
    assert "publishers" in problem
    assert "a list of links" in problem
    assert "STORYWATCH_FLOOD_PERCENT" in problem
    dead = len(one.dead())
    assert 0 < dead < 20
    assert sum(one.committed().values()) <= dead
    (one.folder / "mended").touch()  # outside of the process, as a mapping or a file may be
    one.until_done()
    assert len(one.dead()) == dead
    assert len(set(passed(one))) == 40 - dead
    one.until(lambda: one.health() == (200, []))


def test_one_bad_publisher_stops_nobody(lab: MakeLab) -> None:
    one = lab(toy.each, flood_messages=40)
    one.feed([*of_publishers(120, publishers=1), *articles(5)])
    one.start()
    one.until_done()
    assert len(one.dead()) == 120
    assert len(passed(one)) == 5


def test_an_operator_can_let_a_flood_go(lab: MakeLab) -> None:
    one = lab(toy.each, flood_messages=40, flood_percent=100)
    one.feed(of_publishers(60, publishers=8))
    one.start()
    one.until_done()
    assert len(one.dead()) == 60
