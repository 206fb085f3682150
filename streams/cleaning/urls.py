"""URLs of strangers: the only place that takes one apart. http and https only; no network.

Every function here is total: text that is no URL gives None (or ``""``), never an exception. Nothing else in
``streams`` calls `urllib.parse` on a stranger's text; `connectors.net.check_url` says which URLs may be asked for.
"""

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    import tldextract

MAX_URL_CHARACTERS = 8_000  # what RFC 9110, 4.1, asks servers to take; longer ones are data, not addresses

# Parameters that tell where a reader came from, never what is read.
_TRACKING = re.compile(
    r"^(?:utm_.*|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_ga|_gl|_hs\w+|"
    r"mkt_tok|xtor|at_[a-z_]+|ns_[a-z_]+|smid|smtyp|smprod|sref|cmp|cmpid|icid|ito|ocid|ncid|taid|wt_?mc|wt\.mc.*|"
    r"ref|ref_?src|ref_?url|referrer|referer|rss|share|shared|socialshare|feature|spm|trk|amp|outputtype|src_?from)$",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"^(?:m|mobile|amp|wap|touch)\.(?=[^.]+\.)", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/amp/?|\.amp(?:\.html)?)$", re.IGNORECASE)
_AMP_CACHE = re.compile(r"^/(?:[cv]/)?(?:s/)?(.+)$")
_NUMERIC = re.compile(r"^\[|:|(?:^|\.)\d+$")  # an IP address has no domain above it
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](?::[0-9]*)?")  # an IPv6 address, without a zone
_DOTS = ".\u3002\uff0e\uff61"  # what IDNA takes for a dot (RFC 3490, 3.1)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\s<>\"\\^`{|}\x00-\x20\x7f]")
_SAFE_PATH = "/:@!$&'()*+,;=-._~%"


@cache
def _suffixes() -> "tldextract.TLDExtract":
    """The list inside the package: no network and no cache file."""
    import tldextract  # takes 0.1 s: only who asks for a domain waits for it

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


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
    """``https://news.example.co.uk/a`` -> ``example.co.uk``; under an unknown suffix the last two labels."""
    parts = split(url)
    if parts is None:
        return None
    host = _ascii_host(parts)
    found = _suffixes()(host).top_domain_under_public_suffix
    if found or not host:
        return found or None
    return host if _NUMERIC.search(host) else ".".join(host.split(".")[-2:])


def canonical(url: str | None, base: str | None = None) -> str | None:
    """The address that readers share: no fragment, tracking, default port, AMP or mobile host; parameters sorted.

    None for what is not an http(s) address. ``base`` resolves a relative one.
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
    path = _AMP_TAIL.sub("", quote(unquote_safely(parts.path), safe=_SAFE_PATH)) or "/"
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    address = urlunsplit((parts.scheme, netloc, path, urlencode(sorted(kept)), ""))
    return address if split(address) is not None else None


def key(url: str) -> str:
    """What makes two canonical addresses the same page: without scheme, ``www.`` and a slash at the end."""
    parts = split(url)
    if parts is None:
        return url
    host = parts.netloc.removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def choose(fetched: str | None, *declared: str | None) -> str | None:
    """The canonical address of a page that was fetched at ``fetched`` and declares ``declared``, the surest first.

    The front page, which broken templates name, is none. Beside a fetched address the first declared one counts, on the
    same registered domain only. Without one it counts alone, unless the page declares addresses of several sites: then
    it is a copy, and which of them printed it is not known.
    """
    own = canonical(fetched)
    named = [address for text in declared if (address := canonical(text, base=own))]
    if own is None:
        named = [address for address in named if not is_root(address) and _is_public(address)]
        return named[0] if len({registered_domain(address) for address in named}) == 1 else None
    if not named or is_root(named[0]) or registered_domain(named[0]) != registered_domain(own):
        return own
    return named[0]


def _is_public(url: str) -> bool:
    """Whether a host can be anybody's: ``localhost`` and bare numbers are those of the machine that made the page."""
    host = host_of(url)
    return "." in host and not _NUMERIC.search(host)


def is_root(url: str) -> bool:
    parts = split(url)
    return parts is not None and parts.path.strip("/") == "" and not parts.query


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
