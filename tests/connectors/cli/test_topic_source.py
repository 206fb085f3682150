"""A watched topic of the user's own: each record arrives once, within a poll, and bad ones cost themselves."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from kafka.admin import NewTopic

from connectors.http.holds import Holds
from connectors.kafka import admin
from connectors.kafka.topic_kind import TopicKind
from connectors.sources.poller import Poller, Summary
from connectors.sources.spec import SourceSpec, to_source
from streams.contract import topics
from streams.contract.errors import Unavailable
from streams.contract.messages import RawArticle, SourceState
from streams.runtime.settings import Settings
from tests.connectors.cli.running import Inside, put_on

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


def record(number: int) -> bytes:
    return json.dumps({"url": f"https://wire.test/w{number}", "title": f"Ferry {number}", "body": "Aground."}).encode()


@dataclass
class Desk:
    settings: Settings
    topic: str
    got: list[RawArticle] = field(default_factory=list)
    state: SourceState = field(default_factory=lambda: SourceState(url=""))
    away: bool = False  # the broker does not confirm what is published

    def __post_init__(self) -> None:
        with admin.admin(self.settings) as client:
            client.create_topics([NewTopic(self.topic, 2, 1)])

    async def poll(self, follow_seconds: float) -> Summary:
        kind = TopicKind(self.settings, report=lambda line: None, follow_seconds=follow_seconds)
        poller = Poller({"topic": kind}, Holds(lambda: NOW), report=lambda line: None, now=lambda: NOW)

        async def publish(article: RawArticle) -> None:
            if self.away:
                raise Unavailable("Kafka does not answer")
            self.got.append(article)

        async def save(state: SourceState) -> None:
            self.state = state

        source = to_source(SourceSpec(url=f"kafka:{self.topic}", labels=("wires",)), NOW)
        self.state, summary = await poller.poll(source, self.state, publish, save)
        return summary

    def urls(self) -> list[str]:
        return sorted((one.url or "").removeprefix("https://wire.test/") for one in self.got)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what another thread or the broker does sets no event
            await asyncio.sleep(0.05)


def test_a_topic_is_followed_and_each_record_comes_once(stack: Settings) -> None:
    desk = Desk(stack, "watched-wire")
    put_on(stack, desk.topic, record(1), b"no json", b"{}", None, record(2))

    async def follow() -> None:
        polling = asyncio.create_task(desk.poll(600.0))
        await until(lambda: len(desk.got) == 2)
        await asyncio.to_thread(put_on, stack, desk.topic, record(3))
        await until(lambda: len(desk.got) == 3)
        await until(lambda: committed(stack, desk.topic) == 6)
        await until(lambda: desk.state.articles == 3)  # while the poll runs
        polling.cancel()
        await asyncio.wait({polling})

    asyncio.run(follow())
    assert desk.got[0].given.labels == ("wires",)
    put_on(stack, desk.topic, record(4), b"[]")
    summary = asyncio.run(desk.poll(0))
    assert desk.urls() == ["w1", "w2", "w3", "w4"]
    assert [one.reason for one in summary.refused] == ["a JSON object was expected, this is a list"]
    assert (desk.state.articles, desk.state.refused, desk.state.polled) == (4, 3, True)
    pause = (desk.state.next_poll - NOW).total_seconds() if desk.state.next_poll else None
    assert pause is not None
    assert pause < 2  # the next poll follows on


def committed(settings: Settings, topic: str) -> int:
    """How many records of a topic are committed."""
    with admin.admin(settings) as client:
        offsets = client.list_group_offsets([f"{settings.topic_prefix}storywatch-ingest-{topic}"])
    return sum(one.offset for parts in offsets.values() for one in parts.values())


def test_what_the_broker_does_not_confirm_comes_again(stack: Settings) -> None:
    desk = Desk(stack, "watched-lost")
    put_on(stack, desk.topic, record(7))
    desk.away = True
    assert asyncio.run(desk.poll(0)).failed == 1
    assert desk.state.error == "Kafka does not answer"
    desk.away = False
    assert asyncio.run(desk.poll(0)).new == 1
    assert asyncio.run(desk.poll(0)).new == 0
    assert desk.urls() == ["w7"]


def test_a_preview_of_a_topic_takes_nothing(stack: Settings, storywatch: Inside) -> None:
    desk = Desk(stack, "watched-preview")
    put_on(stack, desk.topic, record(8))
    added = storywatch("source", "add", "kafka:watched-preview", "--label", "wires")
    assert (added.code, added.err) == (0, "")
    assert "kafka:watched-preview: 1 article" in added.out
    assert asyncio.run(desk.poll(0)).new == 1
    assert storywatch("source", "remove", "kafka:watched-preview").code == 0


@pytest.mark.parametrize("topic", ["nowhere", topics.RAW.base])
def test_a_topic_that_cannot_be_read_is_not_added(storywatch: Inside, topic: str) -> None:
    added = storywatch("source", "add", f"kafka:{topic}")
    assert added.code == 1
    assert topic in added.err
