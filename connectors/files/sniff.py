"""The first bytes of a file and the ending of its name -> what to read it as, or what it is instead of an article."""

import re
from typing import Literal

from streams.contract.errors import Rejected

HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml"})
LINES_ENDINGS = frozenset({".jsonl", ".ndjson"})
HEAD_BYTES = 4_096  # enough to tell what a file is: the longest signature, and the first tags after comments

# first bytes -> what people call it
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or video (RIFF)"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"WARC/", "a web archive (WARC)"),
    (b"{\\rtf", "an RTF document"),
)
TEXT_ENDINGS = frozenset({".txt", ".text", ".md"})
GZIP = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<article[\s>]|^\s*<(?:div|p|main|h1)[\s>]", re.IGNORECASE
)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_JSON = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[{\]])")

Kind = Literal["html", "text", "lines", "json"]


def kind_of(ending: str, head: bytes) -> Kind:
    """What to read it as. Raises `Rejected` for what is no text, and for feeds."""
    wide = head.startswith(UTF16_MARKS)
    if not wide:
        _refuse_binary(head)
    start = head.decode("utf-16", "ignore").encode() if wide else head
    if ending in LINES_ENDINGS:
        return "lines"
    if ending == ".json":
        return "json"
    if ending not in TEXT_ENDINGS | HTML_ENDINGS and _JSON.match(start):
        return "json"  # before tags are looked for: a line of JSON may hold a page
    if ending in HTML_ENDINGS or _HTML.search(start):
        return "html"
    if _FEED.search(start):
        raise Rejected("an RSS or Atom feed, not an article: follow it by its URL")
    return "text"


def _refuse_binary(head: bytes) -> None:
    for signature, name in SIGNATURES:
        # a text may well begin with the letters RIFF: those alone prove nothing
        if head.startswith(signature) and (b"\0" in head or not signature.isalpha()):
            raise Rejected(f"this is {name}, not an article")
    if b"\0" in head:
        what = "a tar archive" if head[257:262] == b"ustar" else "a video" if head[4:8] == b"ftyp" else "binary data"
        raise Rejected(f"this is {what}, not an article")


def is_lines(head: bytes) -> bool:
    """Whether JSON is written one object a line, not spread over lines for people to read."""
    first, newline, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return not newline or not first.rstrip().endswith((b"{", b"[", b",", b":"))
