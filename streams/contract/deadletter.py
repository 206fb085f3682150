"""A message that can never pass, and why, in; the headers of its dead letter out. Its value stays as it was.

A letter's id is made of where the refused message was, so a replay after a crash writes the same one again. A message
that is sent again from its letter carries the id in the header `REPLAY`: refused once more, it is the same letter with
a newer reason; passed, the letter is resolved.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from streams import __version__
from streams.contract import identity, topics
from streams.contract.errors import StorywatchError
from streams.contract.messages import digest
from streams.contract.urls import registered_domain

MOST_HEADERS, MOST_HEADER_BYTES = 50, 50_000  # of the message's own that go on: the letter has to fit its topic
MOST_ATTEMPTS = 9  # digits
MOST_CHARACTERS = 500  # of what strangers wrote: the headers must fit beside the largest message
MOST_ID_CHARACTERS = 100  # no id of ours is as long, and Elasticsearch takes 512 bytes
ID_CHARACTERS = 12  # 48 bits: two of a million letters meet with a chance of 1 in 500
REPLAY = "letter"  # "stage/id/attempt" on a message that was sent again
LEFT_OUT = "left out"  # how many headers of the message itself are not among them
KEPT = "was."  # before the names of the headers that the message itself had


class Replay(NamedTuple):
    """That a message comes from a dead letter of ``stage``. ``attempt``: how often it has been sent again."""

    stage: str
    letter: str
    attempt: int

    def header(self) -> str:
        return f"{self.stage}/{self.letter}/{self.attempt}"


class _Publisher(msgspec.Struct):
    id: str = ""


class _Given(msgspec.Struct):
    publisher: str | None = None


class _Input(msgspec.Struct):
    """Any message of ours, of any schema version: what it says of where it comes from."""

    id: str = ""
    arrival: str | None = None
    origin: str = ""
    url: str | None = None
    given: _Given | None = None
    publisher: _Publisher | None = None
    article: "_Input | None" = None
    update: "_Input | None" = None


_decode = msgspec.json.Decoder(_Input).decode


class Subject(NamedTuple):
    """The article that a message is about, as far as its bytes tell."""

    article: str | None = None
    arrival: str | None = None
    url: str | None = None


def letter_id(stage: str, topic: str, partition: int | str, offset: int | str) -> str:
    """The same for every time that this stage refuses this message. Other stages may read the same topic."""
    return digest(stage, topic, str(partition), str(offset))[:ID_CHARACTERS]


def headers(stage: str, message: Any, error: StorywatchError) -> dict[str, str]:
    """Where the message came from (stage, topic, partition, offset, origin, source), what is wrong with it, and when.

    ``message`` is Faust's, with the raw value.
    """
    replay = replay_of(stage, message.headers)
    found = _input(message.value)
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
        "origin": _origin(found)[:MOST_CHARACTERS],
        "source": _source(found)[:MOST_CHARACTERS],
    }


def own_headers(message: Any) -> dict[str, bytes]:
    """The headers that the message came with, named so that they do not meet those of its letter; when they are many
    or long, the first ones, and how many are left out."""
    kept: dict[str, bytes] = {}
    own = {name: value for name, value in texts(message.headers).items() if name != REPLAY}
    room = MOST_HEADER_BYTES
    for name, value in own.items():
        room -= len(name.encode(errors="replace")) + len(value)
        if room < 0 or len(kept) == MOST_HEADERS:
            return {**kept, LEFT_OUT: str(len(own) - len(kept)).encode()}
        kept[KEPT + name] = value
    return kept


def replay_of(stage: str, given: Any) -> Replay | None:
    """What the headers of a message say, if it was sent again for this stage; other readers of the topic have no part
    in it."""
    parts = texts(given).get(REPLAY, b"").decode(errors="replace").split("/")
    if len(parts) != 3 or parts[0] != stage or not 0 < len(parts[1]) <= MOST_ID_CHARACTERS:
        return None
    if not parts[2].isdecimal() or len(parts[2]) > MOST_ATTEMPTS:
        return None
    return Replay(parts[0], parts[1], int(parts[2]))


def source_of(value: bytes | None) -> str:
    """Who published it, as far as the bytes can be read: a publisher's id, else the address's registered domain, else
    what the sender said; "" when nobody knows."""
    return _source(_input(value))


def subject_of(topic: str, value: bytes | None) -> Subject:
    """What a message of ``topic`` is about. An arrival has no article's id yet: it gets the one that its address gives,
    by which `storywatch forget` finds it."""
    found = _input(value)
    while inner := found.update or found.article:  # a candidate has an update, an update its article
        found = inner
    if topic.endswith(topics.RAW.base):
        return Subject(_understood(identity.of_url, found.url) if found.url else None, found.id or None, found.url)
    return Subject(found.id or None, found.arrival, found.url)


def texts(given: Any) -> dict[str, bytes]:
    """Faust's headers, which come as a list of pairs or as a mapping."""
    pairs = given.items() if isinstance(given, Mapping) else given or ()
    return {name: bytes(value or b"") for name, value in pairs}


def _input(value: bytes | None) -> _Input:
    try:
        return _decode(value or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Input()


def _understood(function: Callable[[str], str | None], text: str) -> str | None:
    """What a function makes of a stranger's text. The message that it stands in is refused already, and whatever is
    wrong with it must not stop that."""
    try:
        return function(text)
    except Exception:  # whatever it is that nobody expected of such a text
        return None


def _origin(found: _Input) -> str:
    """What the sender called the input."""
    return found.origin or (found.article.origin if found.article else "")


def _source(found: _Input) -> str:
    if inner := found.article or found.update:
        return _source(inner)
    if found.publisher:
        return found.publisher.id
    if domain := _understood(registered_domain, found.url or found.origin):
        return domain
    return (found.given.publisher if found.given else None) or ""
