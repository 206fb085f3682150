"""Any bytes give an article or a one-line error, never another exception."""

from hypothesis import given
from hypothesis import strategies as st

from streams.cleaning import clean
from streams.contract.errors import Rejected
from streams.contract.messages import ContentType
from tests.cleaning.arrivals import arrival
from tests.fuzz.amount import inputs

LINKED = '{"@type":["NewsArticle"],"author":[[{"name":null}]],"datePublished":{"a":1},"headline":7}'
PIECES = st.sampled_from(
    [
        "<html>", "<body>", "<p>", "</p>", "<div", ">", "<!--", "-->", "<script>", "</script>", "<table><tr>", "&#0;",
        "&#xD800;", "\x00", "\ufeff", "<title>", "<h1>", '"', "\u202e", "𝕏" * 5,
        f'<script type="application/ld+json">{LINKED}</script>', '<meta property="og:title" content="',
        '<link rel="canonical" href="http://[">', '<time datetime="2026-99-99">', "Created: 99-99-2026 ",
        "The council of Northmere voted on Tuesday to close the bridge. ",
    ]
)  # fmt: skip
FORMS = st.sampled_from(list(ContentType))


def outcome(content: bytes, form: ContentType) -> str:
    """The title of the article, or the line that says why there is none."""
    try:
        return clean(arrival(content, form, url="https://example.org/a")).title
    except Rejected as reason:
        return str(reason)


def assert_clear(line: str) -> None:
    assert line
    assert "\n" not in line
    assert not line.startswith("cannot be read")  # the last net: no case is known that needs it


@inputs(40)
@given(pieces=st.lists(PIECES, max_size=25), form=FORMS)
def test_broken_pages(pieces: list[str], form: ContentType) -> None:
    assert_clear(outcome("".join(pieces).encode("utf-8", "surrogatepass"), form))


@inputs(40)
@given(content=st.binary(max_size=400), form=FORMS)
def test_bytes_of_any_kind(content: bytes, form: ContentType) -> None:
    assert_clear(outcome(content, form))
