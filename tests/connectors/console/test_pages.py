"""Parts of pages: what a reader chose, names in a text, lanes of a story, and addresses of strangers."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.console.html import ago, figure, weblink
from connectors.console.pages.article import marked_paragraphs
from connectors.console.pages.search import pointer, query_error
from connectors.console.visitors import safe_next
from connectors.views.traces import Mention

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        ("/", "/"),
        ("/stories/3f2a?all=1", "/stories/3f2a?all=1"),
        ("/search?q=%22a+b%22", "/search?q=%22a+b%22"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/%0d%0aSet-Cookie:a=b", "/%0d%0aSet-Cookie:a=b"),  # stays escaped
        ("/a\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_a_login_leads_to_pages_of_this_server_only(address: str, goes_to: str) -> None:
    assert safe_next(address) == goes_to


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://news.example/a", "https://news.example/a"),
        ("javascript:alert(1)", "#"),
        ("data:text/html,x", "#"),
        ("JavaScript:alert(1)", "#"),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, href: str) -> None:
    assert weblink(url) == href


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("22000000 eur", "22,000,000 eur"),
        ("9.4 %", "9.4 %"),
        ("241", "241"),
        ("-3", "-3"),
        ("--03-09", ""),
        ("1e5", "1e5"),
    ],
)
def test_figures_are_written_for_people(number: str, shown: str) -> None:
    assert figure(number) == shown


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=2), "2 d ago"),
        (timedelta(days=30), "4 Apr 2026"),
        (-timedelta(minutes=9), "in 9 min"),
    ],
)
def test_times_are_relative_with_the_exact_one_beside(before: timedelta, text: str) -> None:
    drawn = ago(NOON - before, NOON)
    assert f">{text}</time>" in drawn
    assert (NOON - before).isoformat(timespec="seconds") in drawn


def mention(key: str, *offsets: tuple[int, int]) -> Mention:
    return Mention(key=key, name=key, type="person", offsets=offsets)


def test_names_in_a_text_are_links_and_the_rest_stays_text() -> None:
    title, body = "T", "Ruth Adair <b>said</b> so.\n\nMr Adair & Co."
    offset = len(title) + 2
    names = [mention("person:ruth adair", (offset, offset + 10), (offset + 31, offset + 36))]
    first, second = marked_paragraphs(body, names, offset)
    link = '<a class="name" href="/name?name=person%3Aruth%20adair">'
    assert first == f"{link}Ruth Adair</a> &lt;b&gt;said&lt;/b&gt; so."
    assert second == f"Mr {link}Adair</a> &amp; Co."


def test_names_that_overlap_or_lie_outside_are_left_out() -> None:
    names = [mention("a", (0, 4), (-9, -3), (90, 99)), mention("b", (2, 6))]
    [only] = marked_paragraphs("Ruth Adair", names, 0)
    assert only == '<a class="name" href="/name?name=a">Ruth</a> Adair'


def test_an_error_of_a_query_is_shown_at_its_column() -> None:
    error = query_error("ferry AND (reef")
    assert error is not None
    assert pointer(error).strip() == "^"
    assert query_error("ferry AND reef") is None
    assert pointer(None) == ""
