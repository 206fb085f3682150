"""Receivers with a name: their own deliveries, limits, pauses and heartbeats."""

import itertools
from datetime import timedelta

import pytest

from streams.contract.messages import Track
from tests.agents.dispatch_world import named, settled, world_of
from tests.agents.doubles import FixedReceivers, FixedTracks
from tests.fiction import NOON, track


def test_each_receiver_of_a_track_has_a_delivery_of_its_own() -> None:
    world = world_of(named("slack"), named("mail"))
    world.outcomes = ["retry"]
    world.run(settled)
    ends = {one.receiver_name: one.delivery for one in world.log if one.delivery.status == "delivered"}
    assert sorted(end.attempts for end in ends.values()) == [1, 2]
    assert {hook.url for hook in world.webhooks} == {"https://slack.example/hook", "https://mail.example/hook"}
    assert len({id_ for id_, _ in world.posted}) == 2


@pytest.mark.parametrize(
    ("tracks", "receivers", "why"),
    [
        ((), ("desk",), "the track was removed"),
        ((track(webhook=None),), ("desk",), "the track does not send to the receiver desk any more"),
        ((track(webhook=None, receivers=("desk",)),), (), "the receiver desk was removed"),
    ],
    ids=["track removed", "track edited", "receiver removed"],
)
def test_an_alert_to_a_receiver_that_is_gone_ends(
    tracks: tuple[Track, ...], receivers: tuple[str, ...], why: str
) -> None:
    world = world_of(named("desk"))
    world.tracks, world.receivers = FixedTracks(*tracks), FixedReceivers(*map(named, receivers))
    world.run(settled)
    assert (world.posted, world.log[-1].delivery.status, world.log[-1].delivery.error) == ([], "failed", why)


def test_a_receiver_is_sent_to_no_faster_than_it_takes() -> None:
    world = world_of(named("desk", per_minute=6), alerts=4)
    world.run(settled)
    times = [when for _, when in world.posted]
    assert all(later - sooner >= timedelta(seconds=10) for sooner, later in itertools.pairwise(times))


def test_a_receiver_takes_several_at_once_if_it_says_so() -> None:
    world = world_of(named("desk", concurrency=3), alerts=9)
    world.run(settled)
    assert (world.most_at_once, len(world.posted)) == (3, 9)


def test_alerts_of_a_receiver_paused_by_hand_wait() -> None:
    world = world_of(named("desk", paused_at=NOON), alerts=3)
    world.run(lambda world: world.now > NOON + timedelta(hours=3))
    assert (world.posted, world.states[0].waiting()) == ([], 3)
    world.receivers = FixedReceivers(named("desk"))
    world.run(settled)
    assert len(world.posted) == 3


def test_a_receiver_that_fails_for_hours_is_paused() -> None:
    world = world_of(named("desk"), alerts=40)
    world.outcomes = ["retry"] * 300
    world.run(lambda world: bool(world.states[0].receivers.all_paused()))
    paused_at, before = world.now, len(world.posted)
    world.run(lambda world: world.now > paused_at + timedelta(hours=1))
    assert len(world.posted) - before <= 13  # a probe each five minutes, whatever waits
    world.outcomes = []
    world.run(settled)
    assert {one.id for one in world.log if one.delivery.status == "delivered"} == {one.id for one in world.log}
    assert world.now - paused_at < timedelta(hours=2)


def test_a_heartbeat_comes_only_where_no_alert_came() -> None:
    world = world_of(named("desk", heartbeat_minutes=30), named("other"))
    world.run(lambda world: world.now > NOON + timedelta(minutes=65))
    notes = [(note.receiver, note.at) for note, _ in world.notes]
    assert notes == [("desk", NOON + timedelta(minutes=60))]  # the first half hour had an alert
    assert len({id_ for _, id_ in world.notes}) == 1
