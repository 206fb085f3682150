"""Addresses: what is the same page, and whose word counts."""

from urllib.parse import urljoin

import pytest

from streams.cleaning.page.canonical_url import choose
from streams.contract.identity import of_url
from streams.contract.urls import canonical, registered_domain


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Example.ORG:443/a/?b=2&a=1&utm_source=x#frag", "https://example.org/a/?a=1&b=2"),
        ("https://m.example.org/a", "https://example.org/a"),
        ("https://example.org/a/amp/", "https://example.org/a"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/a", "https://example.org/a"),
        ("https://www.google.com/amp/s/example.org/a.html", "https://example.org/a.html"),
        ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
        ("https://xn--bcher-kva.example/stra%c3%9fe", "https://xn--bcher-kva.example/stra%C3%9Fe"),
        ("http://example.org:8080", "http://example.org:8080/"),
        ("https://amp.com.au/a", "https://amp.com.au/a"),
        ("https://m.news.example.co.uk/a", "https://news.example.co.uk/a"),
        ("https://example.org/stra%c3%9fe/a%2fb", "https://example.org/stra%C3%9Fe/a%2Fb"),
        ("https://example.org/100%25/%7Eann", "https://example.org/100%25/~ann"),
        ("https://example.org/a?t=%e4", "https://example.org/a?t=%E4"),
        ("https://example.org/x/../n/./a", "https://example.org/n/a"),
        ("https://example.org/n/%2e%2e/a/..", "https://example.org/"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/n/a.amp.html", "https://example.org/n/a.html"),
        ("https://example.org/n/a.amp", "https://example.org/n/a"),
        ("https://example.org/a?b=1&amp;utm_source=x&amp;c=2", "https://example.org/a?b=1&c=2"),
        ("https://example.org/a?partner=rss&emc=rss", "https://example.org/a"),
        ("https://example.org/a?source=rss_front&mod=newsletter-7", "https://example.org/a"),
    ],
)
def test_an_address_has_one_form(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a",
        "javascript:alert(1)",
        "mailto:a@example.org",
        "https://",
        "",
        "http://[",
        "https://a b/c",
        "https://example.org:99999/",
    ],
)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert canonical(url) is None


def test_scheme_www_and_trailing_slash_do_not_change_the_id() -> None:
    assert of_url("http://www.example.org/a/") == of_url("https://example.org/a?fbclid=1")
    assert of_url("https://example.org/a?id=1") != of_url("https://example.org/a?id=2")


SITE = "https://www.sillpost.example"
TITLE = "Gate at the Kestrel Dam fails again"


@pytest.mark.parametrize(
    ("fetched", "declared", "right"),
    [
        # its own: another form of the address that it was fetched at
        ("/n/dam?x=tracker", "/n/dam", True),
        ("/a?page=2", "https://news.sillpost.example/a", True),
        ("/n/dam/print", "/n/dam", True),
        ("/n/dam?print=1", "/n/dam/", True),
        ("/n/gate-fails-again/2", "/n/gate-fails-again", True),
        ("/n/Gate-Fails-Again.HTML", "/n/gate-fails-again", True),
        ("/n/dam/index.html", "/n/dam/", True),
        ("/n/dam;jsessionid=4F2A", "/n/dam", True),
        ("/sport/gate-fails-again", "/n/gate-fails-again", True),
        ("/dam-88123", "/news/another-slug-88123.html", True),
        ("/?p=123", "/archive/123", True),
        ("/read.php?id=101", "/n/gate-101.html", True),
        ("/read.php?id=101", "/read.php?id=101&lang=en", True),
        ("/s/x7ab", "/2026/11/30/kestrel-dam-gate-fails", True),
        ("/old-words-for-it", "/gate-at-kestrel-dam-fails", True),
        ("/en/dam", "/en/news/dam", True),
        # the template's: nothing of it is this article's
        ("/n/dam", "/", False),
        ("/n/dam", "/index.html", False),
        ("/n/dam", "/news", False),
        ("/n/dam", "/en", False),
        ("/n/dam", "/undefined", False),
        ("/undefined/dam", "/undefined", False),
        ("/n/dam", "/{{url}}", False),
        ("/n/%7B%7Burl%7D%7D", "/x/{{url}}", False),
        ("/n/dam", "/n/election", False),
        ("/n/dam", "/live/today", False),
        ("/2026/11/30/dam", "/2026/11/30", False),
        ("/2026/11/30/letters", "/letters", False),
        ("/column/2026/11/30/", "/gate-at-the-kestrel-dam", False),
        ("/article.php?id=101", "/article.php", False),
        ("/article.php?id=101", "/article.php?id=100", False),
        ("/news/7", "/news", False),
        ("/a?share=101", "/a", False),
        ("/a?story=x", "/a", False),
        ("/#!/101", "/", False),
        ("/app#/story/101", "/app", False),
        ("/app#/story/dam", "/app", False),
        ("/de/dam", "/en/dam", False),
        ("/dam?lang=de", "/dam?lang=en", False),
        ("/dam-88123", "/dam-88124", False),
        ("/n/dam", "https://another.example/n/dam", False),
        ("/n/dam", "https://another.example/", False),
    ],
)
def test_a_declared_address_counts_with_evidence(fetched: str, declared: str, right: bool) -> None:
    fetched, declared = urljoin(SITE, fetched), urljoin(SITE, declared)
    assert choose(fetched, declared, title=TITLE) == canonical(declared if right else fetched)


def test_the_first_declared_address_with_evidence_counts() -> None:
    assert choose(f"{SITE}/n/dam?x=1", "/", "/news", "/n/dam", title=TITLE) == f"{SITE}/n/dam"
    assert choose(f"{SITE}/n/dam", "//www.sillpost.example/news/dam") == f"{SITE}/news/dam"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/n?ref=101", "/n?ref=102"),
        ("/n?share=101", "/n?share=102"),
        ("/#!/101", "/#!/102"),
        ("/app#/story/dam", "/app#/story/election"),
        ("/?p=1", "/?p=2"),
        ("/a?id=1", "/a?id=2"),
        ("/de/dam", "/en/dam"),
        ("/n/a%2Fb", "/n/a/b"),
        ("/n/a%3Fid=1", "/n/a?id=1"),
        ("/n/%231", "/n/#1"),
        ("/a?t=%E4", "/a?t=%F6"),
        ("https://amp.com.au/a", "https://m.com.au/a"),
        ("/amp/dam", "/dam"),
        ("/n?view=1", "/n?view=2"),
        ("/n?print=101", "/n?print=102"),
        ("/n?source=agency-a", "/n?source=agency-b"),
        ("/feed?id=1", "/feed?id=2"),
    ],
)
def test_what_tells_articles_apart_stays_in_their_ids(one: str, other: str) -> None:
    assert of_url(urljoin(SITE, one)) != of_url(urljoin(SITE, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/n/dam", "/n/dam?ref=front"),
        ("/n/gate-fails-again", "/n/gate-fails-again?ref=101&share=102"),
        ("/n/dam?id=1", "/n/dam?id=1&ref=101"),
        ("/n/dam", "/n/dam?share=1"),
        ("/n/dam", "/n/dam#comments"),
        ("/n/dam", "/n/dam#"),
        ("/n/dam", "/n/dam#/"),
        ("/n/dam", "/n/dam#:~:text=gate"),
        ("/n/dam", "/n/dam;jsessionid=4F2A?PHPSESSID=1"),
        ("/n/dam", "/n/dam/index.php"),
        ("/n/dam", "/n/dam/amp?utm_medium=x"),
        ("/n/dam", "/n//dam"),
        ("/n/dam", "/n/dam?print=1"),
        ("/n/dam", "/n/dam?print"),
        ("/n/dam?id=1", "/n/dam?id=1&view=amp&printable=yes"),
        ("/n/gate-fails-again", "/amp/n/gate-fails-again"),
        ("/n/gate-fails-again", "/n/print/gate-fails-again/"),
    ],
)
def test_what_tells_nothing_is_not_in_an_id(one: str, other: str) -> None:
    assert of_url(SITE + one) == of_url(SITE + other)


@pytest.mark.parametrize(
    ("landed", "declared", "found"),
    [
        ("/news/dam?utm_source=rss", "/news/dam", "/news/dam"),
        ("/news/dam", "/news/other", "/click/55"),  # neither the redirect nor the title knows it
        ("/news/gate-fails-again", None, "/news/gate-fails-again"),
        ("/news/dam", None, "/click/55"),
        ("/", "/", "/click/55"),
        ("https://another.example/gate-fails-again", "https://another.example/gate-fails-again", "/click/55"),
    ],
)
def test_where_redirects_led_is_evidence(landed: str, declared: str | None, found: str) -> None:
    there = urljoin(SITE, landed)
    assert choose(f"{SITE}/click/55", declared, title="Gate fails again", landed=there) == f"{SITE}{found}"


def test_an_id_in_the_link_stays_where_slugs_follow_titles() -> None:
    asked, slug = f"{SITE}/news/77301", f"{SITE}/news/77301-gate-fails-again"
    assert choose(asked, title="Gate fails again", landed=slug) == asked


def test_a_declared_address_alone_counts_if_it_identifies() -> None:
    story = "https://example.org/gate-fails-again"
    assert choose(None, f"{story}?utm_source=x") == story
    assert choose(None, None, "https://example.org/", story) == story
    assert choose(None, story, "https://www.example.org/b") == story
    assert choose(None, story, "https://another.example/gate-fails-again") is None
    assert choose(None, "https://example.org/dam", title=TITLE) == "https://example.org/dam"
    assert choose(None, "https://example.org/news", title=TITLE) is None
    assert choose(None, "https://example.org/undefined", title=TITLE) is None
    assert choose(None, "/a") is None
    assert choose(None, "http://localhost/gate-fails-again") is None
    assert choose(None, "http://10.0.0.1/gate-fails-again") is None


def test_registered_domains_follow_the_public_suffixes() -> None:
    assert registered_domain("https://news.example.co.uk/a") == "example.co.uk"
    assert registered_domain("https://localhost/a") == "localhost"
    assert registered_domain("https://www.ann.blogspot.com/a") == "ann.blogspot.com"
    assert registered_domain("https://ben.github.io/a") == "ben.github.io"
    assert registered_domain("https://github.io/a") == "github.io"
