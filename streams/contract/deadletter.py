"""Dead letters: the headers that a rejected message is stored with, how they are read back, and what became of it.

The value of a dead letter is the rejected message's, unchanged. Its id is derived from where that message was, so a
replay after a crash writes the same letter again. A message that is sent again from its letter carries the id in the
header `REPLAY`: rejected once more, it is the same letter with a newer reason; passed, the letter is resolved.

The list (`storywatch deadletters`) and the stage that stores letters read them with the same functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import msgspec

from streams import __version__
from streams.contract import identity, topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import Resolution, digest
from streams.contract.topics import Headers, TopicRecord
from streams.contract.urls import registered_domain

MOST_HEADERS, MOST_HEADER_BYTES = 50, 50_000  # of the message's own that go on: the letter has to fit its topic
MOST_DIGITS = 9  # of an attempt
MOST_CHARACTERS = 500  # of untrusted text: the headers must fit beside the largest message
MOST_ID_CHARACTERS = 100  # our ids are shorter, and Elasticsearch takes 512 bytes
ID_CHARACTERS = 12  # 48 bits: two of a million letters collide with a chance of 1 in 500
REPLAY = "letter"  # "stage/id/attempt" on a message that was sent again
OMITTED = "left out"  # number of the message's own headers that the letter omits
ORIGINAL = "was."  # prefix of the message's own headers
UNKNOWN = "?"  # a header is missing: the letter was written by somebody else

DeadLetterState = Literal["refused", "sent", "passed", "dropped"]
OPEN_STATES: tuple[DeadLetterState, ...] = ("refused", "sent")


class Replay(NamedTuple):
    """Marks a message that was sent again from a dead letter of ``stage``. ``attempt``: how often it has been sent."""

    stage: str
    letter: str
    attempt: int

    def header(self) -> str:
        return f"{self.stage}/{self.letter}/{self.attempt}"


class ResolutionState(NamedTuple):
    """The last resolution of a letter."""

    attempt: int
    state: Literal["sent", "passed", "dropped"]


class Subject(NamedTuple):
    """The article that a message is about, as far as its bytes tell."""

    article: str | None = None
    arrival: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class DeadLetter:
    """One dead letter. ``topic``, ``partition`` and ``offset`` are those of the rejected message."""

    id: str
    time: datetime
    stage: str
    error: str
    reason: str
    source: str
    origin: str
    topic: str
    partition: str
    offset: str
    key: str
    size: int  # bytes of the rejected message
    attempt: int  # how often it had been sent again when it was rejected last
    version: str  # of the code that rejected it
    record: tuple[int, int]  # partition and offset of the letter itself
    resolution: Resolution | None = None

    @property
    def state(self) -> DeadLetterState:
        found = self.resolution
        return current_state(self.attempt, ResolutionState(found.attempt, found.state) if found else None)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def attempts(self) -> int:
        """How often the message has been sent again."""
        return max(self.attempt, self.resolution.attempt if self.resolution else 0)

    @property
    def place(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class DeadLetterRecord(NamedTuple):
    """A dead letter and the subject of its message: the input of the stage that stores letters."""

    letter: DeadLetter
    subject: Subject


def current_state(attempt: int, resolution: ResolutionState | None) -> DeadLetterState:
    """The state of a letter that was rejected last at ``attempt``: refused; sent (again, and not handled yet); or
    passed or dropped, and out of the list."""
    if resolution is None or resolution.attempt < attempt:
        return "refused"
    return "refused" if resolution == (attempt, "sent") else resolution.state


# --- writing ----------------------------------------------------------------------------------------------------


def letter_id(stage: str, topic: str, partition: int | str, offset: int | str) -> str:
    """The id of the letter of one message and one stage; several stages may read the same topic."""
    return digest(stage, topic, str(partition), str(offset))[:ID_CHARACTERS]


def headers(stage: str, message: TopicRecord, error: StorywatchError) -> dict[str, str]:
    """Where the message came from (stage, topic, partition, offset, origin, source), its error, and when."""
    replay = read_replay(stage, message.headers)
    peeked = peek(message.value)
    return {
        "letter": replay.letter if replay else letter_id(stage, message.topic, message.partition, message.offset),
        "attempt": str(replay.attempt if replay else 0),
        "stage": stage,
        "error": error.label,
        "reason": str(error)[:MOST_CHARACTERS],
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "time": datetime.now(UTC).isoformat(),
        "version": __version__,
        "origin": (peeked.origin or (peeked.article.origin if peeked.article else ""))[:MOST_CHARACTERS],
        "source": _source(peeked)[:MOST_CHARACTERS],
    }


def record_headers(described: Mapping[str, str], message: TopicRecord) -> dict[str, bytes]:
    """The headers of a letter's record: what `headers` says, and the message's own."""
    encoded = {name: text.encode(errors="backslashreplace") for name, text in described.items()}
    return encoded | _original_headers(message)


def _original_headers(message: TopicRecord) -> dict[str, bytes]:
    """The message's own headers under prefixed names; if they are many or long, the first ones and the number of
    those omitted."""
    found: dict[str, bytes] = {}
    own = {name: value for name, value in header_map(message.headers).items() if name != REPLAY}
    room = MOST_HEADER_BYTES
    for name, value in own.items():
        room -= len(name.encode(errors="replace")) + len(value)
        if room < 0 or len(found) == MOST_HEADERS:
            return {**found, OMITTED: str(len(own) - len(found)).encode()}
        found[ORIGINAL + name] = value
    return found


# --- reading ----------------------------------------------------------------------------------------------------


def read_replay(stage: str, given: Headers) -> Replay | None:
    """The `Replay` in a message's headers if it was sent again for this stage; other readers of the topic ignore it."""
    parts = header_map(given).get(REPLAY, b"").decode(errors="replace").split("/")
    if len(parts) != 3 or parts[0] != stage or not 0 < len(parts[1]) <= MOST_ID_CHARACTERS:
        return None
    if not parts[2].isdecimal() or len(parts[2]) > MOST_DIGITS:
        return None
    return Replay(parts[0], parts[1], int(parts[2]))


def parse_letter(
    topic: str,
    place: tuple[int, int],
    written: datetime,
    key: bytes | None,
    value: bytes | None,
    given: Mapping[str, str],
) -> DeadLetter:
    """Read a letter. ``topic``, ``place`` (partition and offset) and ``written`` describe its record, ``given`` are
    its headers. Raises nothing: a header that is missing or malformed gets a default."""
    ours = "topic" in given
    stage = given.get("stage", UNKNOWN)
    source_topic = given["topic"] if ours else topic
    partition = given.get("partition", UNKNOWN) if ours else str(place[0])
    offset = given.get("offset", UNKNOWN) if ours else str(place[1])
    named = given.get("letter", "")
    return DeadLetter(
        id=named if 0 < len(named) <= MOST_ID_CHARACTERS else letter_id(stage, source_topic, partition, offset),
        time=_time(given.get("time"), written),
        stage=stage,
        error=given.get("error", UNKNOWN),
        reason=given.get("reason", UNKNOWN),
        source=given["source"] if "source" in given else peek_source(value),
        origin=given.get("origin", ""),
        topic=source_topic,
        partition=partition,
        offset=offset,
        key=(key or b"").decode(errors="replace"),
        size=len(value or b""),
        attempt=_count(given.get("attempt", "0")),
        version=given.get("version", UNKNOWN),
        record=place,
    )


def parse_record(record: TopicRecord) -> DeadLetterRecord:
    """The letter and its subject. Raises nothing, since a dead letter must never cause another one."""
    given = {name: text.decode(errors="replace") for name, text in header_map(record.headers).items()}
    written = datetime.fromtimestamp(record.timestamp, UTC)
    letter = parse_letter(record.topic, (record.partition, record.offset), written, record.key, record.value, given)
    return DeadLetterRecord(letter, peek_subject(letter.topic, record.value))


def header_map(given: Headers) -> dict[str, bytes]:
    """Headers as a dictionary; Faust gives them as pairs or as a mapping."""
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return {name: bytes(value or b"") for name, value in pairs}


# --- peeking into a message of any type -------------------------------------------------------------------------


class _Publisher(msgspec.Struct):
    id: str = ""


class _Given(msgspec.Struct):
    publisher: str | None = None


class _Filing(msgspec.Struct):
    story: str = ""


class MessagePeek(msgspec.Struct):
    """What a message of any type and schema version may say about its article."""

    id: str = ""
    arrival: str | None = None
    origin: str = ""
    url: str | None = None
    fetched_url: str | None = None
    revision: str | None = None
    filing: _Filing | None = None
    given: _Given | None = None
    publisher: _Publisher | None = None
    article: "MessagePeek | None" = None
    update: "MessagePeek | None" = None

    @property
    def innermost(self) -> "MessagePeek":
        found = self
        while inner := found.update or found.article:  # a candidate has an update, an update its article
            found = inner
        return found


_decode = msgspec.json.Decoder(MessagePeek).decode


def peek_article_id(value: bytes | None) -> str | None:
    """The id of the article that a message is about, of an arrival its arrival id; None if it cannot be read."""
    return peek(value).innermost.id or None


def peek_source(value: bytes | None) -> str:
    """The publisher's id, else the registered domain of the address, else what the sender named; "" if unknown."""
    return _source(peek(value))


def peek_subject(topic: str, value: bytes | None) -> Subject:
    """The subject of a message of ``topic``. An arrival has no article id yet: it gets the one that its address gives,
    by which `storywatch forget` finds it."""
    found = peek(value).innermost
    if topic.endswith(topics.RAW.base):
        return Subject(_tolerant(identity.of_url, found.url) if found.url else None, found.id or None, found.url)
    return Subject(found.id or None, found.arrival, found.url)


def peek(value: bytes | None) -> MessagePeek:
    """The fields of a message; all of them empty if it cannot be decoded."""
    try:
        return _decode(value or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return MessagePeek()


def _tolerant(function: Callable[[str], str | None], text: str) -> str | None:
    """Run ``function`` on untrusted text; return None if it raises. The message is already rejected, and its text must
    not prevent the dead letter."""
    try:
        return function(text)
    except Exception:  # untrusted text may raise anything
        return None


def _source(found: MessagePeek) -> str:
    if inner := found.article or found.update:
        return _source(inner)
    if found.publisher:
        return found.publisher.id
    if domain := _tolerant(registered_domain, found.url or found.origin):
        return domain
    return (found.given.publisher if found.given else None) or ""


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0


def _time(text: str | None, written: datetime) -> datetime:
    """The time in the header, else when the letter was written."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return written
