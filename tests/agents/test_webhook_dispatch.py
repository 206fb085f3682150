"""Sending due alerts: each once, many at once, and what a crash or a rebalance leaves open."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from streams.agents.support.webhook_dispatch import MOST_AT_ONCE
from streams.alerts.deliver.queues import Queues
from streams.alerts.outcomes import MOST_ERROR_CHARACTERS
from streams.contract.messages import Alert, Webhook
from tests.agents.dispatch_world import Answer, World, settled, statuses
from tests.fiction import NOON, SECRET, alert, track


def test_an_alert_is_posted_once_and_its_outcome_goes_to_the_log() -> None:
    world = World(alert()).run(settled)
    assert world.posted == [("alert-1", NOON)]
    assert statuses(world) == ["pending", "delivered"]
    assert world.log[-1].delivery.attempts == 1


def test_the_secret_comes_from_the_track_as_it_is_now() -> None:
    world = World(alert())
    world.tracks.known["t1"] = track(webhook=Webhook(url="https://new.example/hook", secret=SECRET))
    world.run(settled)
    assert world.webhooks == [Webhook(url="https://new.example/hook", secret=SECRET)]
    assert SECRET not in repr(world.log)


def test_a_busy_receiver_gets_the_same_alert_again_in_time() -> None:
    world = World(alert())
    world.outcomes = ["retry", "retry"]
    world.run(settled)
    assert [id_ for id_, _ in world.posted] == ["alert-1"] * 3
    assert statuses(world) == ["pending", "retrying", "retrying", "delivered"]
    times = [when for _, when in world.posted]
    assert timedelta(seconds=4.5) <= times[1] - times[0] <= timedelta(seconds=11)
    assert timedelta(seconds=27) <= times[2] - times[1] <= timedelta(seconds=39)


def test_a_slow_receiver_holds_up_its_own_alerts_and_no_others() -> None:
    slow = [alert(number, receiver="slow") for number in range(3)]
    quick = [alert(number, receiver="quick") for number in range(10, 20)]
    world = World(*slow, *quick)
    world.stuck["slow"] = asyncio.Event()
    world.run(lambda world: sum(one.delivery.status == "delivered" for one in world.log) == len(quick))
    assert [id_ for id_, _ in world.posted if id_ in {one.id for one in slow}] == ["alert-0"]
    assert world.states[0].waiting() == len(slow)


def test_concurrent_attempts_are_bounded_and_all_are_made() -> None:
    world = World(*(alert(number, receiver=f"r{number}") for number in range(3 * MOST_AT_ONCE))).run(settled)
    assert world.most_at_once == MOST_AT_ONCE
    assert len(world.posted) == len({id_ for id_, _ in world.posted}) == 3 * MOST_AT_ONCE


def test_attempts_wait_while_many_outcomes_are_unread() -> None:
    queued = 3 * MOST_AT_ONCE
    world = World(*(alert(number, receiver=f"r{number % 20}") for number in range(queued)))
    world.unread = []
    world.run(lambda world: world.now > NOON + timedelta(seconds=5))
    assert MOST_AT_ONCE <= len(world.unread) < MOST_AT_ONCE + 20, "those that ran when it was enough have ended"
    for outcome in world.unread:
        world.take(outcome)
    world.unread = None
    world.run(settled)
    assert len(world.posted) == len({id_ for id_, _ in world.posted}) == queued


def test_an_outcome_unread_through_a_rebalance_is_awaited() -> None:
    """The attempt ends after the partition came back, and before the records that waited in it are handled."""
    world = World(alert())
    world.stuck[alert().receiver] = answers = asyncio.Event()
    world.unread = []

    def passed(world: World) -> bool:
        if world.posted and world.all_caught_up and not answers.is_set():
            world.states, world.all_caught_up = {}, False
            answers.set()
        if world.unread and world.now > NOON + timedelta(seconds=30) and not world.states:
            world.states, world.all_caught_up = {0: Queues()}, True
            world.take(alert())
        return world.now > NOON + timedelta(seconds=60)

    world.run(passed)
    assert len(world.posted) == 1
    assert world.unread is not None
    for outcome in world.unread:
        world.take(outcome)
    world.run(settled)
    assert len(world.posted) == 1


def test_a_new_alert_does_not_wait_for_others_backlog() -> None:
    backlog = [alert(number, receiver=f"r{number % (2 * MOST_AT_ONCE)}") for number in range(8 * MOST_AT_ONCE)]
    world = World(*backlog)
    world.run(lambda world: len(world.posted) >= 2 * MOST_AT_ONCE)
    before = len(world.posted)
    world.take(replace(alert(9_999, receiver="new"), made_at=NOON + timedelta(hours=1)))
    world.now = NOON + timedelta(hours=1)
    world.run(settled)
    place = [id_ for id_, _ in world.posted].index("alert-9999")
    assert place <= before + 2 * MOST_AT_ONCE, "the receivers take turns"


def test_an_unsent_outcome_is_reported_again_without_a_new_post() -> None:
    world = World(alert())
    world.broker_refuses = 1
    world.run(settled)
    assert statuses(world) == ["pending", "delivered"]
    assert len(world.posted) == 1


def test_a_crash_before_the_report_sends_the_alert_again() -> None:
    world = World(alert())
    world.broker_refuses = 1_000_000
    world.run(lambda world: len(world.posted) == 1)
    restarted = World(alert()).run(settled)
    assert [id_ for id_, _ in restarted.posted] == [id_ for id_, _ in world.posted]


def test_an_error_that_nobody_expected_is_a_failed_attempt() -> None:
    """It is retried with backoff, and no other receiver waits for it."""
    world = World(alert())
    answer, tried = world.post, 0

    async def odd(one: Alert, webhook: Webhook) -> Answer:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise OverflowError("a time zone of " + "9" * 10_000)
        return await answer(one, webhook)

    world.post = odd  # type: ignore[method-assign]
    world.run(settled)
    first, second = world.log[-1].delivery.answers
    assert first.error is not None
    assert first.error == "unexpected OverflowError"
    assert len(first.error) <= MOST_ERROR_CHARACTERS
    assert (second.code, world.log[-1].delivery.status) == (200, "delivered")
    assert second.at > first.at


def test_an_outcome_continues_the_trace_of_its_alert() -> None:
    world = World(alert())
    world.outcomes = ["retry", "delivered"]
    world.run(settled)
    assert [[(step.stage, step.arrived) for step in sent] for sent in world.traces] == [[("deliver", NOON)]] * 2
    assert [one.code for one in world.log[-1].delivery.answers] == [503, 200]
    assert world.log[-1].delivery.answers[0].at < world.log[-1].delivery.answers[1].at
