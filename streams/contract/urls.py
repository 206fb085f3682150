"""Parsing and normalising of untrusted http and https URLs. No network.

No function raises: text that is not a URL gives None (or ``""``). Nothing else in ``streams`` calls `urllib.parse` on
untrusted text; `connectors.http.net.check_url` decides which URLs may be requested, and
`streams.cleaning.page.canonical_url` which of the addresses that a page declares is its own.
"""

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    import tldextract

MAX_URL_CHARACTERS = 8_000  # the length that RFC 9110, 4.1, asks servers to accept; longer ones are data

# Parameters that identify a reader's origin or visit, never the content.
_TRACKING = re.compile(
    r"^(?:utm_.*|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_ga|_gl|_hs\w+|"
    r"mkt_tok|xtor|at_[a-z_]+|ns_[a-z_]+|smid|smtyp|smprod|sref|cmpid|icid|ito|ocid|ncid|taid|wt_?mc|wt\.mc.*|"
    r"ref_?src|ref_?url|spm|trk|outputtype|src_?from|j?sessionid|phpsessid|aspsessionid\w*|cftoken)$",
    re.IGNORECASE,
)
# Tracking parameters with common names, by which some sites also number their articles.
_OFTEN_TRACKING = re.compile(r"^(?:ref|referrer|referer|rss|share|shared|socialshare|feature|amp|cmp)$", re.IGNORECASE)
# Parameters that name where a reader comes from when their value says so, as ``?source=rss``.
_ORIGIN = re.compile(r"^(?:source|src|from|via|partner|emc|medium|channel|mod|campaign)$", re.IGNORECASE)
_ORIGIN_VALUE = re.compile(r"(?:rss|atom|feeds?|newsletters?|e-?mail)\d?(?:[-_.:]\w+)*", re.IGNORECASE)
_NUMBER = re.compile(r"\d{2,}$", re.ASCII)  # one digit is a switch: ``?share=1``
_VIEW = re.compile(  # parameters that select a part or a form of the same article
    r"^(?:page|paged|pg|offset|start|print|printable|view|mode|format|output|layout|theme|sort|single|full|replytocom)$",
    re.IGNORECASE,
)
# Parameters that ask for another layout of the same page when their value says so, as ``?print=1`` and ``?view=amp``.
_LAYOUT = re.compile(
    r"(?:print|printable|printview|amp|mobile)=(?:1|true|yes|y|on)?|"
    r"(?:view|mode|format|output|layout|display)=(?:print|printable|amp|mobile)",
    re.IGNORECASE,
)
_LAYOUT_SEGMENT = re.compile(r"/(?:amp|print)(?=/)", re.IGNORECASE)
_SESSION = re.compile(r";(?:j?sessionid|phpsessid|sid)=[^/]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|xhtml|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
_MOBILE = re.compile(r"^(?:m|mobile|amp|wap|touch)\.(?=[^.]+\.)", re.IGNORECASE)
# "/", "?", "#" and "%" as data, which mean something else bare
_RESERVED = re.compile(r"(%(?:2F|3F|23|25))", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/{1,9}amp){1,9}/?$|(?<=[^/.])(?:\.amp){1,9}(?=(?:\.html?)?$)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cv]/)?(?:s/)?(.+)$")
_NUMERIC = re.compile(r"^\[|:|(?:^|\.)\d+$")  # an IP address has no domain above it
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")  # an IPv6 address, without a zone
_DOTS = ".\u3002\uff0e\uff61"  # the dots of IDNA (RFC 3490, 3.1)
_EXTENSION = re.compile(r"(?:\.(?:html?|xhtml|php\d?|aspx?|jsp|cfm|shtml|amp|print)){1,4}$", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_SEVERAL = 3  # words: "local-news" is a section, "gate-fails-again" hardly
_LONG_NUMBER = re.compile(r"\d{4,}", re.ASCII)
_HAS_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"(?:19|20)\d\d(?:(?:0\d|1[0-2])(?:[0-2]\d|3[01])?)?")
_TOKEN = re.compile(r"(?=.*\d)(?=.*[a-z])[\w-]{8,}", re.IGNORECASE)  # a hash, a UUID
_ID_NAME = re.compile(r"(?:^|_)(?:id|no|nr|num|guid|uuid|slug|p|a)$|(?<=[a-z])id$", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\s<>\"\\^`{|}\x00-\x20\x7f]")
_LOSSLESS = "surrogateescape"
_SAFE_PATH = "/:@!$&'()*+,;=-._~%"


@cache
def _suffixes() -> "tldextract.TLDExtract":
    """The public suffix list inside the package: no network and no cache file."""
    import tldextract  # takes 0.1 s, so only on first use

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL with a non-empty ``hostname`` and a valid ``port``; None for other text.

    None too for text longer than `MAX_URL_CHARACTERS` or with a lone surrogate, which no request can contain.
    """
    if len(url) > MAX_URL_CHARACTERS or not _encodable(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - validated by access
    except ValueError:  # also UnicodeError
        return None
    host = (parts.hostname or "").strip(_DOTS)
    if parts.scheme not in _DEFAULT_PORTS or not host or _UNSAFE.search(host):
        return None
    if "[" in parts.netloc and not _BRACKETED.fullmatch(parts.netloc.rpartition("@")[2]):
        return None
    return parts


def join(base: str, reference: str) -> str | None:
    """``reference`` resolved against ``base`` (RFC 3986, 5.2); None when the result is not an http(s) URL."""
    if len(reference) > MAX_URL_CHARACTERS:
        return None
    try:
        joined = urljoin(base, reference.strip())
    except ValueError:
        return None
    return None if split(joined) is None else joined


def host_of(url: str) -> str:
    """The host of an http(s) URL in lower-case ASCII, without port and trailing dot; ``""`` for other text."""
    parts = split(url)
    return "" if parts is None else _ascii_host(parts)


def registered_domain(url: str) -> str | None:
    """``https://news.example.co.uk/a`` -> ``example.co.uk``; under an unknown suffix the last two labels.

    On a host where anybody can have a site (a private suffix of the public suffix list), the domain of that site:
    ``https://ann.github.io/a`` -> ``ann.github.io``.
    """
    parts = split(url)
    if parts is None:
        return None
    host = _ascii_host(parts)
    found = _suffixes()(host).top_domain_under_public_suffix
    if found or not host:
        return found or None
    return host if _NUMERIC.search(host) else ".".join(host.split(".")[-2:])


def canonical(url: str | None, base: str | None = None) -> str | None:
    """The canonical form of an address: no tracking, session, default port, AMP or mobile host; parameters sorted.

    A fragment stays if it is a route (``#!/101``, ``#/story/101``), and a number in a parameter such as ``ref`` if
    nothing else identifies the article. ``base`` resolves a relative address. None for text that is not an http(s)
    address.
    """
    if not url:
        return None
    absolute = join(base, url) if base else url.strip()
    parts = None if absolute is None else split(absolute)
    if parts is None:
        return None
    parts = _resolve_amp_cache(parts)
    host = _without_mobile(_ascii_host(parts))
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _without_dots(unquote_safely(_SESSION.sub("", parts.path)))
    path = _AMP_TAIL.sub("", quote(path, safe=_SAFE_PATH)) or "/"
    query = urlencode(sorted(_significant(path, _parameters(parts.query))), errors=_LOSSLESS)
    address = urlunsplit((parts.scheme, netloc, path, query, _route(parts.fragment)))
    return address if split(address) is not None else None


def _parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query; bytes that are not UTF-8 stay distinct, as surrogates.

    ``&amp;`` separates them too: it is an address that was copied from the source of a page.
    """
    pairs = parse_qsl(query, keep_blank_values=True, errors=_LOSSLESS)
    return [(re.sub(r"^(?:amp;)+", "", name), value) for name, value in pairs]


def _without_dots(path: str) -> str:
    """A path without the segments ``.`` and ``..`` (RFC 3986, 5.2.4)."""
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]  # never above the root
        elif segment != ".":
            kept.append(segment)
    return "/".join([*kept, ""] if segments[-1] in (".", "..") else kept)


def _without_mobile(host: str) -> str:
    """``m.example.org`` -> ``example.org``; ``amp.com.au`` is a site of its own and stays."""
    bare = _MOBILE.sub("", host)
    if bare == host:
        return host
    return bare if registered_domain(f"https://{bare}") == registered_domain(f"https://{host}") else host


def _significant(path: str, parameters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters that identify the content."""
    named = [(name, value) for name, value in parameters if not _is_tracking(name, value)]
    significant = [(name, value) for name, value in named if not _OFTEN_TRACKING.match(name)]
    last = last_segment(path)
    if identifies_article(last) or _HAS_DIGIT.search(last) or any(not _VIEW.match(name) for name, _ in significant):
        return significant
    return [(name, value) for name, value in named if not _OFTEN_TRACKING.match(name) or _NUMBER.match(value)]


def _is_tracking(name: str, value: str) -> bool:
    return bool(_TRACKING.match(name) or (_ORIGIN.match(name) and _ORIGIN_VALUE.fullmatch(value)))


def _route(fragment: str) -> str:
    """A fragment if it is a route of a single-page application, "" if it is a position in the text."""
    if not fragment.startswith(("!", "/")) or not fragment.strip("!/"):
        return ""
    return quote(unquote_safely(fragment), safe=_SAFE_PATH + "?#")


def last_segment(path: str) -> str:
    """The last segment of a path, decoded, lower case, without extension: ``/en/Gate-Fails.html`` -> ``gate-fails``."""
    last = _INDEX.sub("", path).rstrip("/").rpartition("/")[2]
    return _EXTENSION.sub("", unquote(last)).casefold()


def identifies_article(name: str) -> bool:
    """Whether a segment identifies an article by itself: three words, or a long number that is not a date."""
    return len(_WORDS.findall(name)) >= _SEVERAL or bool(id_numbers(name))


def id_numbers(text: str) -> set[str]:
    """The numbers of four or more digits that are neither years nor dates."""
    return {found for found in _LONG_NUMBER.findall(text) if not _DATE.fullmatch(found)}


def content_parameters(url: str) -> set[tuple[str, str]]:
    """The parameters of a canonical address without those that select a part or a form of an article."""
    parts = split(url)
    return {
        (name, value) for name, value in _parameters(parts.query if parts else "") if value and not _VIEW.match(name)
    }


def id_values(url: str) -> set[str]:
    """The values in parameters and route of a canonical address that may identify an article: numbers, long tokens."""
    parts = split(url)
    if parts is None:
        return set()
    found = {value.casefold() for name, value in content_parameters(url) if _is_id(name, value)}
    return found | {part.casefold() for part in _WORDS.findall(unquote(parts.fragment)) if part.isdigit()}


def _is_id(name: str, value: str) -> bool:
    return bool(_NUMBER.match(value) or _TOKEN.fullmatch(value) or (_ID_NAME.search(name) and value))


def key(url: str) -> str:
    """The key of a page: its canonical address without scheme, ``www.``, index file, empty segments, trailing slash.

    What asks for another layout of the page is left out too: ``?print=1``, and ``/amp/`` before the name of an article.
    """
    parts = split(url)
    if parts is None:
        return url
    host = parts.netloc.removeprefix("www.")
    path = re.sub("/{2,}", "/", _INDEX.sub("", parts.path)).rstrip("/")
    if identifies_article(last_segment(path)):
        path = _LAYOUT_SEGMENT.sub("", path)
    query = "&".join(one for one in parts.query.split("&") if not _LAYOUT.fullmatch(one))
    return f"{host}{path}" + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")


def is_public(url: str) -> bool:
    """Whether a host is public; ``localhost`` and IP addresses are those of the machine that generated the page."""
    host = host_of(url)
    return "." in host and not _NUMERIC.search(host)


def is_root(url: str) -> bool:
    """Whether an address is a site's front page."""
    return not re.search(r"[/?#]", key(url))


def unquote_safely(path: str) -> str:
    """Decode percent-encoding that is not needed, so that two spellings of a path are equal.

    ``%2F``, ``%3F``, ``%23`` and ``%25`` stay: decoded, they would mean another path.
    """
    pieces = _RESERVED.split(path)
    return "".join(piece.upper() if place % 2 else _decoded(piece) for place, piece in enumerate(pieces))


def _decoded(piece: str) -> str:
    try:
        plain = unquote(piece, errors="strict")
    except UnicodeDecodeError:
        return piece
    return piece if "%" in plain else plain


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _ascii_host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").lower()
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return host


def _resolve_amp_cache(parts: SplitResult) -> SplitResult:
    """The original address of one in an AMP cache, which has it in the path: ``/c/s/example.org/a``."""
    host = parts.hostname or ""
    path = parts.path
    if host in ("www.google.com", "google.com") and path.startswith("/amp/"):
        path = path.removeprefix("/amp")
    elif not host.endswith(".cdn.ampproject.org"):
        return parts
    inner = _AMP_CACHE.match(path)
    real = split(f"https://{inner[1]}") if inner else None
    return real._replace(query=parts.query) if real is not None and "." in (real.hostname or "") else parts


def is_url(text: str) -> bool:
    """Return whether a text is meant as the address of a page."""
    return text[:8].lower().startswith(("http://", "https://"))
