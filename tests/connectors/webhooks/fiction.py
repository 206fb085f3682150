"""An invented alert, and receivers that behave badly, for the tests of the webhooks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from connectors.http.net import guarded_client
from connectors.webhooks.sending import Sender, WebhookAttempt
from streams.contract.messages import (
    Alert,
    ArticleRef,
    Filing,
    Kind,
    Lane,
    Publisher,
    Relation,
    Source,
    Story,
    Timestamp,
    Webhook,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOON = datetime(2031, 5, 4, 12, 0, 0, tzinfo=UTC)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def an_alert(number: int = 1, *, condition: str = "new source", bare: bool = False) -> Alert:
    """An alert with every optional field set, or none (``bare``)."""
    publisher = Publisher(
        id="dunmoor-echo.example",
        name="Dunmoor Echo",
        domain="dunmoor-echo.example",
        country="GB",
        owner="Northfell Media",
        agency=False,
    )
    return Alert(
        id=f"{number:032x}",
        track="harbour",
        track_name="Harbour wall",
        receiver="receiver-1",
        story=Story(
            id="story-1",
            title="Harbour wall at Dunmoor gives way – “no warning”",
            language="en",
            first_seen=NOON,
            last_seen=NOON,
            articles=4,
            sources=(
                Source(key="tarn-post.example", name="Tarn Post"),
                Source(key="northfell", name="Northfell Media"),
            ),
            publishers=("Tarn Post", "Dunmoor Echo"),
        ),
        article=ArticleRef(
            id="article-1",
            title="Dunmoor: Hafenmauer bricht 港",
            kind=Kind.ARTICLE,
            language="en",
            lane=Lane.LIVE,
            fetched_at=NOON,
            url=None if bare else "https://dunmoor-echo.example/harbour",
            publisher=None if bare else publisher,
            published=None if bare else Timestamp(value=NOON, precision="day", source="jsonld", confidence=0.9),
            relation=Relation.ORIGINAL,
        ),
        source=Source(key="northfell", name="Northfell Media"),
        sources=2,
        condition=condition,
        reason="Northfell Media is the second source of this story.",
        filing=Filing(
            story="story-1",
            decision="joined",
            score=0.71,
            threshold=0.5,
            reasons=("both tell of the wall at Dunmoor",),
            nearest=None if bare else "article-0",
            shared_entities=() if bare else ("place:dunmoor",),
            shared_terms=() if bare else ("harbour wall",),
            gap_seconds=None if bare else 1800.0,
        ),
        received_at=NOON,
        made_at=NOON,
        url="https://receiver.example/hook",
    )


async def send(
    webhook: Webhook, alert: Alert | None = None, *, timeout_seconds: float = 5.0, at: datetime | None = None
) -> WebhookAttempt:
    """One attempt by a sender with a guarded client of its own."""
    async with guarded_client(
        allow_private=webhook.allow_private, timeout_seconds=30.0, user_agent="Storywatch/test"
    ) as client:
        sender = Sender(
            client_for=lambda _: client,
            clock=lambda: at or datetime.now(UTC),
            timeout_seconds=timeout_seconds,
        )
        return await sender.send(alert or an_alert(), webhook)


@asynccontextmanager
async def rude_receiver(handler: Handler) -> AsyncIterator[str]:
    """A server on a free local port that does with each connection what ``handler`` says, and closes it; gives its URL.

    A handler ends when it wants to, or by the `ConnectionError` of a sender that went away.
    """
    at_work: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_work.append(asyncio.ensure_future(serve(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()
        await asyncio.gather(*at_work)
        await server.wait_closed()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Headers and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    return head + await reader.readexactly(length)


def answers(raw: bytes) -> Handler:
    """A handler that reads the request, says ``raw``."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(raw)
        await writer.drain()

    return handler
