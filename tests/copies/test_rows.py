"""The table row of an article: small, complete, and equal after encoding."""

import msgspec
import pytest

from streams.copies import Copies, CopyRow
from streams.copies.comparison import overlap
from streams.copies.shingles import number_digest, shingle, text_digest
from tests.copies.fiction import FERRY, article, prose, publisher


@pytest.mark.parametrize("body", [FERRY, "", "Short.", prose(1, 3_000)])
def test_a_row_survives_json_and_msgpack(body: str) -> None:
    each = article("a", body, by=publisher("Harbour Gazette", "group"))
    row = Copies().judge(each, 0).rows[each.id]
    assert row is not None
    assert msgspec.json.decode(msgspec.json.encode(row), type=CopyRow) == row
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=CopyRow) == row


def test_a_row_stays_under_its_limit_however_long_the_body_is() -> None:
    body = prose(1, 25_000).replace(". ", ".\n\n")
    copies = Copies()
    copies.judge(article("a", body), 0)
    each = article("a", prose(2, 25_000).replace(". ", ".\n\n"))
    row = copies.judge(each, 1).rows[each.id]
    assert len(msgspec.json.encode(row)) < 42_000


def test_words_with_vowel_signs_are_whole_words() -> None:
    assert shingle("हिन्दी में समाचार पढ़ना अच्छा").total == 1
    assert shingle("वह किताब पढ़ता").total == 0


def test_same_text_is_told_by_words_and_numbers_by_value() -> None:
    assert text_digest("A Ferry — aground!") == text_digest("a ferry aground")
    assert text_digest("a ferry") != text_digest("a fairy")
    assert text_digest(" … ") == b""
    assert number_digest("218 on board, 6.5 km") == number_digest("6.5 km off with 218")
    assert number_digest("none") == b""


def test_a_sample_of_a_long_text_gives_unbiased_shares() -> None:
    common = prose("common", 4_000)
    a, b = (shingle(f"{common}\n\n{prose(name, 8_000)}") for name in "ab")
    exact, sampled = overlap(a, b), overlap(a.smallest(2_560), b.smallest(2_560))
    assert abs(exact.contained - sampled.contained) < 0.03
    assert abs(exact.outside_count - sampled.outside_count) / exact.outside_count < 0.1
