"""When a process is unhealthy, and when it ends itself: the rule, with an app whose offsets are set by hand."""

import asyncio
import json
import time
from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from aiokafka.errors import KafkaTimeoutError
from faust.types import TP
from prometheus_client import REGISTRY

from streams.contract import topics
from streams.contract.errors import Unavailable, UsageError
from streams.runtime.processes.health import STANDSTILL_EXIT, Health
from streams.runtime.settings import Settings
from tests.runtime.doubles import Group

SETTINGS = Settings(standstill_seconds=60.0)
RAW, UNIQUE = TP(topics.RAW.base, 0), TP(topics.UNIQUE.base, 1)


class Watchable(Group):
    """A group that counts how often it is looked at."""

    def __init__(self) -> None:
        super().__init__(offsets={RAW: 10, UNIQUE: 10}, ends_={RAW: 10, UNIQUE: 10})
        self.looks = 0

    def owned(self, topic: str) -> set[TP]:
        self.looks += topic == RAW.topic
        return super().owned(topic)


class Watched:
    """A health check with a clock of its own."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.group = Watchable()
        self.clean, self.tag = (
            SimpleNamespace(stage=SimpleNamespace(name=name, app="work", reads=reads), waiting_for=None, row_count=None)
            for name, reads in (("clean", topics.RAW), ("tag", topics.UNIQUE))
        )
        runners: Any = [self.clean, self.tag]
        self.health = Health(self.group, runners, settings, self.knock)
        self.health.ready = True
        self.now = 1000.0
        self.ended: list[int] = []
        self.away: Exception | None = None
        self.fault: Exception | None = None

    async def knock(self) -> Exception | None:
        if self.fault is not None:
            raise self.fault
        return self.away

    def watch(self, until: Callable[[], bool]) -> None:
        """Watch as a process does, by the real clock, until something holds."""

        async def watching() -> None:
            task = asyncio.create_task(self.health.watch(self.ended.append))
            async with asyncio.timeout(10):
                while not until():  # noqa: ASYNC110 - a health check sets no event
                    await asyncio.sleep(0.01)
            task.cancel()

        asyncio.run(watching())

    def look(self, passed: float = 1.0) -> list[str]:
        self.now += passed
        asyncio.run(self.health.check(self.now, self.ended.append))
        return self.health.problems


@pytest.fixture
def watched() -> Watched:
    return Watched()


def told(metric: str, stage: str, partition: int | None = None) -> float | None:
    where = {} if partition is None else {"partition": str(partition)}
    return REGISTRY.get_sample_value(f"storywatch_{metric}", {"stage": stage, **where})


def lag(stage: str, partition: int) -> float | None:
    return told("lag_messages", stage, partition)


def test_a_partition_that_leaves_during_the_request_ends_nothing(watched: Watched) -> None:
    async def gone(tps: Collection[TP]) -> dict[TP, int]:
        del watched.group.ends_[RAW]
        return dict.fromkeys(tps, 0)

    watched.group.ends_[RAW] = 12
    watched.group.earliest = gone  # type: ignore[method-assign]
    assert watched.look() == []
    assert lag("clean", 0) == 2


def test_starting_is_not_healthy(watched: Watched) -> None:
    watched.health.ready = False
    assert watched.look() == ["starting"]


def test_an_idle_process_stays_healthy(watched: Watched) -> None:
    assert [watched.look(3600.0) for _ in range(3)] == [[], [], []]
    assert watched.ended == []


def test_lag_is_uncommitted_messages_of_owned_partitions(watched: Watched) -> None:
    watched.group.ends_[RAW] = 25
    watched.look()
    assert (lag("clean", 0), lag("tag", 1)) == (15.0, 0.0)
    del watched.group.ends_[RAW]
    watched.look()
    assert lag("clean", 0) is None


def test_a_blocked_event_loop_is_no_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is while it builds the state of very many articles."""
    monkeypatch.setattr("streams.runtime.processes.health.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("streams.runtime.processes.health.ANSWER_SECONDS", 0.1)
    watched = Watched(Settings(standstill_seconds=1.0))
    watched.group.ends_[RAW] = 25
    busy_at = 0

    def busy_once() -> bool:
        nonlocal busy_at
        if not busy_at and watched.group.looks > 1:
            busy_at = watched.group.looks
            time.sleep(2.0)
        return bool(busy_at) and watched.group.looks > busy_at + 1

    watched.watch(until=busy_once)
    assert watched.ended == []
    assert watched.health.problems == []


def test_work_that_goes_on_slowly_is_healthy(watched: Watched) -> None:
    watched.group.ends_[RAW] = 100
    for committed in range(10, 20):
        watched.group.offsets[RAW] = committed
        assert watched.look(50.0) == []
    assert watched.ended == []


def test_a_commit_that_does_not_move_ends_the_process(watched: Watched) -> None:
    watched.group.ends_[RAW] = 13
    assert watched.look() == []
    assert watched.look(59.0) == []
    [problem] = watched.look(2.0)
    assert problem == "clean stands still with 3 messages waiting in partition 0"
    assert watched.ended == [STANDSTILL_EXIT]


def test_the_standstill_metric_comes_before_the_process_ends(watched: Watched) -> None:
    watched.group.ends_[RAW] = 13
    watched.look()
    watched.look(40.0)
    assert told("standing_seconds", "clean", 0) == 40.0
    assert told("standing_seconds", "tag", 1) is None
    watched.group.offsets[RAW] = 13
    watched.look()
    assert told("standing_seconds", "clean", 0) is None


def test_a_stage_tells_how_many_rows_it_keeps(watched: Watched) -> None:
    watched.clean.row_count = 7
    watched.look()
    assert told("rows", "clean") == 7.0


def test_the_time_counts_from_when_messages_began_to_wait(watched: Watched) -> None:
    watched.group.ends_[RAW] = 11
    watched.look()
    watched.group.offsets[RAW] = 11
    watched.look()
    watched.look(3600.0)
    watched.group.ends_[RAW] = 12
    assert watched.look() == []


def test_a_partition_that_comes_back_has_all_its_time_again(watched: Watched) -> None:
    watched.group.ends_[RAW] = 12
    watched.look()
    del watched.group.ends_[RAW]
    watched.look(100.0)
    watched.group.ends_[RAW] = 12
    assert watched.look() == []
    assert watched.ended == []


def test_a_waiting_stage_is_unhealthy_and_never_ended(watched: Watched) -> None:
    watched.group.ends_[UNIQUE] = 12
    watched.tag.waiting_for = "Elasticsearch does not answer"
    for _ in range(3):
        assert watched.look(3600.0) == ["tag waits: Elasticsearch does not answer"]
        assert (told("waiting", "tag"), told("waiting", "clean")) == (1.0, 0.0)
        assert told("standing_seconds", "tag", 1) == 0.0
    assert watched.ended == []


def test_a_stage_that_resumes_has_time_for_its_next_commit(watched: Watched) -> None:
    watched.group.ends_[UNIQUE] = 12
    watched.tag.waiting_for = "Elasticsearch does not answer"
    watched.look()
    watched.look(3600.0)
    watched.tag.waiting_for = None
    assert watched.look(1.0) == []
    assert watched.look(61.0) == ["tag stands still with 2 messages waiting in partition 1"]


def test_reading_tables_back_takes_as_long_as_it_takes(watched: Watched) -> None:
    watched.group.ends_[RAW] = 12
    watched.group.rebalancing = True
    for _ in range(3):
        assert watched.look(3600.0) == []
    watched.group.rebalancing = False
    assert watched.look(59.0) == []
    assert watched.look(2.0) != []


def test_no_partition_stands_still_while_kafka_is_away(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.runtime.processes.health.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("streams.runtime.processes.health.KNOCK_SECONDS", 0.01)
    watched.now = time.monotonic()
    watched.group.ends_[RAW] = 12
    watched.away = Unavailable("Kafka does not answer")
    watched.watch(until=lambda: watched.health.problems == ["Kafka does not answer"])
    for _ in range(3):
        assert watched.look(3600.0) == ["Kafka does not answer"]
    assert watched.ended == []
    watched.away = None
    watched.watch(until=lambda: watched.health.problems == [])
    assert watched.look(59.0) == []


def test_an_error_while_asking_kafka_ends_the_watch(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """And with it the process: otherwise Kafka would be taken for there, or for away, for ever."""
    monkeypatch.setattr("streams.runtime.processes.health.LOOK_SECONDS", 0.01)
    watched.fault = ValueError("not an answer")
    with pytest.raises(ValueError, match="not an answer"):
        asyncio.run(asyncio.wait_for(watched.health.watch(watched.ended.append), 10))


def test_a_timeout_of_kafka_does_not_end_the_watch(watched: Watched) -> None:
    async def silent(tps: Collection[TP]) -> dict[TP, int]:
        raise KafkaTimeoutError

    watched.group.ends_[RAW] = 12
    watched.group.earliest = silent  # type: ignore[method-assign]
    assert watched.look() == ["Kafka does not say what is waiting (KafkaTimeoutError)"]


@pytest.mark.parametrize("committed", [0, 3])
def test_what_retention_deleted_is_not_waiting(watched: Watched, committed: int) -> None:
    watched.group.offsets[RAW], watched.group.firsts[RAW] = committed, 10
    watched.look()
    assert watched.look(3600.0) == []
    assert lag("clean", 0) == 0.0


def test_a_partition_that_nothing_is_known_of_yet_is_left_alone(watched: Watched) -> None:
    watched.group.ends_[RAW] = None
    watched.look()
    assert watched.look(3600.0) == []


def ask(url: str) -> tuple[int, str, str]:
    """Status, content type and body of the answer."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_healthz_is_json_and_metrics_are_those_of_prometheus(watched: Watched) -> None:
    waits = "tag waits: no Elasticsearch"

    async def serve() -> None:
        port = await watched.health.serve(0)
        for problems, code, status in (
            ([], 200, "ok"),
            ([waits], 503, "failing"),
            (["starting"], 503, "starting"),
            (["Kafka does not answer", "starting"], 503, "starting"),
        ):
            watched.health.problems = problems
            answered, kind, body = await asyncio.to_thread(ask, f"http://127.0.0.1:{port}/healthz")
            assert (answered, kind) == (code, "application/json; charset=utf-8")
            assert json.loads(body) == {
                "app": "work",
                "status": status,
                "problems": problems,
                "lag": {"clean": 15, "tag": 0},
            }
        answered, _, body = await asyncio.to_thread(ask, f"http://127.0.0.1:{port}/metrics")
        assert answered == 200
        assert "# HELP storywatch_lag_messages" in body
        with pytest.raises(UsageError, match=f"port {port} for metrics is taken.*STORYWATCH_METRICS_PORT"):
            await Health(Group(), [], SETTINGS, Watched().knock).serve(port)
        await watched.health.close()

    watched.group.ends_[RAW] = 25
    watched.look()
    asyncio.run(serve())
