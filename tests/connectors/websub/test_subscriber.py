"""The subscriber on servers that do not answer: what is due elsewhere is done all the same."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
from msgspec.structs import replace

from connectors.http.polite import HostPacer
from connectors.websub.lifecycle import new_subscription
from connectors.websub.subscriber import AT_ONCE, Subscriber
from connectors.websub.subscriptions import Subscriptions
from streams.contract.messages import Subscription, SubscriptionState, WatchedSource

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
HUB = "https://hub.example/"


def feed(name: str) -> WatchedSource:
    return WatchedSource(id=name, url=f"https://{name}.example/feed", site=f"{name}.example", created_at=NOW)


def test_feeds_that_hang_delay_no_renewal() -> None:
    tarn, hanging = feed("tarn"), [feed(f"slow{number}") for number in range(AT_ONCE * 3)]
    asked: list[str] = []

    async def run() -> None:
        hang, renewed, full = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                asked.append(parse_qs(request.content.decode())["hub.topic"][0])
                renewed.set()
                return httpx.Response(202)
            asked.append(request.url.host)
            if len(asked) == AT_ONCE:
                full.set()
            await hang.wait()
            return httpx.Response(404)

        async def send(changed: Subscription | str) -> None:
            """Nothing is stored."""

        sources = {one.id: one for one in hanging}
        subscriptions = Subscriptions(send)
        client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        subscriber = Subscriber(
            client, HostPacer(0.0), "https://desk.example", lambda: sources, subscriptions, timeout_seconds=60,
            now=lambda: NOW, sleep=lambda seconds: asyncio.sleep(0),
        )  # fmt: skip
        running = asyncio.create_task(subscriber.run())
        async with asyncio.timeout(60):
            await full.wait()
            sources[tarn.id] = tarn
            active = replace(
                new_subscription(tarn, NOW - timedelta(days=9)), state=SubscriptionState.ACTIVE, hub=HUB,
                topic=tarn.url, lease_until=NOW + timedelta(hours=1),
            )  # fmt: skip
            await subscriptions.save(active)
            await renewed.wait()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await client.aclose()

    asyncio.run(run())
    assert asked[-1] == tarn.url
    assert len(asked) == AT_ONCE + 1
