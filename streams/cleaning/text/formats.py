"""What bytes from outside are: the binary format that they begin with, gzip data, or text in a UTF encoding.

One table of file signatures, for pages that arrive over the network and for files that are taken in.
"""

import codecs
import zlib

from streams.contract.errors import Rejected, TooLarge

GZIP = b"\x1f\x8b"
HEAD_BYTES = 4_096  # enough to recognise a format, and for the first tags of a page after its comments

# first bytes -> name of the format
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (GZIP, "gzip data inside of gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\xfd7zXZ", "xz data"),
    (b"BZh", "bzip2 data"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"WARC/", "a web archive (WARC)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or video (RIFF)"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
)
_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 2_000  # in which zero bytes are counted
_UTF16_ZEROS = 0.2  # share of zero bytes among the even or odd ones; a Latin text in UTF-16 has nearly all on one side
_UTF32_ZEROS = 0.5  # share of zero bytes at each of three places of four


def binary_format(head: bytes) -> str | None:
    """The format that data begins with, such as "a PDF"; None for other data. ``head``: its first `HEAD_BYTES`."""
    for signature, name in _SIGNATURES:
        # a text may begin with a signature of letters and digits; binary data of these formats has zero bytes
        if head.startswith(signature) and (b"\0" in head or not signature.isalnum()):
            return name
    if b"\0" in head and head[4:8] == b"ftyp":
        return "a video or sound file"
    return "a tar archive" if b"\0" in head and head[257:262] == b"ustar" else None


def gunzip(data: bytes, limit: int) -> tuple[bytes, bool]:
    """The content of gzip data, and whether it is complete. Raises `Rejected` for damaged data, `TooLarge` beyond
    ``limit`` bytes."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)  # 16: with the header of gzip
    try:
        content = unpack.decompress(data, limit + 1)
    except zlib.error as error:
        raise Rejected(f"damaged gzip data: {error}") from error
    if len(content) > limit:
        raise TooLarge(f"gzip data that unpacks to more than {limit:,} bytes")
    return content, unpack.eof


def decode_utf(data: bytes) -> str | None:
    """The text of data with a byte order mark, or in UTF-16 or UTF-32 without one; None for other data."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    encoding = _wide_encoding(data[:_SAMPLE_BYTES])
    return data.decode(encoding, "replace") if encoding else None


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32, by the places of the zero bytes of ASCII characters."""
    quads, pairs = max(1, len(sample) // 4), max(1, len(sample) // 2)
    zeros = [sample[at::4].count(0) / quads for at in range(4)]
    if min(zeros[1:]) > _UTF32_ZEROS or min(zeros[:3]) > _UTF32_ZEROS:
        return "utf-32-le" if zeros[0] < zeros[3] else "utf-32-be"
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if max(even, odd) > _UTF16_ZEROS and min(even, odd) < max(even, odd) / 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    return None
