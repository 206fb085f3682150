"""Reads the log once for all clients, and gives each of them the events that it wants."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable

import structlog

from connectors.api.events import frames, places
from connectors.api.events.frames import TOPICS, Wanted
from connectors.api.events.recent import Places, Recent
from connectors.api.problems import busy, unavailable
from connectors.kafka.tail import Part, Tail
from streams.contract.errors import StorywatchError, Unavailable
from streams.runtime import metrics
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.serve")

MOST_CLIENTS = 500
MOST_WAITING = 1_000  # events that a client has not taken: it is too slow, and comes again
MOST_WAITING_BYTES = 4_000_000
HEARTBEAT_SECONDS = 15.0  # proxies close connections that say nothing for longer
RETRY_MS = 3_000  # after which a browser connects again
START_AGAIN_SECONDS = 2.0
MOST_REPLAYED = 20_000  # records behind: a client that is farther behind is told how many it missed
REPLAYS = 4  # at a time
SILENCE_SECONDS = 30.0


class Client:
    """What waits for one client. ``ended``: why there will be no more."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.ended: str | None = None
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()

    def offer(self, frame: bytes) -> None:
        self._waiting.append(frame)
        self._bytes += len(frame)
        if len(self._waiting) > MOST_WAITING or self._bytes > MOST_WAITING_BYTES:
            self.end("too slow: connect again with Last-Event-ID")
        self._arrived.set()

    def end(self, why: str) -> None:
        self.ended = self.ended or why
        self._waiting.clear()
        self._bytes = 0
        self._arrived.set()

    async def take(self, seconds: float) -> bytes:
        """All that waits; nothing after that time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), seconds)
        self._arrived.clear()
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return taken


class EventStream:
    """The events of one server."""

    def __init__(self, settings: Settings, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._settings = settings
        self._heartbeat_seconds = heartbeat_seconds
        self._clients: set[Client] = set()
        self._now: dict[Part, int] = {}  # the next offset of each partition; empty until Kafka has been read
        self._recent = Recent({})
        self._places = Places()
        self._replays = asyncio.Semaphore(REPLAYS)
        self._task: asyncio.Task[None] | None = None
        self._ending = False
        self._loaded = asyncio.Event()

    async def until_read(self) -> None:
        """Return once the log could be read."""
        await self._loaded.wait()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._read())

    def end(self) -> None:
        """End all streams, before the server stops."""
        self._ending = True
        for client in self._clients:
            client.end("the server stops: connect again with Last-Event-ID")

    async def stop(self) -> None:
        self.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _read(self) -> None:
        """Follow the log, and begin again where it was left when Kafka was away."""
        while True:
            try:
                async with Tail(self._settings, TOPICS) as tail:
                    if not self._now:
                        _, self._now = await tail.limits()
                        self._recent = Recent(self._now)
                        self._places.note(places.encode(self._now), time.monotonic())
                        self._loaded.set()
                    tail.seek(self._now)
                    while True:
                        arrived = await tail.records()
                        for part, record in arrived:
                            self._now[part] = record.offset + 1
                            self._recent.add(part, record.offset, record.value)
                            self._send(part, record.value)
                        if arrived:
                            self._places.note(places.encode(self._now), time.monotonic())
            except StorywatchError as error:
                log.warning("events cannot be read", reason=str(error))
            except Exception as error:
                metrics.report_unexpected("events", error)
            await asyncio.sleep(START_AGAIN_SECONDS)

    def _send(self, part: Part, value: bytes | None) -> None:
        if not self._clients or (event := frames.event(part[0], value)) is None:
            return
        frame = event.frame(places.encode(self._now))
        for client in self._clients:
            if client.ended is None and client.wanted.has(event):
                client.offer(frame)

    @property
    def settled(self) -> str | None:
        """The id before which every event is in what a search finds by now; None until the log was read.

        A page that is made now and connects with it as ``Last-Event-ID`` misses nothing.
        """
        return self._places.settled(time.monotonic())

    def open(self, wanted: Wanted, last_id: str | None, is_valid: Callable[[], bool]) -> AsyncIterator[bytes]:
        """The stream of a client, from an id on or from now on. ``is_valid``: whether its key still is.

        Raises `ProblemError` for too many clients and while the log cannot be read, `InvalidRequest` for an id that
        is none.
        """
        if self._ending or not self._now:
            raise unavailable("the log cannot be read yet")
        if len(self._clients) >= MOST_CLIENTS:
            raise busy("too many clients of events", round(START_AGAIN_SECONDS))
        after = places.decode(last_id, self._now) if last_id else None
        return self._frames(Client(wanted), after, is_valid)

    async def _frames(
        self, client: Client, after: dict[Part, int] | None, is_valid: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        begin = dict(self._now)  # from here on the client is given what comes
        self._clients.add(client)
        metrics.EVENT_CLIENTS.inc()
        try:
            yield f"retry: {RETRY_MS}\n".encode() + frames.comment("events follow", places.encode(after or begin))
            async for frame in self._missed(client.wanted, after or begin, begin):
                yield frame
            checked = time.monotonic()
            while client.ended is None:
                if taken := await client.take(self._heartbeat_seconds):
                    yield taken
                elif client.ended is None:
                    yield frames.comment("no event for a while", places.encode(self._now))
                if time.monotonic() - checked >= self._heartbeat_seconds:
                    checked = time.monotonic()
                    if not is_valid():
                        client.end("the API key is not valid any more")
            yield frames.comment(client.ended)
        except StorywatchError as error:
            log.warning("events cannot be sent again", reason=str(error))
            yield frames.comment("the log cannot be read: connect again with Last-Event-ID")
        finally:
            metrics.EVENT_CLIENTS.dec()
            self._clients.discard(client)

    async def _missed(self, wanted: Wanted, after: dict[Part, int], begin: dict[Part, int]) -> AsyncIterator[bytes]:
        """The events between two places, from memory if they are recent."""
        if not places.distance(after, begin):
            return
        if (recent := self._recent.between(after, begin)) is not None:
            at = dict(after)
            for part, offset, value in recent:
                at[part] = offset + 1
                event = frames.event(part[0], value)
                if event is not None and wanted.has(event):
                    yield event.frame(places.encode(at))
            return
        async for frame in self._read_again(wanted, after, begin):
            yield frame

    async def _read_again(self, wanted: Wanted, after: dict[Part, int], begin: dict[Part, int]) -> AsyncIterator[bytes]:
        """As `_missed`, by a reader of its own."""
        async with self._replays, Tail(self._settings, TOPICS) as tail:
            first, _ = await tail.limits()
            deleted = places.distance(after, {part: min(first[part], begin[part]) for part in after})
            at = {part: max(offset, first[part]) for part, offset in after.items()}
            left = places.distance(at, begin)
            if left > MOST_REPLAYED:
                yield frames.gap(deleted + left, places.encode(begin))
                return
            if deleted:
                yield frames.gap(deleted, places.encode(at))
            tail.seek(at)
            read = time.monotonic()
            while places.distance(at, begin):
                found = await tail.records()
                if found:
                    read = time.monotonic()
                elif time.monotonic() - read > SILENCE_SECONDS:
                    raise Unavailable("the log cannot be read to its end")
                for part, record in found:
                    if record.offset >= begin[part]:
                        continue
                    at[part] = record.offset + 1
                    event = frames.event(part[0], record.value)
                    if event is not None and wanted.has(event):
                        yield event.frame(places.encode(at))
