"""Addresses: what is the same page, and whose word counts."""

import pytest

from streams.cleaning.identity import of_url
from streams.cleaning.urls import canonical, choose, registered_domain


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


def test_scheme_www_and_a_slash_at_the_end_do_not_make_another_article() -> None:
    assert of_url("http://www.example.org/a/") == of_url("https://example.org/a?fbclid=1")
    assert of_url("https://example.org/a?id=1") != of_url("https://example.org/a?id=2")


def test_a_declared_address_counts_on_the_same_domain_and_never_the_front_page() -> None:
    fetched = "https://www.example.co.uk/a?page=2"
    assert choose(fetched, "https://news.example.co.uk/a") == "https://news.example.co.uk/a"
    assert choose(fetched, "/a") == "https://www.example.co.uk/a"
    assert choose(fetched, "https://www.example.co.uk/") == fetched
    assert choose(fetched, "https://another.co.uk/a") == fetched


def test_without_a_fetched_address_a_declared_one_counts_where_it_is_sensible() -> None:
    assert choose(None, "https://example.org/a?utm_source=x") == "https://example.org/a"
    assert choose(None, None, "https://example.org/", "https://example.org/a") == "https://example.org/a"
    assert choose(None, "https://example.org/a", "https://www.example.org/b") == "https://example.org/a"
    assert choose(None, "https://example.org/a", "https://another.example/a") is None
    assert choose(None, "/a") is None
    assert choose(None, "http://localhost/a") is None
    assert choose(None, "http://10.0.0.1/a") is None


def test_registered_domains_follow_the_public_suffixes() -> None:
    assert registered_domain("https://news.example.co.uk/a") == "example.co.uk"
    assert registered_domain("https://localhost/a") == "localhost"
