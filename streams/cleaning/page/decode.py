"""The bytes of an arrival -> its text, or an error that names the format which they are in instead."""

import codecs
import re
import zlib

import charset_normalizer
import msgspec

from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import MAX_PAGE_BYTES

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS  # makes zlib expect gzip's header

# Formats by a file's first bytes, since pages are often served under a wrong content type.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (_GZIP, "gzip-compressed data inside of gzip-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"RIFF", "a sound, film or WebP picture"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"\x7fELF", "a program"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
)
_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Browsers read these labels as the larger character sets on the right (WHATWG Encoding, section 4.2).
_WIDER = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
    "iso-8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932",
    "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "big5": "big5hkscs", "tis-620": "cp874",
}  # fmt: skip
_JSON_HEAD = re.compile(r'(?:[\[{]\s{0,80}){1,8}"[^"\\]{0,100}"\s{0,80}:')  # of truncated JSON and JSON lines too
_JSON_CALL = re.compile(r"[\w.$]{1,60}\(\s*" + _JSON_HEAD.pattern)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_HEAD_BYTES = 4096  # browsers look for a charset in the first 1024; real pages put scripts before it
_GUESS_BYTES = 60_000  # enough to detect a charset; the time grows with the length
_DAMAGED = 0.002  # share of bad bytes up to which a page is UTF-8 with damage: a cut or two, not another charset
_ZEROS = 0.2  # share of zero bytes among the even or odd ones; a Latin text in UTF-16 has nearly half of all
_CONTROLS = 0.02  # share of control characters above which data is not text
_HIGH = bytes(range(128, 256))
_MIN_HIGH_BYTES = 30  # non-ASCII bytes from which detection is better than the default
_UTF7 = {"utf-7", "utf7"}  # browsers refuse it, since it hides markup


def decode(data: bytes, charset: str | None = None) -> str:
    """Decode ``data`` by its byte order mark, as valid UTF-8, by the declared charset, or by the most likely one.

    ``charset`` is that of the HTTP header. Data that decodes as UTF-8 without an error is UTF-8 whatever was declared:
    another charset does not form it by chance. A gzip-compressed page is unpacked. Raises `Rejected` for data that is
    not text, naming its likely format, and `TooLarge` when it unpacks to more than `MAX_PAGE_BYTES`.
    """
    if data.startswith(_GZIP):
        data = _unpack(data)
    start = data[:64].lstrip()
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            raise Rejected(f"not a page: this is {name}")
    if start[4:8] == b"ftyp":
        raise Rejected("not a page: this is a film or sound")
    text = _decode(data, charset)
    _refuse_other_formats(text)
    return text


def _unpack(data: bytes) -> bytes:
    unpack = zlib.decompressobj(_GZIP_WINDOW)
    try:
        page = unpack.decompress(data, MAX_PAGE_BYTES + 1)
    except zlib.error as error:
        raise Rejected(f"not a page: this is damaged gzip-compressed data: {error}") from error
    if len(page) > MAX_PAGE_BYTES:
        raise TooLarge(f"the gzip-compressed page unpacks to more than {MAX_PAGE_BYTES:,} bytes")
    if not unpack.eof:
        raise Rejected("not a page: this is gzip-compressed data without its end, so the page cannot be read whole")
    return page


def _decode(data: bytes, charset: str | None) -> str:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    pairs = _utf16(data[:2000])
    if pairs:
        return data.decode(pairs, "replace")
    declared = _declared(data, charset)
    if b"\x1b$" in data and "iso2022_jp" in declared:  # seven bits: it would pass as UTF-8
        return data.decode("iso-2022-jp", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        replaced = data.decode("utf-8", "replace")
    damaged = replaced.count("�")
    # a page in which no non-ASCII byte is valid UTF-8 is not damaged but in another charset
    if (
        damaged <= len(data) * _DAMAGED
        and (not declared or "utf-8" in declared)
        and not _is_other_charset(replaced, damaged)
    ):
        return replaced
    for name in declared:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return _guess(data, declared)


def _is_other_charset(replaced: str, damaged: int) -> bool:
    return len(replaced.encode("utf-8")) - len(replaced) == 2 * damaged


def _declared(data: bytes, charset: str | None) -> list[str]:
    """The Python names of the charsets of HTTP header and <meta>, in this order, without repeats."""
    meta = _META.search(data[:_HEAD_BYTES])
    names = []
    for label in (charset, meta[1].decode("ascii") if meta else None):
        name = (label or "").strip().strip("\"'").lower()
        name = _WIDER.get(name, name)
        try:
            known = codecs.lookup(name).name if name else ""
        except (LookupError, ValueError):
            continue
        # a page whose bytes are ASCII enough to name its charset, without mark and zero bytes, is not UTF-16
        if known and known not in names and name not in _UTF7 and not known.startswith(("utf-16", "utf-32")):
            names.append(name if known == "cp1252" else known)
    return names


def _utf16(head: bytes) -> str | None:
    """The codec of UTF-16 without a mark, recognised by zeros among the even or the odd bytes; else None."""
    half = max(1, len(head) // 2)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > _ZEROS and even < odd / 4:
        return "utf-16-le"
    if even > _ZEROS and odd < even / 4:
        return "utf-16-be"
    return None


def _guess(data: bytes, declared: list[str]) -> str:
    if len(data) - len(data.translate(None, _HIGH)) < _MIN_HIGH_BYTES:
        return data.decode("cp1252", "replace")  # the default of browsers in most of the world
    best = charset_normalizer.from_bytes(data[:_GUESS_BYTES], steps=5, chunk_size=2048).best()
    name = best.encoding if best is not None else (declared[0] if declared else "cp1252")
    return data.decode(name, "replace")


def _refuse_other_formats(text: str) -> None:
    head = text[:2000].lstrip("\ufeff \t\r\n")
    controls = sum(1 for c in head if c < " " and c not in "\t\n\r\x0c\x00")
    if head and (controls + head.count("�")) / len(head) > _CONTROLS + 0.1 * ("�" in head):
        raise Rejected("not a page: binary data of an unknown kind")
    if _JSON_HEAD.match(head) or _JSON_CALL.match(head) or (head.startswith(("{", "[")) and _is_json(text)):
        raise Rejected("not a page: this is JSON")
    lowered = head[:600].lower()
    if lowered.startswith(("<?xml", "<rss", "<feed", "<rdf")):
        for mark, name in (("<rss", "a feed"), ("<feed", "a feed"), ("<rdf", "a feed"), ("<urlset", "a site map")):
            if mark in lowered:
                raise Rejected(f"not a page: this is {name}; its entries are the articles")


def _is_json(text: str) -> bool:
    try:
        value = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return False
    return isinstance(value, dict | list)
