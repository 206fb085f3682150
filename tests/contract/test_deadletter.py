"""The article that a message is about, read from its bytes, whatever type it is and whatever is in it."""

import pytest

from streams.contract.codec import encode
from streams.contract.deadletter import peek_article_id
from streams.contract.messages import Message
from tests.fiction import alert, candidate, clean, filed, raw, tagged, unique, update


@pytest.mark.parametrize(
    ("message", "article"),
    [
        *[(message, "a1") for message in (clean(), unique(), tagged(), filed())],
        (update(), update().article.id),
        (candidate(), update().article.id),
        (alert(), alert().article.id),
    ],
    ids=lambda one: "" if isinstance(one, str) else type(one).__name__,
)
def test_every_message_of_an_article_names_it(message: Message, article: str) -> None:
    assert peek_article_id(encode(message)) == article


def test_an_arrival_is_named_by_its_own_id() -> None:
    assert peek_article_id(encode(raw())) == raw().id


@pytest.mark.parametrize("value", [None, b"", b"\xff\x00", b"[]", b'{"id": 7}', b'{"schema": 1}', b"[" * 100_000])
def test_a_message_without_an_article_is_no_error(value: bytes | None) -> None:
    assert peek_article_id(value) is None
