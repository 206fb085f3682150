"""A simulated log, receivers and a clock that advances when nothing can run, for the tests of sending due alerts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from streams.agents.deliver import deliver
from streams.agents.support.services import Services
from streams.agents.support.webhook_dispatch import send_due_alerts
from streams.alerts.deliver.queues import Queues
from streams.alerts.receivers import for_receivers, receiver_id
from streams.contract import topics, trace
from streams.contract.messages import Alert, Deliverable, Message, NamedReceiver, Track, Webhook
from streams.contract.plugins import Note
from streams.contract.topics import Topic
from streams.contract.trace import Trace
from streams.runtime.settings import Settings
from tests.agents.doubles import FixedReceivers, FixedTracks, at
from tests.fiction import NOON, SECRET, alert, track

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


def with_webhook(**changes: Any) -> tuple[Track, str]:
    """A track, and the id of its receiver."""
    made = track()
    assert made.webhook is not None
    return replace(made, webhook=replace(made.webhook, **changes)), receiver_id(made.webhook)


def named(name: str, **changes: Any) -> NamedReceiver:
    hook = Webhook(url=f"https://{name}.example/hook", secret=SECRET)
    return replace(NamedReceiver(name=name, created_at=NOON, hook=hook), **changes)


def world_of(*receivers: NamedReceiver, alerts: int = 1) -> World:
    """A world with alerts of a track that sends to receivers with a name only."""
    followed = track(webhook=None, receivers=tuple(one.name for one in receivers))
    world = World(*(one for number in range(alerts) for one in for_receivers(alert(number), followed)))
    world.tracks, world.receivers = FixedTracks(followed), FixedReceivers(*receivers)
    return world
