"""What `streams.runtime.delivery` promises, on a real Kafka: a small stage in a process of its own that is
made to fail.

Each test reads the broker's own account: the committed offsets, the topics' records.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from kafka import TopicPartition

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader, Record
from deploy.stack import running
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import RawArticle, Track
from streams.contract.stage import Stage
from streams.contract.topics import Topic
from streams.runtime.settings import Settings
from tests.fiction import raw
from tests.pipeline import toy

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0  # machines that run tests are shared
PARTITIONS = 2


class Lab:
    """One toy stage with topics of its own on the shared stack."""

    def __init__(
        self,
        stack_folder: Path,
        folder: Path,
        stage: Stage,
        config: dict[Topic, dict[str, str]] | None = None,
        rows: dict[str, str] | None = None,
        **options: object,
    ) -> None:
        """``config`` and ``rows`` are broker settings of topics and of the changelog, ``options`` settings of ours."""
        stack = running(stack_folder)
        assert stack is not None
        self.folder = folder / stage.name
        self.folder.mkdir()
        self.stage = stage
        given = {"commit_seconds": 0.2, "partitions": PARTITIONS, "pool_processes": 2, "log_format": "json"}
        self.settings = Settings.model_validate(
            {
                "kafka": stack.kafka,
                "topic_prefix": f"d{os.getpid()}-{folder.name}-{stage.name}-",
                "data_dir": stack_folder,  # by which a process knows what kind of Kafka it has
                **given,
                **options,
            }
        )
        self.group = self.settings.app_id(stage.app)
        used: dict[Topic, dict[str, str]] = {topics.TRACKS: {}}
        used |= {topic: topic.config() for topic in (topics.RAW, topics.DEADLETTERS, topics.RESOLUTIONS)}
        wanted = {topic.name(self.settings.topic_prefix): one for topic, one in (used | (config or {})).items()}
        if stage.table:
            wanted[topics.changelog(self.group, stage.table)] = {"cleanup.policy": "compact", **(rows or {})}
        admin.create(self.settings, wanted)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"

    # --- the process

    def environment(self) -> dict[str, str]:
        return {
            f"STORYWATCH_{name.upper()}": str(value)
            for name, value in self.settings.model_dump().items()
            if name in self.settings.model_fields_set
        }

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.pipeline.toy", self.stage.name, str(self.folder)],
                cwd=ROOT,
                env={**os.environ, **self.environment()},
                stdout=log,
                stderr=log,
            )

    def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """SIGTERM: it ends, and well."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_SECONDS) == 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def twin(self) -> "Lab":
        """A second worker of the same group, not started; it is the test's to close."""
        one = copy(self)
        one.folder = self.folder / "twin"
        one.folder.mkdir()
        one.log = one.folder / "log"
        one.process = None
        return one

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def until_done(self) -> None:
        """Until the broker holds all that was fed for committed; the process must live."""
        assert self.process is not None
        process = self.process
        self.until(lambda: process.poll() is not None or self.lag() == 0)
        assert process.poll() is None, self.log.read_text()[-3000:]

    def health(self) -> tuple[int, list[str]]:
        try:
            with urlopen(f"http://127.0.0.1:{(self.folder / 'port').read_text()}/healthz", timeout=5) as answer:
                return answer.status, json.loads(answer.read())["problems"]
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())["problems"]
        except (URLError, OSError, ValueError):
            return 0, []

    # --- the broker's account

    def lag(self) -> int:
        return sum(admin.lag(self.settings, {self.group: [self.stage.reads.name(self.settings.topic_prefix)]}).values())

    def committed(self) -> dict[int, int]:
        parts = [
            TopicPartition(self.stage.reads.name(self.settings.topic_prefix), one)
            for one in range(self.settings.partitions)
        ]
        with admin.admin(self.settings) as client:
            found = client.list_group_offsets({self.group: parts}).get(self.group, {})
        return {part.partition: max(0, found[part].offset) if part in found else 0 for part in parts}

    def feed(self, messages: Sequence[RawArticle | bytes | None]) -> None:
        with Producer(self.settings) as producer:
            sent = [
                producer.start(topics.RAW, one)
                if isinstance(one, RawArticle)
                else producer.start_raw(topics.RAW, "stray", one)
                for one in messages
            ]
            for one in sent:
                producer.confirm(one)

    def records(self, topic: Topic) -> list[Record]:
        with Reader(self.settings, [topic]) as reader:
            return list(reader.to_the_end())

    def out(self) -> list[Track]:
        return [decode(record.value, Track) for record in self.records(topics.TRACKS)]

    def dead(self) -> list[Record]:
        return self.records(topics.DEADLETTERS)

    def places(self) -> dict[str, tuple[int, int]]:
        """Article id -> partition and offset, of all that was fed."""
        found = {}
        for record in self.records(topics.RAW):
            if (record.value or b"").startswith(b'{"schema"'):
                found[decode(record.value, RawArticle).id] = (record.partition, record.offset)
        return found


MakeLab = Callable[..., Lab]


@pytest.fixture
def lab(stack_folder: Path, tmp_path: Path) -> Iterator[MakeLab]:
    made: list[Lab] = []

    def make(stage: Stage, **options: Any) -> Lab:
        made.append(Lab(stack_folder, tmp_path, stage, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def articles(count: int, begin: int = 0) -> list[RawArticle]:
    return [raw(f"article {number}") for number in range(begin, begin + count)]


def named(origin: str) -> RawArticle:
    return raw(f"the one called {origin}", origin=origin)


def of_publishers(count: int, publishers: int, origin: str = "") -> list[RawArticle]:
    """Articles that the toy refuses until it is mended; those called "bug" make it fail."""
    return [raw(f"piece {n}", url=f"https://site{n % publishers}.example/{n}", origin=origin) for n in range(count)]


def right_numbers(lab: Lab, without: Sequence[RawArticle] = ()) -> dict[str, int]:
    """What the numbering stage must say of all that was fed: in each partition 1, 2, 3 in the order of the log."""
    left_out = {one.id for one in without}
    counts: dict[int, int] = defaultdict(int)
    found = {}
    for id_, (partition, _) in sorted(lab.places().items(), key=lambda item: item[1]):
        if id_ not in left_out:
            counts[partition] += 1
            found[id_] = counts[partition]
    return found


def numbers(lab: Lab) -> dict[str, int]:
    """What it said; a repeated output must say the same again."""
    found: dict[str, int] = {}
    for track in lab.out():
        assert found.setdefault(track.id, int(track.name)) == int(track.name), "two answers for one article"
    return found


# --- crashes ------------------------------------------------------------------------------------------------------


def test_what_is_no_fault_of_a_message_ends_the_process_before_it_is_acknowledged(lab: MakeLab) -> None:
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


def test_state_and_results_are_the_same_whenever_the_process_is_killed(lab: MakeLab) -> None:
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


def test_what_can_never_pass_becomes_a_dead_letter_and_the_stream_goes_on(lab: MakeLab) -> None:
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


def test_what_a_function_raises_on_one_message_is_that_messages_failure(lab: MakeLab) -> None:
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


def is_the_letter_of(source: Record, letter: Record, stage: Stage) -> None:
    """The dead letter has the message's own bytes and says where it came from."""
    assert (letter.key, letter.value) == (source.key, source.value)
    assert letter.headers["stage"] == stage.name
    place = (letter.headers["topic"], letter.headers["partition"], letter.headers["offset"])
    assert place == (source.topic, str(source.partition), str(source.offset))
    assert letter.headers["version"]
    assert letter.headers["time"]


def stored(lab: Lab) -> list[str]:
    return (lab.folder / "stored").read_text().split()


def test_what_was_refused_leaves_nothing_in_the_state(lab: MakeLab) -> None:
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


def test_nothing_is_acknowledged_before_the_broker_took_its_result(lab: MakeLab) -> None:
    one = lab(toy.number, config={topics.TRACKS: {"max.message.bytes": "5000"}})
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


def test_nothing_is_acknowledged_before_the_broker_took_its_rows(lab: MakeLab) -> None:
    one = lab(toy.number, rows={"max.message.bytes": "60"})
    one.feed(articles(10))
    one.start()
    assert one.ended() != 0
    assert "MessageSizeTooLarge" in one.log.read_text()
    assert set(one.committed().values()) == {0}


# --- servers that are away ----------------------------------------------------------------------------------------


def test_a_stage_that_does_not_wait_gives_up_in_time_and_starts_over(lab: MakeLab) -> None:
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


def test_a_stage_that_waits_says_so_and_goes_on_when_its_server_is_back(lab: MakeLab) -> None:
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
