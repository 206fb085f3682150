"""An address as it came in, its canonical form and its site out. http and https only; no network."""

import re
from functools import cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

import tldextract

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
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\s<>\"\\^`{|}\x00-\x20\x7f]")
_SAFE_PATH = "/:@!$&'()*+,;=-._~%"


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The list inside the package: no network and no cache file."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def registered_domain(url: str) -> str | None:
    """``https://news.example.co.uk/a`` -> ``example.co.uk``; under an unknown suffix the last two labels."""
    parts = _split(url)
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
    try:
        parts = _split(urljoin(base, url.strip()) if base else url.strip())
    except ValueError:
        return None
    if parts is None:
        return None
    parts = _out_of_amp_cache(parts)
    host = _MOBILE.sub("", _ascii_host(parts))
    port = parts.port
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _AMP_TAIL.sub("", quote(unquote_safely(parts.path), safe=_SAFE_PATH)) or "/"
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    return urlunsplit((parts.scheme, netloc, path, urlencode(sorted(kept)), ""))


def key(url: str) -> str:
    """What makes two canonical addresses the same page: without scheme, ``www.`` and a slash at the end."""
    parts = urlsplit(url)
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
    host = urlsplit(url).hostname or ""
    return "." in host and not _NUMERIC.search(host)


def is_root(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path.strip("/") == "" and not parts.query


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


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or _UNSAFE.search(parts.hostname):
        return None
    return parts


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
    real = _split(f"https://{inner[1]}") if inner else None
    return real._replace(query=parts.query) if real is not None and "." in (real.hostname or "") else parts
