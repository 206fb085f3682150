"""What `streams.runtime.delivery` promises, on a real Kafka: a small stage in a process of its own that is
made to fail.

Each test reads the broker's own account: the committed offsets, the topics' records.
"""

import time

from connectors.kafka.reader import KafkaRecord
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import RawArticle
from streams.contract.stage import Stage
from tests.pipeline import toy
from tests.support.lab import PARTITIONS, MakeLab, articles, named, numbers, right_numbers, stored

# --- crashes ------------------------------------------------------------------------------------------------------


def test_a_crash_acknowledges_nothing_of_its_message(lab: MakeLab) -> None:
    labs = [lab(stage) for stage in (toy.number, toy.each)]
    crash = named("crash-once")
    for one in labs:
        one.feed([*articles(15), crash, *articles(15, begin=15)])
        one.start()
    for one in labs:
        assert one.ended() != 0
        partition, offset = one.places()[crash.id]
        assert one.committed()[partition] <= offset
        assert "MemoryError" in one.log.read_text()
        one.start()
    for one in labs:
        one.until_done()
        assert {track.id for track in one.out()} == set(one.places())


def test_a_kill_changes_neither_state_nor_results(lab: MakeLab) -> None:
    one = lab(toy.number)
    for turn in range(2):
        one.feed(articles(100, begin=200 * turn))
        one.start()
        one.until_done()  # what is committed is not read again: from here on the rows alone know of it
        done = len(one.out())
        one.feed(articles(100, begin=200 * turn + 100))
        one.until(lambda done=done: len(one.out()) > done)  # type: ignore[misc]
        one.kill()
    one.start()
    one.until_done()
    assert numbers(one) == right_numbers(one)


# --- what can never pass ------------------------------------------------------------------------------------------


LARGEST = b"x" * (topics.MAX_RECORD_BYTES - 200)  # what a broker just takes; more, as a dead letter with its headers
ODD = b'{"origin": "07-odd.html"}'
NESTED = b'{"schema": 1, "x": ' + b"[" * 100_000


def test_what_can_never_pass_becomes_a_dead_letter(lab: MakeLab) -> None:
    labs = [lab(stage) for stage in (toy.number, toy.each, toy.store)]
    for one in labs:
        strays = [ODD, b"\xff\x00", None, NESTED, LARGEST]
        one.feed([*articles(3), named("reject"), *strays, *articles(3, begin=3)])
        one.start()
    for one in labs:
        one.until_done()
        dead = {record.value: record for record in one.dead()}
        assert len(one.dead()) == len(dead) == 6
        for source in one.records(topics.RAW):
            if source.value in dead:
                is_the_letter_of(source, dead[source.value], one.stage)
        told = {value: (one.headers["error"], one.headers["reason"]) for value, one in dead.items()}
        by_stage = "the mapping has no such field" if one.stage is toy.store else "a list of links"
        assert ("Rejected", by_stage) in told.values()
        assert told[None] == ("Undecodable", "the message has no value")
        assert told[NESTED] == ("Undecodable", "not a RawArticle message: nested too deeply")
        assert sorted(record.headers["origin"] for record in dead.values()) == ["", "", "", "", "07-odd.html", "reject"]
        passed = stored(one) if one.stage is toy.store else [track.id for track in one.out()]
        assert sorted(passed) == sorted(article.id for article in articles(6))


def test_an_unexpected_exception_fails_one_message(lab: MakeLab) -> None:
    """At once, in the same process, with the exception's name; and nothing of it is left in the state."""
    labs = [lab(stage) for stage in (toy.number, toy.each, toy.store)]
    bug = named("bug")
    for one in labs:
        one.feed([*articles(5), bug, *articles(5, begin=5)])
        one.start()
    for one in labs:
        one.until_done()
        [letter] = one.dead()
        assert decode(letter.value, RawArticle).id == bug.id
        assert (letter.headers["error"], letter.headers["reason"]) == ("Failed", "KeyError: 'bug'")
        passed = stored(one) if one.stage is toy.store else [track.id for track in one.out()]
        assert set(passed) == set(one.places()) - {bug.id}
    assert numbers(labs[0]) == right_numbers(labs[0], without=[bug])
    assert (labs[0].folder / "built").read_text().count("once more") == PARTITIONS, "no state is built again"


def is_the_letter_of(source: KafkaRecord, letter: KafkaRecord, stage: Stage) -> None:
    """The dead letter has the message's own bytes and says where it came from."""
    assert (letter.key, letter.value) == (source.key, source.value)
    assert letter.headers["stage"] == stage.name
    place = (letter.headers["topic"], letter.headers["partition"], letter.headers["offset"])
    assert place == (source.topic, str(source.partition), str(source.offset))
    assert letter.headers["version"]
    assert letter.headers["time"]


def test_a_rejected_message_leaves_nothing_in_the_state(lab: MakeLab) -> None:
    """Neither the rejected one nor the one whose result is too large to send takes a number, now or after a restart."""
    one = lab(toy.number)
    refused = [named("reject"), named("too-large")]
    one.feed([*articles(5), *refused, *articles(5, begin=5)])
    one.start()
    one.until_done()
    assert {record.headers["error"] for record in one.dead()} == {"Rejected", "TooLarge"}
    assert numbers(one) == right_numbers(one, without=refused)
    one.stop()
    one.feed(articles(5, begin=10))
    one.start()
    one.until_done()
    assert numbers(one) == right_numbers(one, without=refused)


# --- what the broker does not take --------------------------------------------------------------------------------


def test_nothing_is_acknowledged_before_its_result_is_confirmed(lab: MakeLab) -> None:
    one = lab(toy.number, config={topics.TRACKS: {"max.message.bytes": "20000"}})
    refused = named("refused")
    one.feed([*articles(10), refused, *articles(10, begin=10)])
    one.start()
    assert one.ended() != 0
    partition, offset = one.places()[refused.id]
    assert one.committed()[partition] <= offset
    (one.folder / "mended").touch()
    one.start()
    one.until_done()
    assert numbers(one) == right_numbers(one)


def test_nothing_is_acknowledged_before_its_rows_are_confirmed(lab: MakeLab) -> None:
    one = lab(toy.number, rows={"max.message.bytes": "60"})
    one.feed(articles(10))
    one.start()
    assert one.ended() != 0
    assert "MessageSizeTooLarge" in one.log.read_text()
    assert set(one.committed().values()) == {0}


# --- servers that are away ----------------------------------------------------------------------------------------


def test_a_stage_with_a_retry_limit_starts_over(lab: MakeLab) -> None:
    one = lab(toy.each, transient_seconds=0.5)
    away = named("away")
    one.feed([*articles(5), away])
    one.start()
    assert one.ended() != 0
    partition, offset = one.places()[away.id]
    assert one.committed()[partition] <= offset
    assert "the server does not answer" in one.log.read_text()
    (one.folder / "back").touch()
    one.start()
    one.until_done()
    assert {track.id for track in one.out()} == set(one.places())


def test_a_bulk_stage_waits_for_its_server(lab: MakeLab) -> None:
    one = lab(toy.store, transient_seconds=0.3)
    one.feed([*articles(5), named("away")])
    one.start()
    one.until(lambda: one.health() == (503, ["store waits: the server does not answer"]))
    time.sleep(1.0)  # longer than that
    assert one.process is not None
    assert one.process.poll() is None
    (one.folder / "back").touch()
    one.until_done()
    one.until(lambda: one.health() == (200, []))
    assert set(stored(one)) == set(one.places())
