"""Sends a steady stream of invented articles to a running system and records what the broker acknowledged.

The stream holds back while the pipeline is behind, so that a run of faults does not end with an hour of catching up.
"""

import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.kafka import admin
from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.errors import StorywatchError
from streams.contract.messages import (
    ANY,
    ContentType,
    Digest,
    EditKind,
    Fires,
    Quiet,
    RawArticle,
    Track,
    Webhook,
    digest,
)
from streams.contract.topics import Topic
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.faults import hostile
from tests.faults.fiction import Page, pages
from tests.faults.journal import Entry, Journal
from tests.faults.places import PLACES

MOST_WAITING = 200  # messages before all stages, beyond which nothing new is sent
LOOK_SECONDS = 3.0  # between two looks at what waits
AGAIN_SECONDS = 1.0  # after a send that the broker did not confirm
TRACKED = 60  # of the places: most stories of the stream answer a track
RECEIVERS = 8
A_MINUTE = timedelta(minutes=1)
QUIET_FOR = 5 * A_MINUTE

Job = tuple[str, Topic, str, bytes]  # kind, topic, key, value


def tracks(receiver: str, secret: str, now: datetime) -> dict[str, Track]:
    """Tracks of all kinds on the places of the stream, made before anything is sent, at several receivers."""
    made: dict[str, Track] = {}
    for number, place in enumerate(PLACES[:TRACKED]):
        webhook = Webhook(url=f"{receiver}{number % RECEIVERS}", secret=secret, allow_private=True)
        made[f"track-{number}"] = Track(
            id=f"track-{number}",
            name=f"All of {place}",
            created_at=now,
            words=(place.lower(),),
            independent=number % 3 != 0,
            at_sources=3 if number % 5 == 0 else None,
            webhook=webhook,
            **_holds(number, now),
        )
    return made


def _holds(number: int, now: datetime) -> dict[str, Any]:
    """What a few of the tracks fire for beside new sources, and why they hold alerts.

    Digests are made every other minute, so that faults come while one is made; quiet hours end in the run.
    """
    soon = now + QUIET_FOR
    holds: dict[int, dict[str, Any]] = {
        1: {"quiet": (Quiet(start=f"{now:%H:%M}", end=f"{soon:%H:%M}"),)},
        2: {"most_per_hour": 2, "fires": Fires(new_source=True, edits=tuple(EditKind), merges=True)},
        3: {"digest": Digest(at=tuple(f"{now + minute * 2 * A_MINUTE:%H:%M}" for minute in range(1, 25)))},
        4: {"snoozed_until": soon, "fires": Fires(new_source=True, first_countries=(ANY,), silence=A_MINUTE)},
    }
    return holds.get(number % 20, {})


class Feeder:
    """Sends in a thread of its own. A context manager: leaving it stops the stream."""

    def __init__(self, settings: Settings, journal: Journal, *, seed: int, per_second: float) -> None:
        self._settings = settings
        self._journal = journal
        self._per_second = per_second
        self._chance = random.Random(seed)
        self._pages = pages(seed)
        self._paging = threading.Lock()
        self._sent: list[Page] = []
        self._extra: deque[Job] = deque()
        self._flowing = threading.Event()
        self._ended = threading.Event()
        self._idle = threading.Event()
        self._hostile = 0
        self._producer: Any = None
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(60)
        self._close()

    @property
    def sent(self) -> int:
        """New pages so far, revisions included."""
        return len(self._sent)

    def flow(self) -> None:
        self._flowing.set()

    def hold(self) -> None:
        """Send nothing new; returns when all that was begun is acknowledged. Raises when the thread has failed."""
        self._flowing.clear()
        self._idle.clear()
        while not self._idle.wait(1):
            if not self._thread.is_alive():
                raise RuntimeError("the stream of articles has ended by itself: its error stands above")

    def again(self, most: int) -> int:
        """Send some of the pages that were sent before once more, in their order; says how many."""
        if not self._sent:
            return 0
        begin = self._chance.randrange(len(self._sent))
        chosen = self._sent[begin : begin + most]
        self._extra.extend(self._page("again", page, page.name) for page in chosen)
        return len(chosen)

    def hostile(self, kind: str) -> None:
        """Send a page that does harm to the pool, or that Elasticsearch refuses: one of `tests.faults.hostile`."""
        page = self._next()
        self._send_hostile(kind, page, page.html)

    def odd(self) -> None:
        """Send pages whose text is what is wrong with them."""
        page = self._next()
        for html in hostile.odd_pages(page.html):
            self._send_hostile(hostile.ODD, page, html)

    def some_pages(self, many: int) -> list[str]:
        """The markup of pages that this stream does not send."""
        return [self._next().html for _ in range(many)]

    def _send_hostile(self, kind: str, like: Page, html: str) -> None:
        self._hostile += 1
        page = Page(f"{like.url}?{kind}{self._hostile}", html, f"{kind}{self._hostile}")
        self._extra.append(self._page("hostile", page, page.name))

    def stray(self, topic: Topic) -> None:
        """Put bytes that are no message of ours on a topic."""
        value = self._chance.choice([b"\xff\x00 not a message", b'{"schema": 1, "id": "x"}', b'{"schema": 99}'])
        self._extra.append(("stray", topic, f"stray-{self._chance.randrange(100)}", value))

    # --- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        room = self._room()
        while not self._ended.is_set():
            if self._extra:
                self._send(self._extra.popleft())
            elif self._flowing.is_set() and next(room):
                page = self._next()
                self._send(self._page("article", page, page.name))
                self._sent.append(page)
                self._ended.wait(self._chance.expovariate(self._per_second))
            else:
                if not self._flowing.is_set():
                    self._idle.set()
                self._ended.wait(0.1)

    def _next(self) -> Page:
        with self._paging:  # both threads take pages
            return next(self._pages)

    def _room(self) -> Iterator[bool]:
        """Whether the pipeline is near enough; asks the broker now and then."""
        waiting, asked = 0, float("-inf")
        read = {
            group: names
            for group, names in topology.consumer_groups(self._settings).items()
            if not group.endswith("store")
        }
        while True:
            if time.monotonic() - asked > LOOK_SECONDS:
                asked = time.monotonic()
                with contextlib.suppress(StorywatchError):
                    waiting = sum(admin.lag(self._settings, read).values())
            yield waiting < MOST_WAITING

    def _page(self, kind: str, page: Page, origin: str) -> Job:
        now = datetime.now(UTC)
        arrival = RawArticle.arrive(
            page.html.encode(errors="surrogatepass"), ContentType.HTML, url=page.url, fetched_at=now, origin=origin
        )
        return kind, topics.RAW, arrival.id, encode(arrival)

    def _send(self, job: Job) -> None:
        """Until the broker has it. What was sent and not acknowledged may be there as well: the same, once more."""
        kind, topic, key, value = job
        while not self._ended.is_set():
            try:
                if self._producer is None:
                    self._producer = KafkaProducer(
                        bootstrap_servers=self._settings.kafka,
                        acks="all",
                        max_block_ms=5_000,
                        delivery_timeout_ms=20_000,
                        request_timeout_ms=10_000,
                    )
                sent = self._producer.send(topic.name(self._settings.topic_prefix), key=key.encode(), value=value)
                where = sent.get(timeout=30)
            except (KafkaError, OSError, ValueError):
                self._close()
                self._ended.wait(AGAIN_SECONDS)
            else:
                self._journal.write(Entry(kind, where.topic, where.partition, where.offset, digest(value)))
                return

    def _close(self) -> None:
        """A new producer for the next one: what this one still holds is not to be sent behind our back."""
        if self._producer is not None:
            self._producer.close(timeout=0)
            self._producer = None
