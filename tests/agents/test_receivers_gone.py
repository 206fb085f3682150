"""What becomes of waiting alerts when a receiver says 410, or a track is removed or gets another webhook."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from streams.alerts.outcomes import hurried
from streams.contract.messages import Webhook
from tests.agents.dispatch_world import World, settled, statuses, with_webhook
from tests.agents.doubles import FixedTracks
from tests.fiction import SECRET, alert, track


@pytest.mark.parametrize("outcome", ["gone", "refused"])
def test_a_receiver_that_is_gone_is_asked_no_more(outcome: Literal["gone", "refused"]) -> None:
    world = World(alert())
    world.outcomes = [outcome]
    world.run(settled)
    assert statuses(world) == ["pending", "failed"]
    assert len(world.posted) == 1


def test_a_410_switches_the_receiver_off_for_all_that_waits() -> None:
    followed, receiver = with_webhook()
    world = World(*(alert(number, receiver=receiver) for number in range(4)))
    world.tracks = FixedTracks(followed)
    world.outcomes = ["gone"]
    world.run(settled)
    assert len(world.posted) == 1
    last = {one.id: one.delivery for one in world.log}
    assert [one.status for one in last.values()] == ["failed"] * 4
    assert [one.off for one in last.values()].count(True) == 1
    assert [one.attempts for one in last.values()] == [1, 0, 0, 0]
    assert "the receiver is switched off" in (last["alert-3"].error or "")
    assert "storywatch track resume t1" in (last["alert-3"].error or "")


def test_a_resumed_receiver_is_asked_again_and_stays_on() -> None:
    followed, receiver = with_webhook()
    world = World(alert(1, receiver=receiver))
    world.tracks = FixedTracks(followed)
    world.outcomes = ["gone"]
    world.run(settled)
    world.tracks = FixedTracks(with_webhook(resumed_at=world.now + timedelta(minutes=1))[0])
    world.now += timedelta(minutes=2)
    world.take(alert(2, receiver=receiver))
    world.outcomes = ["retry"]
    world.run(lambda world: len(world.posted) == 2 and world.states[0].receivers.off(receiver) is None)
    world.tracks = FixedTracks(followed)
    world.run(settled)
    assert statuses(world, "alert-2") == ["pending", "retrying", "delivered"]


def receivers_off() -> float | None:
    return REGISTRY.get_sample_value("storywatch_receivers_off")


def test_receivers_that_are_off_count_until_resumed() -> None:
    followed, receiver = with_webhook()
    world = World(*(alert(number, receiver=receiver) for number in range(4)))
    world.tracks = FixedTracks(followed, replace(followed, id="another track with this receiver"))
    world.outcomes = ["gone"]
    world.run(lambda world: settled(world) and receivers_off() == 1)
    world.tracks = FixedTracks(with_webhook(resumed_at=world.now + timedelta(minutes=1))[0])
    world.run(lambda _: receivers_off() == 0)
    world.tracks = FixedTracks(followed)
    world.run(lambda _: receivers_off() == 1)
    assert receivers_off() == 1
    world.tracks = FixedTracks()
    world.run(lambda _: receivers_off() == 0)
    assert receivers_off() == 0


def test_a_410_of_a_replaced_webhook_switches_nothing_off() -> None:
    followed, _ = with_webhook()
    world = World(alert(1, receiver="of the webhook before"), alert(2, receiver="of the webhook before"))
    world.tracks = FixedTracks(followed)
    world.outcomes = ["gone"]
    world.run(settled)
    assert (statuses(world, "alert-1"), statuses(world, "alert-2")) == (["pending", "failed"], ["pending", "delivered"])


def test_an_alert_with_an_unreadable_webhook_waits() -> None:
    world = World(alert())
    world.outcomes = ["wait", "wait"]
    world.run(settled)
    assert statuses(world) == ["pending", "delivered"]
    assert world.log[-1].delivery.attempts == 1


@pytest.mark.parametrize(
    ("left", "why"),
    [((), "the track was removed"), ((track(webhook=None),), "the track has no webhook any more")],
    ids=["removed", "without a webhook"],
)
def test_an_alert_of_a_track_that_was_removed_is_not_sent(left: tuple[Any, ...], why: str) -> None:
    world = World(alert())
    world.tracks = FixedTracks(*left)
    world.run(settled)
    assert world.posted == []
    assert (statuses(world), world.log[-1].delivery.error) == (["pending", "failed"], why)
    assert world.log[-1].delivery.attempts == 0


def test_a_waiting_alert_ends_when_its_track_is_removed() -> None:
    waiting = [alert(number) for number in range(1, 4)]
    world = World(*waiting)
    world.outcomes = ["retry"] * 9
    world.run(lambda world: statuses(world, "alert-3").count("retrying") == 3)
    posted, removed_at = list(world.posted), world.now
    world.tracks = FixedTracks()
    world.run(settled)
    assert world.posted == posted
    ends = {one.id: one.delivery for one in world.log if one.delivery.status == "failed"}
    assert {id_: (end.attempts, end.error) for id_, end in ends.items()} == {
        one.id: (3, "the track was removed") for one in waiting
    }
    assert [statuses(world, one.id).count("failed") for one in waiting] == [1, 1, 1]
    assert world.now - removed_at < timedelta(seconds=30)


def test_a_waiting_alert_goes_to_a_new_webhook_at_once() -> None:
    world = World(alert())
    world.outcomes = ["retry"] * 5
    world.run(lambda world: statuses(world).count("retrying") == 5)
    new = track(webhook=Webhook(url="https://new.example/hook", secret=SECRET))
    world.tracks.known["t1"], edited_at = new, world.now
    sooner = hurried(world.log[-1], world.now)
    assert sooner is not None
    world.take(sooner)
    world.run(settled)
    assert world.log[-1].delivery.attempts == 6
    assert world.webhooks[-1] == new.webhook
    assert world.posted[-1][1] - edited_at < timedelta(seconds=1)
    again = hurried(world.log[-1], world.now)
    assert again is None
