"""When old articles may be sent: live ones alone do not keep them out, and what waits at one place does."""

from connectors.kafka.backpressure import Backpressure
from connectors.kafka.load import PipelineLoad
from connectors.kafka.producer import Producer
from deploy.system import System
from streams.contract import topics
from streams.contract.topics import Topic
from tests.conftest import MakeSystem

MESSAGES = 20  # STORYWATCH_BACKFILL_MESSAGES: at most half of it may wait before more is sent


def test_a_few_messages_at_each_place_keep_no_archive_out(make_system: MakeSystem) -> None:
    system = make_system(backfill_messages=MESSAGES)
    for topic in (topics.RAW, topics.CLEAN, topics.UNIQUE, topics.TAGGED):
        wait_before(system, topic, MESSAGES // 2)
    assert not waits(system)
    load = PipelineLoad(system.settings)
    try:
        assert load.measure().longest == MESSAGES // 2
        assert load.measure().alerting >= 2 * MESSAGES
    finally:
        load.close()


def test_an_archive_waits_for_what_waits_at_one_place(make_system: MakeSystem) -> None:
    system = make_system(backfill_messages=MESSAGES)
    wait_before(system, topics.TAGGED, MESSAGES // 2 + 1)
    assert waits(system)


class Waits(Exception):
    """The archive waits."""


def waits(system: System) -> bool:
    """Whether an archive would wait now."""

    def pause(seconds: float) -> None:
        raise Waits

    with Backpressure(system.settings, print, sleep=pause) as pressure:
        try:
            pressure.wait()
        except Waits:
            return True
    return False


def wait_before(system: System, topic: Topic, count: int) -> None:
    """Send messages that no worker reads."""
    with Producer(system.settings) as producer:
        for future in [producer.start_raw(topic, f"{number}", b"{}") for number in range(count)]:
            producer.confirm(future)
