"""The messages between the stages: round trips, and one-line errors for foreign bytes."""

import base64
import json
import random
import zlib
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from streams.contract.codec import decode, encode
from streams.contract.errors import Rejected, TooLarge, Undecodable
from streams.contract.messages import (
    MAX_PAGE_BYTES,
    MAX_VALUE_BYTES,
    SCHEMA,
    ContentType,
    Message,
    RawArticle,
    Track,
    digest,
)
from tests.fiction import NOON, alert, one_of_each, raw, track


def as_json(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode(message))
    return found


def written(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()


def every(message: Message) -> str:
    return type(message).__name__


@pytest.mark.parametrize("message", one_of_each(), ids=every)
def test_what_is_written_is_read_again(message: Message) -> None:
    assert decode(encode(message), type(message)) == message


@pytest.mark.parametrize("message", one_of_each(), ids=every)
def test_every_message_says_its_schema(message: Message) -> None:
    assert as_json(message)["schema"] == SCHEMA


@pytest.mark.parametrize("message", one_of_each(), ids=every)
def test_fields_of_a_newer_worker_are_ignored(message: Message) -> None:
    assert decode(written({**as_json(message), "mood": {"of": ["the", "day"]}}), type(message)) == message


@pytest.mark.parametrize("message", one_of_each(), ids=every)
def test_a_missing_field_is_one_line_that_names_it(message: Message) -> None:
    required = [field.name for field in msgspec.structs.fields(message) if field.required]
    for name in required:
        fields = as_json(message)
        del fields[name]
        with pytest.raises(Undecodable, match=f"^not an? {every(message)} message: .*`{name}`[^\n]*$"):
            decode(written(fields), type(message))


@pytest.mark.parametrize("message", one_of_each(), ids=every)
def test_a_newer_schema_is_recognised_by_its_version(message: Message) -> None:
    for fields in ({**as_json(message), "schema": SCHEMA + 1}, {"schema": SCHEMA + 1, "all": "new"}):
        with pytest.raises(
            Undecodable, match=f"schema version {SCHEMA + 1} is newer than {SCHEMA}.*update this worker"
        ):
            decode(written(fields), type(message))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "no value"),
        (b"", "not a Track message"),
        (b"\xff\x00", "not a Track message"),
        (b"[]", "not a Track message"),
        (b'{"schema": "one"}', "not a Track message"),
        (b'{"id": "\\ud800"}', "not a Track message"),
        (b'{"id": "\xff"}', "not a Track message"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"id": "a", "name": "b", "created_at": "2031-05-04T12:00:00"}', "created_at: expected a time with its zone"),
    ],
    ids=["none", "empty", "bytes", "list", "schema", "half a character", "latin", "nested", "time without a zone"],
)
def test_whatever_the_bytes_are_the_error_is_one_line(value: bytes | None, says: str) -> None:
    with pytest.raises(Undecodable, match=says) as caught:
        decode(value, Track)
    assert "\n" not in str(caught.value)


def test_a_message_over_the_limit_is_refused_when_it_is_written() -> None:
    with pytest.raises(TooLarge, match=r"Track of 9\d\d,\d\d\d bytes .* 900,000"):
        encode(track(name="x" * MAX_VALUE_BYTES))
    assert encode(track(name="x" * (MAX_VALUE_BYTES - 1000)))


def test_half_a_character_is_refused_when_it_is_written() -> None:
    with pytest.raises(Rejected, match="half a character"):
        encode(track(name="\ud83d"))


# --- arrivals -----------------------------------------------------------------------------------------------------


def arrive(content: bytes, url: str | None = None) -> RawArticle:
    return RawArticle.arrive(content, ContentType.HTML, fetched_at=NOON, url=url)


@pytest.mark.parametrize("content", [b"", b" \r\n\t "])
def test_nothing_is_no_arrival(content: bytes) -> None:
    with pytest.raises(Rejected, match="empty"):
        arrive(content)


def test_a_page_comes_back_as_it_was() -> None:
    content = "Überflutung 港\r\n".encode() * 1000
    assert arrive(content).page() == content
    assert decode(encode(arrive(content)), RawArticle).page() == content


def test_the_largest_page_arrives_and_one_byte_more_does_not() -> None:
    assert len(arrive(b"x" * MAX_PAGE_BYTES).page()) == MAX_PAGE_BYTES
    with pytest.raises(TooLarge, match="10,000,001 bytes"):
        arrive(b"x" * (MAX_PAGE_BYTES + 1))


def test_incompressible_bytes_that_do_not_fit_are_rejected() -> None:
    noise = random.Random(4).randbytes(MAX_VALUE_BYTES)
    with pytest.raises(TooLarge, match="does not fit a Kafka message"):
        arrive(noise)
    fits = arrive(noise[: (MAX_VALUE_BYTES - 25_000) * 3 // 4], url="https://e.example/" + "x" * 2000)
    assert len(encode(fits)) <= MAX_VALUE_BYTES


def test_a_bomb_is_refused_when_it_is_unpacked() -> None:
    bomb = replace(raw(), content=zlib.compress(b"0" * (MAX_PAGE_BYTES + 1)))
    with pytest.raises(TooLarge, match="unpacks to more than 10,000,000"):
        bomb.page()


@pytest.mark.parametrize("content", [b"", b"not packed", zlib.compress(b"a page" * 100)[:-9]])
def test_a_damaged_page_is_refused_and_never_cut(content: bytes) -> None:
    with pytest.raises(Undecodable, match="damaged"):
        replace(raw(), content=content).page()


def test_the_arrival_id_is_of_the_url_or_else_of_the_bytes() -> None:
    assert arrive(b"one", "https://e.example/1").id == arrive(b"two", "https://e.example/1").id
    assert arrive(b"one").id != arrive(b"two").id
    assert arrive(b"one").id == arrive(b"one").id


def test_bytes_travel_as_base64() -> None:
    one = raw()
    assert base64.b64decode(as_json(one)["content"]) == one.content


# --- ids and secrets ----------------------------------------------------------------------------------------------


def test_ids_known_by_heart_do_not_change_between_versions() -> None:
    assert digest("alert", "t1") == "0ef70c5e35fd0c02b85c5d344c277898"
    assert digest(b"alert", "t1") == digest("alert", "t1")


def test_the_parts_of_an_id_do_not_run_into_each_other() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", ""), digest("", "abc")}) == 5


def test_an_alert_has_no_place_for_a_secret() -> None:
    described = msgspec.json.schema(type(alert()))["$defs"]
    named = {name for part in described.values() for name in part.get("properties", {})}
    assert "made_at" in named
    assert "secret" not in named
