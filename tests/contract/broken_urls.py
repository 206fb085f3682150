"""URLs that strangers send: whole ones, and what mistakes and malice make of them; for hypothesis."""

from hypothesis import strategies as st

# hosts and ports that parsers disagree on or fail at
BROKEN = [
    "http://xn--ls8h.la/",
    "http://xn--/",
    "http://xn--a/",
    "http://xn--0000h.example/",
    "http://[",
    "http://]",
    "http://[::1",
    "http://[::1]x/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[v1.x]/",
    "http://\ud800.example/",
    "http://paper.example/\udfff?\ud801=\udc00",
    "http://paper.example:99999999999/",
    "http://paper.example:" + "9" * 5_000 + "/",
    "http://paper.example:-1/",
    "http://paper.example:٣٤/",
    "http://paper.example:²/",
    "http://a..example/",
    "http://.example/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 200 + "example/",
    "http://ａ℀.example/",
    "http://\u0627a.example/",
    "http://ب1a.example/",
    "http://\u200d.example/",
    "http://\u0640\u0640.example/",
    "http://㏂.example/",
    "http://paper.example\u2044evil.example/",
    "http://me:geheim@paper.example/",
    "http://@/",
    "http://:80/",
    "http:///",
    "http:paper.example",
    "http:////paper.example",
    "//[",
    "http://1.2.3.4.5.6/",
    "http://256.256.256.256/",
    "http://0x7f.0.0.1./",
    "http://\x00/",
    "http://a\tb\r\n.example/",
    "http://%00.example/",
    "http://%5b::1%5d/",
    "http://paper.example/%ff%fe?%ff#%",
    "http://paper.example/?" + "a=b&" * 1_500,
    "http://paper.example/" + "../" * 2_000,
    "https://-.example-/",
    "https://_dmarc.example/",
    "HTTPS://EXAMPLE.ORG.:443",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "http://example.cdn.ampproject.org/c/s/[/a",
    "https://www.google.com/amp/s/xn--/a",
]

_SIGNS = st.sampled_from(
    [*"[]:/?#@%.-_\\|^`{}<>\"' \t\n\r\x00\x7f\x85\u2028", "xn--", "//", "%25", "\ud800", "\u200d", "。", "℀", "ß", "İ"]
)
_TEXT = st.text(max_size=12)
_HOSTS = st.one_of(
    _TEXT,
    st.builds("xn--{}.example".format, st.text("abcdefghijklmnopqrstuvwxyz0123456789-", max_size=12)),
    st.builds("{}.{}".format, _TEXT, _TEXT),
    st.ip_addresses(v=6).map("[{}]".format),
    st.ip_addresses(v=4).map(str),
)
_WHOLE = st.builds(
    "{}{}{}/{}?{}#{}".format,
    st.sampled_from(["http://", "https://", "HTTP://", "//", "", "ftp://", "http:"]),
    _HOSTS,
    st.one_of(st.just(""), st.integers().map(":{}".format), _TEXT.map(":{}".format)),
    _TEXT,
    _TEXT,
    _TEXT,
)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    """A URL with signs put in, cut out or doubled."""
    url = draw(st.one_of(_WHOLE, st.sampled_from(BROKEN)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(url)))
        cut = draw(st.integers(0, 3))
        url = url[:at] + draw(st.one_of(_SIGNS, st.characters())) + url[at + cut :]
    return url


def broken_urls() -> st.SearchStrategy[str]:
    return st.one_of(_mutated(), _WHOLE, st.sampled_from(BROKEN), st.text(st.characters(), max_size=60))
