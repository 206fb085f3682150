"""What bytes from outside are: binary formats by their signatures, gzip data, UTF-16 and UTF-32."""

import gzip

import pytest

from connectors.files.file_kind import kind_of
from streams.cleaning.page.decode import decode
from streams.cleaning.text.formats import binary_format, decode_utf, gunzip
from streams.contract.errors import Rejected, TooLarge

PAGE = "<html><body><p>The ferries are back in the harbour.</p></body></html>"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"%PDF-1.7 x", "a PDF"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "an image, sound or video (RIFF)"),
        (b"ID3\x03\0\0", "a sound file"),
        (b"WARC/1.0\r\n", "a web archive (WARC)"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xfd7zXZ\0", "xz data"),
        (b"wOF2\0\x01\0\0", "a font"),
        (b"\0\0\0\x20ftypisom", "a video or sound file"),
        (b"\0" * 257 + b"ustar\0", "a tar archive"),
        (gzip.compress(b"x"), "gzip data inside of gzip data"),
    ],
)
def test_pages_and_files_know_the_same_binary_formats(head: bytes, name: str) -> None:
    assert binary_format(head) == name
    if head.startswith(b"WARC"):
        assert kind_of("", head) == "warc"  # which is read page by page
    else:
        with pytest.raises(Rejected, match=name.replace("(", r"\(").replace(")", r"\)")):
            kind_of("", head)
    if not head.startswith(b"\x1f\x8b"):
        with pytest.raises(Rejected, match="not a page"):
            decode(head)


@pytest.mark.parametrize("text", ["RIFF raff in the harbour", "ID3 tags explained", "BZh", "GIF8", "OggS and more", ""])
def test_text_may_begin_with_the_letters_of_a_signature(text: str) -> None:
    assert binary_format(text.encode()) is None
    assert kind_of("", text.encode()) == "text"
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_utf_is_recognised_with_and_without_its_mark(encoding: str) -> None:
    assert decode_utf(PAGE.encode(encoding)) == PAGE
    assert decode(PAGE.encode(encoding)) == PAGE


def test_other_encodings_are_left_to_the_caller() -> None:
    assert decode_utf(PAGE.encode()) is None
    assert decode_utf("Größe".encode("cp1252")) is None


def test_gzip_is_unpacked_up_to_a_limit_and_says_if_it_ends() -> None:
    packed = gzip.compress(b"page " * 100)
    assert gunzip(packed, 500) == (b"page " * 100, True)
    assert gunzip(packed[:-4], 500)[1] is False
    with pytest.raises(TooLarge, match="more than 499 bytes"):
        gunzip(packed, 499)
    with pytest.raises(Rejected, match="damaged gzip data"):
        gunzip(packed[:10] + b"\xff" * 20, 500)
