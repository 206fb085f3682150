"""The text of an RSS or Atom feed -> the same text as well-formed as XML parsers need it, and its entries one by one.

The work is linear in the text: each search continues where the last one ended, and one that finds nothing is not
repeated. Document types are removed, so that no parser expands an entity.
"""

import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

from streams.contract.errors import TooLarge

ROOT_WITHIN = 65_536  # characters in which the root element begins, after comments and style sheets
MAX_ENTITY = 200  # characters of an entity that the feed itself declares: a name, a sign
MAX_GROWTH = 2_000_000  # characters that all references to such entities may add
MAX_PREFIXES = 50  # namespace prefixes that are used without being declared
_ROOT = re.compile(r"<((?:[a-z0-9]+:)?(?:rss|feed|rdf|channel))(?=[\s>/])([^>]*)>", re.IGNORECASE)
_PROLOG = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*(?P<inner>\[.*?\]\s*)?>)",
    re.IGNORECASE | re.DOTALL,
)
_ENTITY = re.compile(r"<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:\"([^\"&<%]*)\"|'([^'&<%]*)')\s*>")
_ATTRIBUTE = re.compile(
    r"(?<![\w.:-])([A-Za-z_][\w.-]{0,80}(?::[\w.-]{1,80})?)\s{0,20}=\s{0,20}(?:\"([^\"<]*)\"|'([^'<]*)')"
)
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):|\s([A-Za-z_][\w.-]{0,40}):[\w.-]{1,60}\s?=\s?[\"']")
_REFERENCE = re.compile(r"&(?:#([xX]?)([0-9A-Fa-f]{1,12});|([A-Za-z][A-Za-z0-9]{0,40});)?")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SECTION = re.compile(r"<!\[CDATA\[|<!--")
_MARK = re.compile(r"<!\[CDATA\[|<!--|<(/?)((?:[A-Za-z0-9]+:)?(?:item|entry))(?=[\s>/])", re.IGNORECASE)
_XML_ENTITIES = {"lt": "&lt;", "gt": "&gt;", "amp": "&amp;", "quot": "&quot;", "apos": "&apos;"}
_CDATA = "<![CDATA["
_ENDS = {_CDATA: "]]>", "<!--": "-->"}

# namespaces that feedparser and this package read; an undeclared prefix gets its usual one
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "atom": "http://www.w3.org/2005/Atom",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_RSS1 = "http://purl.org/rss/1.0/"


@dataclass(frozen=True)
class FeedDocument:
    """A feed's text, ready for a parser. ``start``: the rebuilt tag of the root; ``inner``: everything after it."""

    name: str  # "rss", "feed", "rdf:RDF", "channel"
    start: str
    inner: str

    @property
    def text(self) -> str:
        return self.start + self.inner

    def wrapped(self, part: str, head: str = "") -> str:
        """A document of the same dialect with ``part`` as its only content, and ``head`` as the feed's own elements."""
        inside = head + part
        if self.name.lower() == "rss":
            inside = f"<channel>{inside}</channel>"
        elif head and self.name.endswith("RDF"):
            inside = f"<channel>{head}</channel>{part}"
        return f"{self.start}{inside}</{self.name}>"


def read(text: str) -> FeedDocument | None:
    """The feed in ``text``, repaired; None where there is none.

    Characters that XML forbids are removed. References that XML does not define become the character that they stand
    for in HTML, or text; surrogate pairs are joined, and what is out of range becomes U+FFFD. Raises `TooLarge` for an
    entity bomb.
    """
    at, entities = _skip_prolog(text)
    root = _ROOT.search(text, at, at + ROOT_WITHIN)
    if root is None:
        return None
    inner = _repaired(text[root.end() :], entities)
    if root[2].endswith("/"):
        inner = f"</{root[1]}>"
    name = root[1].lower().removesuffix("rdf") + "RDF" if root[1].lower().endswith("rdf") else root[1]
    if name != root[1]:
        inner = re.sub(rf"</{re.escape(root[1])}\s*>", f"</{name}>", inner)
    return FeedDocument(name, _start_tag(name, root[2], inner), inner)


def entries(document: FeedDocument) -> tuple[str, list[str]]:
    """The text outside the entries, and each entry: up to its end tag, or to the next entry where that is missing."""
    text = document.inner
    around: list[str] = []
    found: list[str] = []
    rest = opened = 0
    depth = False
    for mark in _marks(text):
        if mark[1]:
            if depth:
                end = text.find(">", mark.end()) + 1 or len(text)
                found.append(text[opened:end])
                rest, depth = end, False
            continue
        if depth:
            found.append(f"{text[opened : mark.start()]}</{text[opened + 1 : opened + 1 + len(mark[2])]}>")
        else:
            around.append(text[rest : mark.start()])
        opened, depth = mark.start(), True
    if depth:
        found.append(text[opened:])
    else:
        around.append(text[rest:])
    return "".join(around), found


def _skip_prolog(text: str) -> tuple[int, dict[str, str]]:
    """The end of declaration, comments and document type, and the entities that the document type declares."""
    at, entities = 0, {}
    while found := _PROLOG.match(text, at):
        at = found.end()
        for name, double, single in _ENTITY.findall(found["inner"] or ""):
            entities[name] = (double or single)[:MAX_ENTITY]
    return at, entities


def _start_tag(name: str, attributes: str, inner: str) -> str:
    """The root's tag with each attribute once, and with a declaration of every prefix in use."""
    kept: dict[str, str] = {}
    for key, double, single in _ATTRIBUTE.findall(_references(attributes, {}, [0])):
        kept.setdefault(key, double or single)
    if name.lower() in ("rss", "channel"):  # some give the address of a page about RSS
        kept.pop("xmlns", None)
    if name == "feed" and kept.get("xmlns") not in _ATOM:
        kept["xmlns"] = _ATOM[0]
    if name.endswith("RDF"):
        kept["xmlns"] = kept.get("xmlns") or _RSS1
    declared = {key.partition(":")[2] for key in kept if key.startswith("xmlns:")}
    used = {name.rpartition(":")[0]: None} | dict.fromkeys(found[1] or found[2] for found in _PREFIX.finditer(inner))
    for prefix in [prefix for prefix in used if prefix and prefix not in declared][:MAX_PREFIXES]:
        if prefix.lower() not in ("xml", "xmlns"):
            kept[f"xmlns:{prefix}"] = NAMESPACES.get(prefix.lower(), f"urn:undeclared:{prefix}")
    kept = {key: value for key, value in kept.items() if value or not key.startswith("xmlns:")}
    known = {key.partition(":")[2] for key in kept if key.startswith("xmlns:")} | {"xml", ""}
    kept = {key: value for key, value in kept.items() if key.startswith("xmlns") or key.rpartition(":")[0] in known}
    return f"<{name}" + "".join(f' {key}="{value.replace(chr(34), "&quot;")}"' for key, value in kept.items()) + ">"


def _repaired(text: str, entities: dict[str, str]) -> str:
    text = _NOT_XML.sub("", text)
    growth = [0]
    out: list[str] = []
    for part, literal in _parts(text):
        out.append(part if literal else _references(part, entities, growth))
    return "".join(out)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of markup (False) and CDATA sections (True), which stay unchanged; comments are left out."""
    at = 0
    for start, end, kind in _sections(text):
        yield text[at:start], False
        if kind == _CDATA:
            yield text[start:end], True
        at = end
    yield text[at:], False


def _sections(text: str) -> Iterator[tuple[int, int, str]]:
    """CDATA sections and comments with an end. One that contains the start of another has lost its own end."""
    at = 0
    unclosed: set[str] = set()
    while found := _SECTION.search(text, at):
        kind = found.group()
        end = -1 if kind in unclosed else text.find(_ENDS[kind], found.end())
        if end < 0:
            unclosed.add(kind)
            at = found.end()
            continue
        if kind == _CDATA and text.find(kind, found.end(), end) >= 0:
            at = found.end()
            continue
        yield found.start(), end + 3, kind
        at = end + 3


def _references(text: str, entities: dict[str, str], growth: list[int]) -> str:
    """The text with each character reference in a form that XML allows."""
    high = ""  # the first half of a surrogate pair
    out: list[str] = []
    at = 0
    for found in _REFERENCE.finditer(text):
        if high and (found.start() != at or not found[2]):
            out.append("�")
            high = ""
        out.append(text[at : found.start()])
        at = found.end()
        if found[2]:
            code = _code(found[1], found[2])
            if 0xD800 <= code <= 0xDBFF:
                out.append("�" if high else "")
                high = chr(code)
                continue
            if 0xDC00 <= code <= 0xDFFF and high:
                out.append((high + chr(code)).encode("utf-16", "surrogatepass").decode("utf-16"))
                high = ""
                continue
            out.append("�" if high else "")
            high = ""
            out.append(_character(code))
        else:
            out.append(_named(found, entities, growth))
    out.append("�" if high else "")
    return "".join(out) + text[at:]


def _code(base: str, digits: str) -> int:
    try:
        return int(digits, 16 if base else 10)
    except ValueError:  # letters in a decimal reference
        return 0xFFFD


def _character(code: int) -> str:
    """The character of a number as HTML reads it: 128 to 159 are windows-1252, forbidden ones are empty."""
    if code in (38, 60, 62, 34, 39, 13):
        return f"&#{code};"
    if code < 32 and code not in (9, 10):
        return ""
    if 0x80 <= code <= 0x9F:
        return bytes((code,)).decode("cp1252", "replace")
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE:
        return "�"
    return chr(code)


def _named(found: re.Match[str], entities: dict[str, str], growth: list[int]) -> str:
    name = found[3]
    if not name:
        return "&amp;"
    if name in _XML_ENTITIES:
        return _XML_ENTITIES[name]
    if name in entities:
        growth[0] += len(entities[name])
        if growth[0] > MAX_GROWTH:
            raise TooLarge(f"its entities expand to more than {MAX_GROWTH:,} characters")
        return entities[name]
    sign = html.entities.html5.get(f"{name};")
    return sign.replace("&", "&amp;").replace("<", "&lt;") if sign else f"&amp;{name};"


def _marks(text: str) -> Iterator[re.Match[str]]:
    """Start and end tags of entries, outside CDATA sections and comments."""
    ends = {start: end for start, end, _ in _sections(text)}
    at = 0
    while found := _MARK.search(text, at):
        at = ends.get(found.start(), found.end())
        if found[2]:
            yield found
