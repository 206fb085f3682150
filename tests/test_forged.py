"""Whoever can write to a topic can write anything: any bytes are a message, or one error of ours."""

import json
import random
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.contract import deadletter, topics, trace
from streams.contract.codec import decode, encode
from streams.contract.errors import Failed, Rejected
from streams.contract.messages import Message
from streams.runtime.delivery.batching import batch_interval
from streams.runtime.delivery.runner import context_of
from tests.fiction import NOON, one_of_each
from tests.fuzz.amount import inputs

KINDS = sorted({topic.carries for topic in topics.ALL if topic.carries}, key=lambda kind: kind.__name__)
GENUINE = [encode(message) for message in one_of_each()]

ODD: list[Any] = [
    None, True, -1, 0, 10**400, -(10**30), 1e308, "", "x" * 5_000, "\ud800", "\x00", "http://[", "http://xn--/",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", [], {}, [[[]]], {"id": {}},
]  # fmt: skip


def broken(genuine: bytes, chance: random.Random) -> bytes:
    """A message with some bytes, or one of its fields, made odd."""
    if chance.random() < 0.5:
        damaged = bytearray(genuine)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        return bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged) + 1)))])
    parts: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
        for key, value in inner:
            parts.append((part, key))
            walk(value)

    whole = json.loads(genuine)
    walk(whole)
    part, key = chance.choice(parts)
    part[key] = chance.choice(ODD)
    return json.dumps(whole, ensure_ascii=chance.random() < 0.5).encode(errors="surrogatepass")


values = st.one_of(
    st.binary(max_size=200),
    st.builds(broken, st.sampled_from(GENUINE), st.randoms(use_true_random=False)),
)
names = st.sampled_from(
    [trace.HEADER, deadletter.REPLAY, "letter", "attempt", "time", "topic", "source", "\ud800", "x"]
)
header_values = st.one_of(
    st.none(),
    st.binary(max_size=300),
    st.sampled_from([
        b'[["clean","2026-01-01T00:00:00",null,"1"]]', b'[["clean","0001-01-01T00:00:00+14:00",null,"1"]]',
        b'[["clean","9999-12-31T23:59:59-14:00",null,"1"]]', b"clean/x/" + b"9" * 5_000, b"clean/" + b"i" * 999 + b"/1",
        b"[" * 4_000, b'[["' + b"s" * 4_000 + b'","2026-01-01T00:00:00Z",null,"1"]]',
    ]),
)  # fmt: skip


def record(value: bytes | None, headers: Any = ()) -> Any:
    """As Faust hands it to us."""
    return SimpleNamespace(
        topic=topics.RAW.base, partition=0, offset=1, timestamp=NOON.timestamp(), key=b"k", value=value, headers=headers
    )


@inputs()
@given(values)
def test_any_bytes_are_a_message_or_our_own_error(value: bytes) -> None:
    for kind in KINDS:
        message: Message | None = None
        with suppress(Rejected):
            message = decode(value, kind)
        assert message is None or isinstance(message, kind)
    deadletter.peek_article_id(value)
    deadletter.peek_source(value)
    for topic in topics.ALL:
        deadletter.peek_subject(topic.base, value)


@inputs()
@given(st.lists(st.tuples(names, header_values), max_size=5), values)
def test_any_headers_are_read(headers: list[tuple[str, bytes | None]], value: bytes) -> None:
    forged = record(value, headers)
    for step in context_of(forged, "clean", NOON).trace:
        assert step.arrived.tzinfo is not None
    assert batch_interval(0.1, 0.5)(SimpleNamespace(message=forged)) >= 0.1
    deadletter.read_replay("clean", headers)
    deadletter.parse_record(forged)


# --- the size of what is made of it -------------------------------------------------------------------------------


ROOM = int(topics.DEADLETTERS.config()["max.message.bytes"]) - topics.MAX_RECORD_BYTES


@pytest.mark.parametrize(
    "headers",
    [
        [("x", b"x" * 1_000_000)],
        [(f"{n}", b"") for n in range(100_000)],
        [("letter", b"clean/" + b"x" * 100_000 + b"/1")],
        [(trace.HEADER, b"x" * 1_000_000), ("y", b"1")],
    ],
    ids=["long", "many", "letter", "way"],
)
def test_a_dead_letter_fits_its_topic_whatever_its_message_had(headers: list[tuple[str, bytes]]) -> None:
    error = Failed("ValueError: \ud800" + "é" * 100_000)
    value = b'{"origin": "' + "é".encode() * 100_000 + b'", "url": "https://' + b"x" * 100_000 + b'"}'
    rejected = record(value, headers)
    written = deadletter.record_headers(deadletter.headers("clean", rejected, error), rejected)
    assert sum(len(name.encode()) + len(said) + 10 for name, said in written.items()) < ROOM
    assert (deadletter.OMITTED in written) == (headers[0][0] != "letter")
