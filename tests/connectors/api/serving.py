"""Runs `storywatch serve` as a process, and makes API keys for it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from connectors.api.access.keys import make_key
from connectors.kafka.producer import Producer
from connectors.kafka.reader import KafkaRecord, Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import ApiKey, RawArticle, Scope
from streams.runtime.settings import Settings

SECONDS = 30.0  # beyond this it hangs


@dataclass
class Served:
    """A running server. ``log``: the lines that it has written so far."""

    url: str
    process: "subprocess.Popen[str]"
    log: list[str] = field(default_factory=list)

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=SECONDS)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal; returns the exit code."""
        self.process.send_signal(how)
        return self.process.wait(SECONDS)


@contextmanager
def serving(environment: dict[str, str], *arguments: str) -> Iterator[Served]:
    """`storywatch serve` on a free port, with these variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STORYWATCH_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "connectors.cli", "serve", "--port", "0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean, "STORYWATCH_METRICS_PORT": "0", **environment},  # not a worker of somebody on this machine
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    served = Served(next(word for word in first.split() if word.startswith("http")).rstrip(";"), process)
    reader = threading.Thread(target=lambda: served.log.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        yield served
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def log_in(client: httpx.Client, key: str, **form: str) -> httpx.Response:
    """Ask the console for a session, as its form does."""
    return client.post("/login", data={"key": key, **form}, headers={"Sec-Fetch-Site": "same-origin"})


def environment(settings: Settings, **options: object) -> dict[str, str]:
    """The settings as variables, with some others."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set} | options
    return {f"STORYWATCH_{name.upper()}": str(value) for name, value in given.items()}


def add_key(
    settings: Settings, *scopes: Scope, name: str = "newsdesk", expires_in: timedelta | None = None
) -> tuple[ApiKey, str]:
    """A new key, known to Kafka, and its text."""
    now = datetime.now(UTC)
    key, text = make_key(name, scopes, now, now + expires_in if expires_in is not None else None)
    save(settings, key)
    return key, text


def save(settings: Settings, key: ApiKey) -> None:
    with Producer(settings) as producer:
        producer.send(topics.API_KEYS, key)


def records(settings: Settings, topic: topics.Topic) -> list[KafkaRecord]:
    with Reader(settings, [topic]) as reader:
        return list(reader.read_to_end())


def arrivals(settings: Settings) -> dict[str, RawArticle]:
    """Arrival id -> the article that is in Kafka, the latest of each id."""
    found = [decode(record.value, RawArticle) for record in records(settings, topics.RAW)]
    return {one.id: one for one in found}


def ids(answer: httpx.Response) -> Sequence[str]:
    """The arrivals that an answer lists as accepted."""
    return [one["arrival"] for one in answer.json()["accepted"]]
