"""The documents of dead letters as they are stored and come back from a search; `records.py` has all others."""

from datetime import datetime
from typing import Literal

from msgspec import field

from connectors.elastic.records import Error, Event, Record, Url
from streams.contract.deadletter import DeadLetterState


class LetterPart(Record, frozen=True, kw_only=True):
    """A dead letter. Without ``refused`` only what became of it is known."""

    id: str
    state: DeadLetterState
    open: bool  # in the list: refused or sent
    attempts: int = 0  # how often it was sent again
    stage: str | None = None
    refused: datetime | None = None  # the last time
    attempt: int | None = None  # how often it had been sent again by then
    bytes: int | None = None  # of the message


class ResolutionPart(Record, frozen=True, kw_only=True):
    """What became of a dead letter. ``offset`` is that of the resolution in its topic."""

    state: Literal["sent", "passed", "dropped"]
    attempt: int
    offset: int
    at: datetime
    by: str | None = None
    reason: str | None = None


class KafkaPart(Record, frozen=True, kw_only=True):
    """Where the message was that was refused."""

    topic: str
    partition: int | None = None
    offset: int | None = None
    key: str | None = None


class Service(Record, frozen=True, kw_only=True):
    version: str  # of the code that refused it


class LetterArticle(Record, frozen=True, kw_only=True):
    """The article that the message is about, as far as its bytes tell."""

    id: str | None = None
    arrival: str | None = None
    origin: str | None = None


class LetterPublisher(Record, frozen=True, kw_only=True):
    id: str  # of a publisher, else the address's domain, else what the sender said


class LetterRecord(Record, frozen=True, kw_only=True):
    """One document of the dead letters' index. ``timestamp`` is when it was refused last."""

    timestamp: datetime = field(name="@timestamp")
    event: Event
    letter: LetterPart
    error: Error | None = None
    kafka: KafkaPart | None = None
    service: Service | None = None
    article: LetterArticle | None = None
    publisher: LetterPublisher | None = None
    url: Url | None = None
    resolution: ResolutionPart | None = None
