"""The first bytes of a file and the suffix of its name -> how to read it, or why it holds no article."""

import re
from typing import Literal

from connectors.mail.mbox import is_mbox
from streams.cleaning.text.formats import binary_format
from streams.contract.errors import Rejected

HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
JSON_LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})
TEXT_SUFFIXES = frozenset({".txt", ".text", ".md"})
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
WACZ_SUFFIX = ".wacz"
MAIL_SUFFIX = ".eml"
_WARC = b"WARC/1."
# what a file with this suffix has to be: else it would be taken for one article
_CONTAINERS = {".warc": "a web archive (WARC 1.0 or 1.1)", WACZ_SUFFIX: "a WACZ file", ".mbox": "an mbox file"}
_ZIP = b"PK\x03\x04"
_HTML = re.compile(
    rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<article[\s>]|^\s*<(?:div|p|main|h1)[\s>]", re.IGNORECASE
)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
_JSON = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[{\]])")

FileKind = Literal["html", "text", "lines", "json", "warc", "wacz", "mail", "mbox"]


def kind_of(suffix: str, head: bytes) -> FileKind:
    """How to read a file. ``head``: its first `HEAD_BYTES`. Raises `Rejected` for binary data and for feeds."""
    if suffix == MAIL_SUFFIX:
        return "mail"
    if is_mbox(head):
        return "mbox"
    if head.startswith(_WARC):
        return "warc"
    if suffix == WACZ_SUFFIX and head.startswith(_ZIP):
        return "wacz"
    if suffix in _CONTAINERS and head:
        raise Rejected(f"its name ends in {suffix}, but it is not {_CONTAINERS[suffix]}")
    wide = head.startswith(UTF16_MARKS)
    lines = suffix in JSON_LINES_SUFFIXES and _JSON.match(head) is not None
    zeros = b"\0" in head and not lines  # a loss of power leaves zeros in a file of lines: they cost their line
    found = None if wide else binary_format(head) or ("binary data" if zeros else None)
    if found is not None:
        raise Rejected(f"this is {found}, not an article")
    start = head.decode("utf-16", "ignore").encode() if wide else head
    if suffix in JSON_LINES_SUFFIXES:
        return "lines"
    if suffix == ".json":
        return "json"
    if suffix not in TEXT_SUFFIXES | HTML_SUFFIXES and _JSON.match(start):
        return "json"  # before the search for tags: a line of JSON may hold a page
    if suffix in HTML_SUFFIXES or _HTML.search(start):
        return "html"
    if _FEED.search(start):
        raise Rejected("an RSS or Atom feed, not an article: follow it by its URL")
    return "text"


def is_lines(head: bytes) -> bool:
    """Whether JSON is written as one object per line, not indented over several."""
    first, newline, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    return not newline or not first.rstrip().endswith((b"{", b"[", b",", b":"))
