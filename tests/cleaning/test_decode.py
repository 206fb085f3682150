"""Bytes in any charset, wrong labels, and files that are not pages."""

import pytest

from streams.cleaning.page.decode import decode
from streams.cleaning.text.characters import count_words, fix_text
from streams.contract.errors import Rejected

TEXT = "Die Brücke über den Fluß bleibt gesperrt – „bis Mai“, sagt Bürgermeisterin Ilse Brandt."
RUSSIAN = "Совет города проголосовал во вторник за ремонт старого моста, который продлится до весны. " * 4
JAPANESE = "市議会は火曜日、古い橋を春まで修理のために閉鎖することを決めた。市長は記者団に語った。" * 4


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_every_form_is_read_without_a_label(charset: str) -> None:
    assert decode(TEXT.encode(charset)) == TEXT


@pytest.mark.parametrize(
    ("text", "charset", "label"),
    [
        (TEXT, "cp1252", "ISO-8859-1"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (JAPANESE, "cp932", "Shift_JIS"),
        (JAPANESE, "iso-2022-jp", "ISO-2022-JP"),
    ],
)
def test_the_header_names_the_charset(text: str, charset: str, label: str) -> None:
    assert decode(text.encode(charset), label) == text


def test_the_page_names_its_charset() -> None:
    data = f'<html><head><meta charset="windows-1251"></head><body>{RUSSIAN}'.encode("cp1251")
    assert RUSSIAN in decode(data)


def test_a_wrong_label_does_not_spoil_utf_8() -> None:
    assert decode(TEXT.encode(), "iso-8859-1") == TEXT
    assert decode(RUSSIAN.encode(), "no-such-charset") == RUSSIAN


def test_without_any_label_the_likeliest_charset_is_taken() -> None:
    assert decode(RUSSIAN.encode("cp1251")) == RUSSIAN


def test_a_cut_character_leaves_the_rest_alone() -> None:
    data = (RUSSIAN * 5).encode()
    assert decode(data[:-3]).startswith(RUSSIAN)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7 x", "a PDF"),
        (b"PK\x03\x04 x", "ZIP"),
        (b"\x89PNG\r\n", "PNG"),
        (b"\x1f\x8b\x08", "gzip"),
        (b'{"error": "not found"}', "JSON"),
        (b"[1, 2]", "JSON"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "a feed"),
        (bytes(range(256)) * 10, "binary"),
    ],
)
def test_what_is_no_page_is_named(data: bytes, name: str) -> None:
    with pytest.raises(Rejected, match=name):
        decode(data)


def test_text_is_mended_without_changing_what_the_author_wrote() -> None:
    assert fix_text("caf\u0065\u0301 \u200b\u202e“quoted”\x00 &amp; more\xa0\r\nnext") == "café “quoted” & more\nnext"
    assert fix_text("Ã©tÃ© Ã  la mer") == "été à la mer"
    assert fix_text("می\u200cخواهم") == "می\u200cخواهم"


def test_words_are_counted_in_every_script() -> None:
    assert count_words("The U.S. can't wait, it's 3.5 points.") == 7
    assert 5 <= count_words("市議会は火曜日に決めた") <= 7
