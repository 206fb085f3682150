"""The bytes of an arrival -> its text, or an error that names the format which they are in instead."""

import codecs
import re

import charset_normalizer
import msgspec

from streams.cleaning.text.formats import GZIP, HEAD_BYTES, binary_format, decode_utf, gunzip
from streams.contract.errors import Rejected
from streams.contract.messages import MAX_PAGE_BYTES

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
    if data.startswith(GZIP):
        data, complete = gunzip(data, MAX_PAGE_BYTES)
        if not complete:
            raise Rejected("not a page: gzip data without its end, so the page is incomplete")
    if name := binary_format(data[:HEAD_BYTES].lstrip()):
        raise Rejected(f"not a page: this is {name}")
    text = _decode(data, charset)
    _refuse_other_formats(text)
    return text


def _decode(data: bytes, charset: str | None) -> str:
    text = decode_utf(data)
    if text is not None:
        return text
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
