"""URLs of strangers: the only place that takes one apart. http and https only; no network.

Every function here is total: text that is no URL gives None (or ``""``), never an exception. Nothing else in
``streams`` calls `urllib.parse` on a stranger's text; `connectors.http.net.check_url` says which URLs may be asked for.
Which of the addresses that a page declares is its own: see `streams.cleaning.page.canonical_url`.
"""

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    import tldextract

MAX_URL_CHARACTERS = 8_000  # what RFC 9110, 4.1, asks servers to take; longer ones are data, not addresses

# Parameters that tell where a reader came from or which visit it is, never what is read.
_TRACKING = re.compile(
    r"^(?:utm_.*|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_ga|_gl|_hs\w+|"
    r"mkt_tok|xtor|at_[a-z_]+|ns_[a-z_]+|smid|smtyp|smprod|sref|cmpid|icid|ito|ocid|ncid|taid|wt_?mc|wt\.mc.*|"
    r"ref_?src|ref_?url|spm|trk|outputtype|src_?from|j?sessionid|phpsessid|aspsessionid\w*|cftoken)$",
    re.IGNORECASE,
)
# Names of such parameters that are words of every day: some sites number their articles by one of them.
_MOSTLY_TRACKING = re.compile(r"^(?:ref|referrer|referer|rss|share|shared|socialshare|feature|amp|cmp)$", re.IGNORECASE)
_NUMBER = re.compile(r"\d{2,}$", re.ASCII)  # one digit is a switch: ``?share=1``
_VIEW = re.compile(  # parameters that choose a part or a form of the same article
    r"^(?:page|paged|pg|offset|start|print|printable|view|mode|format|output|layout|theme|sort|single|full|replytocom)$",
    re.IGNORECASE,
)
_SESSION = re.compile(r";(?:j?sessionid|phpsessid|sid)=[^/]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|xhtml|php\d?|aspx?|jsp|cfm)$", re.IGNORECASE)
_MOBILE = re.compile(r"^(?:m|mobile|amp|wap|touch)\.(?=[^.]+\.)", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/amp/?|\.amp(?:\.html)?)$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cv]/)?(?:s/)?(.+)$")
_NUMERIC = re.compile(r"^\[|:|(?:^|\.)\d+$")  # an IP address has no domain above it
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")  # an IPv6 address, without a zone
_DOTS = ".\u3002\uff0e\uff61"  # what IDNA takes for a dot (RFC 3490, 3.1)
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
_SAFE_PATH = "/:@!$&'()*+,;=-._~%"


@cache
def _suffixes() -> "tldextract.TLDExtract":
    """The list inside the package: no network and no cache file."""
    import tldextract  # takes 0.1 s: only who asks for a domain waits for it

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def split(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, whose ``hostname`` is not empty and whose ``port`` can be read; None for others.

    None too for what is longer than `MAX_URL_CHARACTERS` or holds a lone surrogate, which no request can carry.
    """
    if len(url) > MAX_URL_CHARACTERS or not _encodable(url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:  # also UnicodeError
        return None
    host = (parts.hostname or "").strip(_DOTS)
    if parts.scheme not in _DEFAULT_PORTS or not host or _UNSAFE.search(host):
        return None
    if "[" in parts.netloc and not _BRACKETED.fullmatch(parts.netloc.rpartition("@")[2]):
        return None
    return parts


def join(base: str, reference: str) -> str | None:
    """``reference`` as a link on the page ``base`` (RFC 3986, 5.2); None when the two give no http(s) URL."""
    if len(reference) > MAX_URL_CHARACTERS:
        return None
    try:
        joined = urljoin(base, reference.strip())
    except ValueError:
        return None
    return None if split(joined) is None else joined


def host_of(url: str) -> str:
    """The host of an http(s) URL: lower case, ASCII, no port, no dot at its end; ``""`` where there is none."""
    parts = split(url)
    return "" if parts is None else _ascii_host(parts)


def registered_domain(url: str) -> str | None:
    """``https://news.example.co.uk/a`` -> ``example.co.uk``; under an unknown suffix the last two labels.

    Where a host lets everyone have a site of their own (a private suffix of the public suffix list), it is that site:
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
    """The address that readers share: no tracking, session, default port, AMP or mobile host; parameters sorted.

    A fragment stays where it is a route (``#!/101``, ``#/story/101``), and a number in a parameter such as ``ref``
    where nothing else tells which article it is. None for what is not an http(s) address. ``base`` resolves a relative
    one.
    """
    if not url:
        return None
    absolute = join(base, url) if base else url.strip()
    parts = None if absolute is None else split(absolute)
    if parts is None:
        return None
    parts = _out_of_amp_cache(parts)
    host = _MOBILE.sub("", _ascii_host(parts))
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _SESSION.sub("", parts.path)
    path = _AMP_TAIL.sub("", quote(unquote_safely(path), safe=_SAFE_PATH)) or "/"
    query = urlencode(sorted(_kept(path, parse_qsl(parts.query, keep_blank_values=True))))
    address = urlunsplit((parts.scheme, netloc, path, query, _route(parts.fragment)))
    return address if split(address) is not None else None


def _kept(path: str, parameters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters that tell what is read."""
    named = [(name, value) for name, value in parameters if not _TRACKING.match(name)]
    kept = [(name, value) for name, value in named if not _MOSTLY_TRACKING.match(name)]
    last = last_segment(path)
    if identifies_article(last) or _HAS_DIGIT.search(last) or any(not _VIEW.match(name) for name, _ in kept):
        return kept
    return [(name, value) for name, value in named if not _MOSTLY_TRACKING.match(name) or _NUMBER.match(value)]


def _route(fragment: str) -> str:
    """A fragment by which a program in the page finds the article, and no place in the text."""
    if not fragment.startswith(("!", "/")) or not fragment.strip("!/"):
        return ""
    return quote(unquote_safely(fragment), safe=_SAFE_PATH + "?#")


def last_segment(path: str) -> str:
    """The last part of a path that is no index file, folded and decoded: ``/en/Gate-Fails.html`` -> ``gate-fails``."""
    last = _INDEX.sub("", path).rstrip("/").rpartition("/")[2]
    return _EXTENSION.sub("", unquote(last)).casefold()


def identifies_article(name: str) -> bool:
    """Whether a segment by itself tells one article from others: several words, or a long number that is no date."""
    return len(_WORDS.findall(name)) >= _SEVERAL or bool(id_numbers(name))


def id_numbers(text: str) -> set[str]:
    """The numbers of four digits and more that are neither years nor dates."""
    return {found for found in _LONG_NUMBER.findall(text) if not _DATE.fullmatch(found)}


def content_parameters(url: str) -> set[tuple[str, str]]:
    """The parameters of a canonical address but for those that choose a part or a form of one article."""
    parts = split(url)
    return {(name, value) for name, value in parse_qsl(parts.query if parts else "") if not _VIEW.match(name)}


def id_values(url: str) -> set[str]:
    """What the parameters and the route of a canonical address hold that may name an article: numbers, long tokens."""
    parts = split(url)
    if parts is None:
        return set()
    found = {value.casefold() for name, value in content_parameters(url) if _is_id(name, value)}
    return found | {part.casefold() for part in _WORDS.findall(unquote(parts.fragment)) if part.isdigit()}


def _is_id(name: str, value: str) -> bool:
    return bool(_NUMBER.match(value) or _TOKEN.fullmatch(value) or (_ID_NAME.search(name) and value))


def key(url: str) -> str:
    """What makes two canonical addresses the same page: without scheme, ``www.``, index file and slash at the end."""
    parts = split(url)
    if parts is None:
        return url
    host = parts.netloc.removeprefix("www.")
    path = _INDEX.sub("", parts.path).rstrip("/")
    return (
        f"{host}{path}" + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    )


def is_public(url: str) -> bool:
    """Whether a host can be anybody's: ``localhost`` and bare numbers are those of the machine that made the page."""
    host = host_of(url)
    return "." in host and not _NUMERIC.search(host)


def is_root(url: str) -> bool:
    """Whether it is a site's front page."""
    return not re.search(r"[/?#]", key(url))


def unquote_safely(path: str) -> str:
    """Undo percent-encoding of what needs none, so that two spellings of a path meet."""
    plain = unquote(path, errors="strict") if _decodable(path) else path
    return path if any(c in plain for c in "?#%") else plain


def _decodable(path: str) -> bool:
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


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


def _out_of_amp_cache(parts: SplitResult) -> SplitResult:
    """Caches carry the real address in their path: ``/c/s/example.org/a``."""
    host = parts.hostname or ""
    path = parts.path
    if host in ("www.google.com", "google.com") and path.startswith("/amp/"):
        path = path.removeprefix("/amp")
    elif not host.endswith(".cdn.ampproject.org"):
        return parts
    inner = _AMP_CACHE.match(path)
    real = split(f"https://{inner[1]}") if inner else None
    return real._replace(query=parts.query) if real is not None and "." in (real.hostname or "") else parts
