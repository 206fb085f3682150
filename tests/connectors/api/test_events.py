"""`GET /v1/events`: what happens arrives once and in order, also after a client or the server was away."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from connectors.api.events.frames import Wanted, is_new
from connectors.api.events.recent import MOST_RECENT, SETTLE_SECONDS, Places, Recent
from connectors.api.events.stream import MOST_WAITING, Client, EventStream
from connectors.kafka.producer import Producer
from streams.contract import messages as m
from streams.contract import topics
from streams.contract.messages import Scope
from streams.runtime.settings import Settings
from tests.connectors.api.library import FIRST, LIBRARY, OTHER, PIER, STORIES
from tests.connectors.api.serving import SECONDS, Served, add_key, environment, serving
from tests.connectors.cli import fiction
from tests.connectors.cli.running import wait_for

Event = dict[str, str]


class Follower:
    """Reads a stream: ``next`` returns an event, ``comments`` has what else came, ``place`` the latest id."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.comments: list[str] = []
        self.place = ""

    def block(self) -> Event | None:
        """The next block; None at the end."""
        found: Event = {}
        for line in self._lines:
            if not line and found:
                self.place = found.get("id", self.place)
                return found
            name, _, value = line.partition(": ") if not line.startswith(":") else ("comment", "", line[2:])
            if name:
                found[name] = value
            if name == "comment":
                self.comments.append(value)
        return None

    def next(self) -> tuple[str, Any]:
        while (found := self.block()) is not None:
            if "data" in found:
                return found["event"], json.loads(found["data"])
        raise AssertionError(f"the stream has ended: {self.comments}")


@contextmanager
def following(client: httpx.Client, last_id: str | None = None, **parameters: Any) -> Iterator[Follower]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with client.stream("GET", "/v1/events", params=parameters, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        follower = Follower(answer)
        follower.block()  # the stream is open
        yield follower


def send(settings: Settings, *messages: m.FiledArticle | m.StoryUpdate | m.Alert) -> None:
    of: dict[type, topics.Topic] = {m.FiledArticle: topics.FILED, m.StoryUpdate: topics.UPDATES, m.Alert: topics.ALERTS}
    with Producer(settings) as producer:
        for one in messages:
            producer.send(of[type(one)], one)


MADE = replace(fiction.ALERTS[0], delivery=m.Delivery(status="pending"))


def test_each_thing_arrives_as_the_other_routes_have_it(settings: Settings, reader: httpx.Client) -> None:
    with following(reader) as events:
        send(settings, FIRST)
        kind, filed = events.next()
        assert (kind, filed["id"], filed["story"], filed["publisher"]) == (
            "filing",
            FIRST.article.id,
            PIER,
            "Tarn Gazette",
        )
        listed = reader.get(f"/v1/stories/{PIER}").json()["timeline"][0]
        assert {**filed, "story": None} == {**listed, "story": None}
        send(settings, STORIES[0])
        kind, story = events.next()
        assert (kind, story["id"], story["source_count"]) == ("story", PIER, 2)
        send(settings, MADE)
        kind, alert = events.next()
        assert (kind, alert["track_name"], alert["delivery"]["status"]) == ("alert", "Pier", "pending")
        send(settings, fiction.ALERTS[0])
        kind, delivery = events.next()
        assert (kind, delivery["id"], delivery["delivery"]["code"]) == ("delivery", alert["id"], 204)


def test_a_client_gets_only_what_it_wants(settings: Settings, reader: httpx.Client) -> None:
    with (
        following(reader, type="alert") as alerts,
        following(reader, story=LIBRARY) as library,
        following(reader, track="abcdef012345", type=["alert", "delivery"]) as track,
    ):
        send(settings, FIRST, OTHER, STORIES[0], STORIES[1], MADE, fiction.ALERTS[0])
        assert alerts.next()[0] == "alert"
        assert {library.next()[0] for _ in range(2)} == {"filing", "story"}
        assert [track.next()[0] for _ in range(2)] == ["alert", "delivery"]


def test_what_was_missed_comes_first(settings: Settings, reader: httpx.Client) -> None:
    def titled(number: int) -> m.FiledArticle:
        return replace(FIRST, article=replace(FIRST.article, title=f"Number {number}"))

    with following(reader, type="filing") as events:
        send(settings, titled(1), titled(2))
        assert events.next()[1]["title"] == "Number 1"
        place = events.place
    send(settings, titled(3), STORIES[0], titled(4))
    with following(reader, place, type="filing") as events:
        assert [events.next()[1]["title"] for _ in range(3)] == ["Number 2", "Number 3", "Number 4"]
        send(settings, titled(5))
        assert events.next()[1]["title"] == "Number 5"


@pytest.mark.parametrize("given", ["x", "AAAA", "k5MBAgMB", "A" * 20_001])
def test_a_made_up_place_is_400(reader: httpx.Client, given: str) -> None:
    answer = reader.get("/v1/events", headers={"Last-Event-ID": given})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "this Last-Event-ID is not one that this stream has given: connect without it"


@pytest.mark.parametrize("parameters", [{"type": "weather"}, {"story": ["x"] * 21}])
def test_a_filter_that_is_none_is_400(reader: httpx.Client, parameters: dict[str, Any]) -> None:
    assert reader.get("/v1/events", params=parameters).status_code == 400


def test_an_unreadable_record_costs_itself(settings: Settings, reader: httpx.Client) -> None:
    with following(reader, type="filing") as events:
        with Producer(settings) as producer:
            producer.confirm(producer.start_raw(topics.FILED, FIRST.article.id, b"{"))
        send(settings, FIRST)
        assert events.next()[1]["id"] == FIRST.article.id


def test_a_slow_client_is_told_and_holds_nothing() -> None:
    async def go() -> None:
        client = Client(Wanted())
        for _ in range(MOST_WAITING):
            client.offer(b"x")
        before = client.ended
        client.offer(b"x")
        assert (before, client.ended) == (None, "too slow: connect again with Last-Event-ID")
        assert await client.take(1) == b""

    asyncio.run(go())


def running(settings: Settings, act: Callable[[EventStream], Any], **options: Any) -> None:
    """Act on a stream of events that has read the log."""

    async def go() -> None:
        events = EventStream(settings, **options)
        await events.start()
        try:
            async with asyncio.timeout(SECONDS):
                await events.until_read()
                await act(events)
        finally:
            await events.stop()

    asyncio.run(go())


def test_a_heartbeat_says_where_the_client_is(settings: Settings) -> None:
    async def act(events: EventStream) -> None:
        stream = events.open(Wanted(), None, lambda: True)
        first, beat = [(await anext(stream)).decode() for _ in range(2)]
        assert first.splitlines()[1].startswith("id: ")
        assert beat == f"{first.splitlines()[1]}\n: no event for a while\n\n"

    running(settings, act, heartbeat_seconds=0.05)


def test_a_key_that_is_revoked_ends_its_streams(settings: Settings) -> None:
    async def act(events: EventStream) -> None:
        frames = [frame async for frame in events.open(Wanted(), None, lambda: False)]
        assert frames[-1] == b": the API key is not valid any more\n\n"

    running(settings, act, heartbeat_seconds=0.05)


def test_a_server_that_stops_ends_its_streams(settings: Settings) -> None:
    _, text = add_key(settings, Scope.READ)
    with serving(environment(settings)) as served, served.client(text) as client:
        wait_for(lambda: client.get("/v1/sources").status_code == 200)
        with following(client) as events:
            assert served.stop() == 0
            while events.block() is not None:
                pass
    assert events.comments[-1] == "the server stops: connect again with Last-Event-ID"


def test_events_need_the_scope(served: Served, pusher: httpx.Client) -> None:
    assert pusher.get("/v1/events").status_code == 403


@pytest.mark.parametrize(
    ("delivery", "new"),
    [
        (m.Delivery(status="pending"), True),
        (m.Delivery(status="recorded"), True),
        (m.Delivery(status="held", held_for="quiet hours"), True),
        (m.Delivery(status="pending", held_for="quiet hours"), False),
        (m.Delivery(status="delivered", attempts=1), False),
        (m.Delivery(status="cancelled"), False),
    ],
    ids=lambda value: f"{value.status} {value.held_for}" if isinstance(value, m.Delivery) else "",
)
def test_an_alert_is_news_once(delivery: m.Delivery, new: bool) -> None:
    assert is_new(delivery) is new


def test_a_page_is_told_what_came_while_it_was_made() -> None:
    part = ("articles.filed.v1", 0)
    recent, known = Recent({part: 7}), Places()
    known.note("before", 100.0)
    recent.add(part, 7, b"one")
    known.note("after", 110.0)
    assert known.settled(110.0) == "before", "a search may not find it yet"
    assert known.settled(110.0 + SETTLE_SECONDS) == "after"
    assert recent.between({part: 7}, {part: 8}) == [(part, 7, b"one")]
    assert recent.between({part: 6}, {part: 8}) is None, "it has to be read again"
    for offset in range(8, 8 + MOST_RECENT):
        recent.add(part, offset, b"more")
    assert recent.between({part: 7}, {part: 8}) is None
    assert recent.between({part: 8}, {part: 9}) == [(part, 8, b"more")]
