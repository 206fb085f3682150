"""When old articles may be sent: so many are on their way at a time, and fewer when they take long."""

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from connectors.kafka.backfill_window import BackfillWindow, Step
from connectors.kafka.backpressure import Backpressure
from connectors.kafka.load import Positions
from connectors.kafka.producer import Producer
from deploy.system import System
from streams.contract import topics
from streams.contract.topics import Topic
from streams.runtime import topology
from tests.conftest import MakeSystem

STEPS = (frozenset({("work", "raw")}), frozenset({("state", "clean")}))
LATE_SECONDS = 5.0


class Pipeline:
    """Two stages with a topic of one partition each, and the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ends = {"raw": 0, "clean": 0}
        self.committed = {"raw": 0, "clean": 0}

    def positions(self) -> Positions:
        parts = {name: TopicPartition(name, 0) for name in self.ends}
        return Positions(
            {
                "work": {parts["raw"]: self.committed["raw"]},
                "state": {parts["clean"]: self.committed["clean"]},
            },
            {parts[name]: end for name, end in self.ends.items()},
            self.now,
        )

    def send(self, window: BackfillWindow, count: int) -> None:
        """Send old articles, and measure once they are in the log."""
        window.add(count, self.now)
        self.ends["raw"] += count
        self.now += 1.0
        window.update(self.positions())

    def clean(self, *, to: int) -> None:
        self.ends["clean"] += to - self.committed["raw"]
        self.committed["raw"] = to


def test_a_batch_has_passed_when_every_stage_committed_it() -> None:
    pipeline, window = Pipeline(), BackfillWindow(STEPS, 10, LATE_SECONDS)
    pipeline.send(window, 10)
    assert not window.admits(1)
    pipeline.clean(to=10)
    window.update(pipeline.positions())
    assert not window.admits(1)
    pipeline.committed["clean"] = 10
    window.update(pipeline.positions())
    assert window.in_flight == 0
    assert window.admits(10)


def test_live_articles_that_wait_keep_no_archive_out() -> None:
    pipeline, window = Pipeline(), BackfillWindow(STEPS, 10, LATE_SECONDS)
    pipeline.ends["raw"] = pipeline.ends["clean"] = 1_000
    assert window.admits(10)
    pipeline.send(window, 10)
    pipeline.clean(to=1_010)
    pipeline.ends["raw"] += 500  # live ones that came later
    window.update(pipeline.positions())
    pipeline.committed["clean"] = pipeline.ends["clean"]
    pipeline.ends["clean"] += 500
    window.update(pipeline.positions())
    assert window.in_flight == 0


def test_batches_pass_one_after_another() -> None:
    pipeline, window = Pipeline(), BackfillWindow(STEPS, 10, LATE_SECONDS)
    for _ in range(2):
        pipeline.send(window, 5)
    pipeline.clean(to=5)
    pipeline.committed["clean"] = 5
    window.update(pipeline.positions())
    assert window.in_flight == 5


def test_a_window_shrinks_while_late_and_grows_again() -> None:
    pipeline, window = Pipeline(), BackfillWindow(STEPS, 8, LATE_SECONDS)
    pipeline.send(window, 8)
    for _ in range(3):  # the same late articles shrink it once
        pipeline.now += LATE_SECONDS
        window.update(pipeline.positions())
    assert passes(pipeline, window).admits(4)
    pipeline.send(window, 4)
    assert not window.admits(1)
    for _ in range(20):
        passes(pipeline, window)
        pipeline.send(window, 2)
    passes(pipeline, window)
    assert window.admits(8)
    pipeline.send(window, 8)
    assert not window.admits(1)


def test_a_slow_pipeline_still_gets_one_article_at_a_time() -> None:
    pipeline, window = Pipeline(), BackfillWindow(STEPS, 8, LATE_SECONDS)
    for _ in range(10):
        pipeline.send(window, 1)
        pipeline.now += 2 * LATE_SECONDS
        window.update(pipeline.positions())
        passes(pipeline, window)
    assert window.admits(1)
    assert window.admits(4)  # a batch, when none is on its way
    pipeline.send(window, 1)
    assert not window.admits(1)


def passes(pipeline: Pipeline, window: BackfillWindow) -> BackfillWindow:
    """All that was sent leaves the pipeline."""
    pipeline.clean(to=pipeline.ends["raw"])
    pipeline.committed["clean"] = pipeline.ends["clean"]
    window.update(pipeline.positions())
    return window


def test_an_archive_waits_for_its_own_articles(make_system: MakeSystem) -> None:
    system = make_system(backfill_messages=4)
    for topic in (topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED):
        send(system, topic, 50)  # what waits keeps no old articles out, and those sent are behind it
    with Backpressure(system.settings, print) as pressure:
        for _ in range(4):
            assert pressure.wait()
            send(system, topics.RAW, 1)
        for step in topology.article_path(system.settings):
            assert not pressure.wait(seconds=1.0)
            commit_to_end(system, step)
        assert pressure.wait(seconds=60.0)


def send(system: System, topic: Topic, count: int) -> None:
    """Send messages that no worker reads."""
    with Producer(system.settings) as producer:
        for future in [producer.start_raw(topic, f"{number}", b"{}") for number in range(count)]:
            producer.confirm(future)


def commit_to_end(system: System, step: Step) -> None:
    """Commit all that the topics of a step hold, as its stages do."""
    for group, topic in step:
        consumer = KafkaConsumer(bootstrap_servers=system.settings.kafka, group_id=group, enable_auto_commit=False)
        try:
            parts = [TopicPartition(topic, number) for number in range(system.settings.partitions)]
            consumer.assign(parts)
            ends = consumer.end_offsets(parts)
            consumer.commit({part: OffsetAndMetadata(ends[part], "", -1) for part in parts})
        finally:
            consumer.close()
