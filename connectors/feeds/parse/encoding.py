"""The bytes of a feed -> its text. Detects the encoding without searching all of a long feed for it.

The order is that of `streams.cleaning.page.decode`: byte order mark, zero bytes of UTF-16 or UTF-32, valid UTF-8, the
labels of the HTTP header and of the XML declaration (by the label table of the WHATWG Encoding standard), the most
likely one.
"""

import re

import charset_normalizer
from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

from streams.cleaning.text.formats import GZIP, decode_utf, gunzip

# Python's codecs for the character sets that browsers use for these names
_WIDER = {"shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs", "gb2312": "gb18030", "gbk": "gb18030"}
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_DECLARED_WITHIN = 1_024  # bytes; white space and a warning of the server may come first
_HIGH = re.compile(rb"[\x80-\xff]")
_AROUND = 40  # ASCII bytes beside non-ASCII ones that detection sees
_MARKUP = re.compile(rb"<[^<>]*>|[<>]")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]{4,}")
_GUESS_BYTES = 16_384  # of non-ASCII text: enough to detect an encoding in 0.1 s
_DAMAGED = 0.1  # share of invalid ones among non-ASCII bytes up to which text is damaged UTF-8, not another encoding
_DEFAULTS = frozenset({"cp1252", "iso8859-1", "ascii", "utf-8"})  # labels that servers send by default


def decode(content: bytes, charset: str | None, limit: int) -> str:
    """The text of a feed. ``charset``: that of the HTTP header. gzip data is unpacked, up to ``limit`` bytes.

    Raises `TooLarge` beyond the limit, `Rejected` for damaged gzip.
    """
    if content.startswith(GZIP):
        content, _ = gunzip(content, limit)  # of truncated data the first entries are read
    text = decode_utf(content)
    if text is not None:
        return text
    if b"\x1b$" in content and "iso2022_jp" in _labels(content, charset):  # seven bits: it would pass as UTF-8
        return content.decode("iso2022_jp", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(content, charset)


def _labels(content: bytes, charset: str | None) -> list[str]:
    """Python's names of the encodings in the HTTP header and the XML declaration, each once."""
    declared = _DECLARED.search(content[:_DECLARED_WITHIN])
    names = []
    for label in (charset, declared[1].decode("ascii") if declared else None):
        known = map_encoding_to_html5(label.strip().strip("\"'").lower(), False) if label else None
        name = _WIDER.get(known, known) if known else ""
        # UTF-16 is a wrong label for data without zero bytes
        if name and not name.startswith(("utf-16", "utf-32")):
            names.append(name)
    return list(dict.fromkeys(names))


def _legacy(content: bytes, charset: str | None) -> str:
    """The text of bytes that are not UTF-8."""
    labels = _labels(content, charset)
    replaced = content.decode("utf-8", "replace")
    if replaced.count("�") <= _DAMAGED * len(_HIGH.findall(content)):
        return _decode_mixed(content)
    specific = [name for name in labels if name not in _DEFAULTS]
    # non-ASCII letters form runs in other scripts, but hardly ever in Latin with accents
    if specific or not _is_other_script(content):
        for name in (*specific, *(name for name in labels if name in _DEFAULTS and name != "utf-8")):
            try:
                return content.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    return content.decode(_detect(content) or next(iter(specific), "cp1252"), "replace")


def _decode_mixed(content: bytes) -> str:
    """UTF-8 with a few bytes of windows-1252, such as quotation marks and dashes from an editor."""
    text = content.decode("utf-8", "surrogateescape")
    bad = {ord(sign) for sign in text if "\udc80" <= sign <= "\udcff"}
    return text.translate({sign: bytes((sign - 0xDC00,)).decode("cp1252", "replace") for sign in bad})


def _is_other_script(content: bytes) -> bool:
    in_runs = sum(map(len, _HIGH_RUNS.findall(content)))
    return in_runs > 0.5 * len(_HIGH.findall(content))


def _detect(content: bytes) -> str | None:
    piece = _non_ascii_text(content)
    best = charset_normalizer.from_bytes(piece, steps=5, chunk_size=2_048).best()
    for guess in (detect_encoding(piece), best.encoding if best is not None else None):
        known = map_encoding_to_html5(guess, False) if guess else None
        # a name of Python's that is no label of the standard, such as cp949, is a codec too
        name = _WIDER.get(known, known) if known else guess
        if not name or name.startswith(("utf-", "utf_")):
            continue
        try:
            piece.decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(piece) - 4:  # the piece may end inside a character
                continue
        except LookupError:
            continue
        return name
    return None


def _non_ascii_text(content: bytes) -> bytes:
    """The text around non-ASCII bytes, without the markup and the ASCII text in between."""
    parts: list[bytes] = []
    size = end = 0
    while size < _GUESS_BYTES and (found := _HIGH.search(content, end)):
        start = max(end, found.start() - _AROUND)
        end = found.end() + _AROUND
        while (more := _HIGH.search(content, end - _AROUND, end)) and size + end - start < _GUESS_BYTES:
            end = more.end() + _AROUND
        parts.append(b" ".join(piece for piece in _MARKUP.split(content[start:end])))
        size += len(parts[-1])
    return b" ".join(parts)
