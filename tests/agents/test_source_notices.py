"""Notices about sources are sent and retried as alerts are."""

from datetime import timedelta

import msgspec

from streams.alerts.deliver.queues import Queues
from streams.contract.messages import NamedReceiver
from tests.agents.dispatch_world import World, named, settled, statuses
from tests.agents.doubles import FixedReceivers
from tests.fiction import NOON, notice


def told(*receivers: NamedReceiver) -> World:
    world = World(notice())
    world.receivers = FixedReceivers(*receivers)
    return world


def test_a_notice_is_sent_and_retried_as_an_alert() -> None:
    world = told(named("desk"))
    world.outcomes = ["retry", "retry"]
    world.run(settled)
    assert statuses(world, "notice-1") == ["pending", "retrying", "retrying", "delivered"]
    assert [id_ for _, id_ in world.notes] == ["notice-1"] * 3
    assert {(note.type, note.receiver) for note, _ in world.notes} == {("source.silent", "desk")}
    world.take(notice())  # the poll that made it was cut off, and is done again
    end = world.now + timedelta(minutes=5)
    world.run(lambda world: world.now > end)
    assert len(world.notes) == 3


def test_a_notice_to_no_receiver_ends_with_the_reason() -> None:
    world = told(named("other"))
    world.run(settled)
    assert world.notes == []
    assert (world.log[-1].delivery.status, world.log[-1].delivery.error) == ("failed", "there is no receiver desk")


def test_a_restart_sends_a_notice_that_waited() -> None:
    _, rows = Queues().take(notice(), NOON)
    world = World()
    for key, row in rows.items():
        assert row is not None
        world.states[0].restore(key, msgspec.json.decode(msgspec.json.encode(row), type=Queues.Row))
    world.states[0].build_indexes()
    world.receivers = FixedReceivers(named("desk"))
    world.run(settled)
    assert [id_ for _, id_ in world.notes] == ["notice-1"]
