"""Sending due alerts with a simulated log, simulated receivers, and a clock that advances when nothing can run."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from streams.agents.deliver import deliver
from streams.agents.support.services import Services
from streams.agents.support.webhook_dispatch import MOST_AT_ONCE, send_due_alerts
from streams.alerts.deliver import Queues
from streams.alerts.outcomes import MOST_ERROR_CHARACTERS, hurried
from streams.alerts.receivers import for_receivers, receiver_id
from streams.contract import topics, trace
from streams.contract.messages import Alert, Deliverable, Message, NamedReceiver, Track, Webhook
from streams.contract.plugins import Note
from streams.contract.topics import Topic
from streams.contract.trace import Trace
from streams.runtime.settings import Settings
from tests.agents.doubles import FixedReceivers, FixedTracks, at
from tests.fiction import NOON, SECRET, alert, notice, track

Outcome = Literal["delivered", "retry", "gone", "refused", "wait"]


@dataclass(frozen=True)
class Answer:
    """One answer of a receiver."""

    at: datetime
    outcome: Outcome = "delivered"
    code: int | None = 200
    error: str | None = None
    retry_after_seconds: float | None = None
    ms: int | None = 12
    excerpt: str | None = None


class World:
    """The deliver stage with a log, receivers and a clock; messages sent to the log come back to the stage."""

    def __init__(self, *alerts: Deliverable) -> None:
        self.now = NOON
        self.states = {0: Queues()}
        self.all_caught_up = True
        self.log: list[Deliverable] = []
        self.traces: list[Trace] = []  # with which outcomes were sent
        self.posted: list[tuple[str, datetime]] = []
        self.webhooks: list[Webhook] = []
        self.outcomes: list[Outcome] = []  # the next ones; then delivered
        self.unread: list[Deliverable] | None = None  # outcomes that the stage has not read, while it reads none
        self.stuck: dict[str, asyncio.Event] = {}  # receiver -> what it waits for before it answers
        self.broker_refuses = 0
        self.at_once = self.most_at_once = 0
        self.notes: list[tuple[Note, str]] = []
        self.receivers = FixedReceivers()
        self.tracks = FixedTracks(track())
        for one in alerts:
            self.take(one)

    def take(self, one: Deliverable) -> None:
        self.log.append(one)
        deliver.handle(one, self.states[0], replaced(at(len(self.log)), trace=(trace.open_hop("deliver", self.now),)))

    # the stage as background work sees it
    async def wait_for_change(self, timeout: float | None) -> None:
        for _ in range(20):  # lets every runnable task run
            await asyncio.sleep(0)
        self.now += timedelta(seconds=timeout or 0.0)

    async def send(self, topic: Topic, message: Message, trace: Trace) -> None:
        assert topic is topics.ALERTS
        self.traces.append(trace)
        assert isinstance(message, Deliverable)
        if self.broker_refuses:
            self.broker_refuses -= 1
            raise ConnectionError("the broker is away")
        if self.unread is not None:
            self.unread.append(message)
        else:
            self.take(message)

    # the sender
    async def post(self, one: Alert, webhook: Webhook) -> Answer:
        self.posted.append((one.id, self.now))
        self.webhooks.append(webhook)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        if one.receiver in self.stuck:
            await self.stuck[one.receiver].wait()
        self.at_once -= 1
        outcome = self.outcomes.pop(0) if self.outcomes else "delivered"
        return Answer(self.now, outcome, code=200 if outcome == "delivered" else 503)

    async def post_note(self, note: Note, id_: str, webhook: Webhook) -> Answer:
        self.notes.append((note, id_))
        outcome = self.outcomes.pop(0) if self.outcomes else "delivered"
        return Answer(self.now, outcome, code=200 if outcome == "delivered" else 503)

    def run(self, ends: Callable[["World"], bool]) -> "World":
        """Send until ``ends`` is true, and assert that it is."""

        async def send() -> None:
            world = self

            class Post:
                send = staticmethod(world.post)
                send_note = staticmethod(world.post_note)

            tools = Services(
                Settings(partitions=1),
                tracks=self.tracks,
                receivers=self.receivers,
                post=Post(),
                clock=lambda: self.now,
            )
            live: Any = self
            sending = asyncio.ensure_future(send_due_alerts(tools, live))
            for _ in range(100_000):
                if ends(self) or sending.done():
                    break
                await asyncio.sleep(0.001 if self.broker_refuses else 0)
            if sending.done():
                sending.result()
            sending.cancel()
            await asyncio.wait({sending})
            assert ends(self)

        asyncio.run(send())
        return self


def settled(world: World) -> bool:
    return world.states[0].waiting() == 0


def statuses(world: World, id_: str = "alert-1") -> list[str]:
    return [one.delivery.status for one in world.log if one.id == id_]


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


@pytest.mark.parametrize("outcome", ["gone", "refused"])
def test_a_receiver_that_is_gone_is_asked_no_more(outcome: Literal["gone", "refused"]) -> None:
    world = World(alert())
    world.outcomes = [outcome]
    world.run(settled)
    assert statuses(world) == ["pending", "failed"]
    assert len(world.posted) == 1


def with_webhook(**changes: Any) -> tuple[Track, str]:
    """A track, and the id of its receiver."""
    made = track()
    assert made.webhook is not None
    return replace(made, webhook=replace(made.webhook, **changes)), receiver_id(made.webhook)


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
    world.run(lambda world: len(world.posted) == 2 and world.states[0].off(receiver) is None)
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


# --- receivers with a name ------------------------------------------------------------------------------------------


def named(name: str, **changes: Any) -> NamedReceiver:
    hook = Webhook(url=f"https://{name}.example/hook", secret=SECRET)
    return replace(NamedReceiver(name=name, created_at=NOON, hook=hook), **changes)


def world_of(*receivers: NamedReceiver, alerts: int = 1) -> World:
    """A world with alerts of a track that sends to receivers with a name only."""
    followed = track(webhook=None, receivers=tuple(one.name for one in receivers))
    world = World(*(one for number in range(alerts) for one in for_receivers(alert(number), followed)))
    world.tracks, world.receivers = FixedTracks(followed), FixedReceivers(*receivers)
    return world


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
    world.run(lambda world: bool(world.states[0].all_paused()))
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


# --- notices about sources ------------------------------------------------------------------------------------------


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
