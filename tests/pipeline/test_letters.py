"""Dead letters on a real Kafka: inputs that end the process, floods of refusals, and sending again by command."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from connectors.cli.invoke import run
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import RawArticle
from streams.contract.stage import Stage
from tests.fiction import raw
from tests.pipeline import toy
from tests.support.lab import Lab, MakeLab, articles, named, numbers, of_publishers, right_numbers, stored

MOST_ENDS = 12  # more is a crash loop
DONE_SECONDS = 300.0  # machines that run tests are shared


def run_until_done(labs: Sequence[Lab]) -> list[int]:
    """Start the processes again whenever they end, as their supervisor does; how often each one ended."""
    ended = [0 for _ in labs]
    for one in labs:
        one.start()

    def is_done(number: int, one: Lab) -> bool:
        assert one.process is not None
        if one.process.poll() is None:
            return one.lag() == 0
        ended[number] += 1
        one.start()
        return False

    left = dict(enumerate(labs))
    deadline = time.monotonic() + DONE_SECONDS
    while left and max(ended) < MOST_ENDS:
        assert time.monotonic() < deadline, [(ended, one.lag(), one.log.read_text()[-3000:]) for one in left.values()]
        left = {number: one for number, one in left.items() if not is_done(number, one)}
        time.sleep(0.05)
    return ended


def passed(one: Lab) -> list[str]:
    if one.stage is toy.store:
        return stored(one) if (one.folder / "stored").exists() else []
    return [track.id for track in one.out()]


# --- inputs that end the process ----------------------------------------------------------------------------------


def test_only_the_message_of_a_crash_loop_is_a_dead_letter(lab: MakeLab) -> None:
    deadly = {toy.number: named("exits"), toy.each: named("segfaults"), toy.store: named("exits")}
    labs = [lab(stage) for stage in deadly]
    for one in labs:
        one.feed([*articles(10), deadly[one.stage], *articles(10, begin=10)])
    # the first death with several in hand accuses nobody: the suspects are tried alone
    assert [3 <= deaths <= 4 for deaths in run_until_done(labs)] == [True, True, True]
    for one in labs:
        [letter] = one.dead()
        id_ = deadly[one.stage].id
        assert (letter.headers["partition"], letter.headers["offset"]) == tuple(map(str, one.places()[id_]))
        assert decode(letter.value, RawArticle).id == id_
        assert letter.headers["error"] == "Deadly"
        assert letter.headers["reason"].startswith("ended the process 3 times")
        assert set(passed(one)) == set(one.places()) - {id_}
    assert numbers(labs[0]) == right_numbers(labs[0], without=[deadly[toy.number]])


def test_repeated_kills_make_no_dead_letters(lab: MakeLab) -> None:
    labs = [lab(stage) for stage in (toy.each, toy.store)]
    for one in labs:
        one.feed(articles(200))
    for _ in range(3):
        for one in labs:
            one.start()
        for one in labs:
            done = len(passed(one))
            one.until(lambda one=one, done=done: len(passed(one)) > done or one.lag() == 0)  # type: ignore[misc]
            one.kill()
    run_until_done(labs)
    for one in labs:
        assert one.dead() == []
        assert set(passed(one)) == set(one.places())


def test_a_rejected_dead_letter_makes_no_other_one(lab: MakeLab) -> None:
    """It would be read by the same stage, refused alike and written again, for ever."""
    one = lab(toy.letters)
    with Producer(one.settings) as producer:
        for number, reason in enumerate(("good", "reject", "good")):
            said = [("letter", f"{reason}-{number}".encode()), ("reason", reason.encode())]
            producer.confirm(producer.start_again(topics.DEADLETTERS, b"k", b"bytes", said, None))
    one.start()
    one.until_done()
    assert len(one.dead()) == 3
    assert stored(one) == ["good-0", "good-2"]
    [line] = [line for line in one.log.read_text().splitlines() if "dead letter left out" in line]
    assert '"letter": "reject-1"' in line


# --- floods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "origin", "reason"),
    [(toy.number, "", "a list of links"), (toy.each, "", "a list of links"), (toy.number, "bug", "KeyError: 'bug'")],
)
def test_rejections_of_many_publishers_pause_the_stage(lab: MakeLab, stage: Stage, origin: str, reason: str) -> None:
    one = lab(stage, flood_messages=40)
    flood = of_publishers(40, publishers=8, origin=origin)
    one.feed(flood)
    one.start()
    one.until(lambda: any("paused" in line or "refused" in line for line in one.health()[1]))
    status, [problem] = one.health()
    assert status == 503
    assert "publishers" in problem
    assert reason in problem
    assert "STORYWATCH_FLOOD_PERCENT" in problem
    dead = len(one.dead())
    assert 0 < dead < 20
    assert sum(one.committed().values()) <= dead
    (one.folder / "mended").touch()  # outside of the process, as a mapping or a file may be
    one.until_done()
    assert len(one.dead()) == dead
    assert len(set(passed(one))) == 40 - dead
    one.until(lambda: one.health() == (200, []))


def test_one_bad_publisher_pauses_nothing(lab: MakeLab) -> None:
    one = lab(toy.each, flood_messages=40)
    one.feed([*of_publishers(120, publishers=1), *articles(5)])
    one.start()
    one.until_done()
    assert len(one.dead()) == 120
    assert len(passed(one)) == 5


def test_an_operator_can_lift_the_limit(lab: MakeLab) -> None:
    one = lab(toy.each, flood_messages=40, flood_percent=100)
    one.feed(of_publishers(60, publishers=8))
    one.start()
    one.until_done()
    assert len(one.dead()) == 60


# --- sending again ------------------------------------------------------------------------------------------------


def test_a_replay_passes_or_stays_with_a_newer_reason(
    lab: MakeLab, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = lab(toy.number)
    for name, value in one.environment().items():
        monkeypatch.setenv(name, value)

    def command(*arguments: str) -> Any:
        assert run(["deadletters", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    hopeless, unlucky = named("reject"), raw("unlucky", url="https://tarn.example/1")
    one.feed([*articles(5), hopeless, unlucky])
    one.start()
    one.until_done()
    assert {letter["source"] for letter in command()} == {"", "tarn.example"}
    (one.folder / "mended").touch()
    assert len(command("replay", "--all")["sent"]) == 2
    one.until_done()
    [left] = command()
    assert (left["state"], left["attempts"], left["reason"]) == ("refused", 1, "a list of links")
    [gone] = command("list", "--resolved")
    assert (gone["source"], gone["state"], gone["resolved"]["by"]) == ("tarn.example", "passed", "number")
    assert unlucky.id in passed(one)
    assert len(one.dead()) == 3
