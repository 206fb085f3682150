"""Where a feed names its hub, and who has signed a notification."""

import pytest

from connectors.websub.hub_links import HubLinks, find_hub
from connectors.websub.signature import METHODS, is_signed, sign

URL = "https://news.example/feed"
FOUND = HubLinks("https://hub.example/?a=1&b=2", "https://news.example/own")


@pytest.mark.parametrize(
    "content",
    [
        b'<feed><link rel="hub" href="https://hub.example/?a=1&amp;b=2"/><link href="/own" rel="self"/></feed>',
        (
            b"<rss><channel><atom:link href='https://hub.example/?a=1&amp;b=2' rel='hub' />"
            b'<atom10:link type="application/rss+xml" rel="self"\n href="https://news.example/own"></channel></rss>'
        ),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://news.example/own", '
            b'"hubs": [{"type": "rssCloud", "url": "https://x.example"}, '
            b'{"type": "WebSub", "url": "https://hub.example/?a=1&b=2"}]}'
        ),
    ],
    ids=["atom", "rss", "json"],
)
def test_a_feed_names_its_hub_and_itself(content: bytes) -> None:
    assert find_hub(content, {}, URL) == FOUND


def test_the_header_counts_before_the_feed() -> None:
    header = '<https://hub.example/?a=1&b=2>; rel="hub", </own>; type="x"; rel=self'
    body = b'<link rel="hub" href="https://other.example/"/>'
    assert find_hub(body, {"link": header}, URL) == FOUND


def test_a_feed_without_its_own_address_is_known_by_ours() -> None:
    assert find_hub(b'<link rel="hub" href="//hub.example/"/>', {}, URL) == HubLinks("https://hub.example/", URL)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<rss><channel><link>https://news.example/</link></channel></rss>",
        b'<link rel="hub" href="ftp://hub.example/"/>',
        b'<link rel="hub" href="https://user:password@hub.example/"/>',
        b'<link rel="hub">',
        b'{"hubs": "https://hub.example"}',
        b'{"hubs": [1, {"type": "WebSub", "url": 3}, null]}',
        b"{" * 100_000,
        b"[1]",
        b"<link " * 50_000,
        b'<link rel="hub" href="' + b"x" * 3_000 + b'">',
    ],
    ids=["empty", "none", "ftp", "password", "no href", "text", "odd", "deep", "list", "many", "long"],
)
def test_what_names_no_hub_that_may_be_asked_is_none(content: bytes) -> None:
    assert find_hub(content, {"link": "<" * 4_000}, URL) is None


@pytest.mark.parametrize("method", METHODS)
def test_a_signature_is_of_this_body_and_secret(method: str) -> None:
    header = sign("secret", b"body", method)
    assert is_signed("secret", b"body", header)
    assert is_signed("secret", b"body", header.upper().replace(method.upper(), method))
    assert not is_signed("secret", b"bodY", header)
    assert not is_signed("other", b"body", header)


@pytest.mark.parametrize("header", ["", "sha256", "sha256=", "md5=00", "sha256=\xe9", "=x"])
def test_what_is_no_signature_is_not_one(header: str) -> None:
    assert not is_signed("secret", b"body", header)


def test_the_signature_is_that_of_the_recommendation() -> None:
    """Of RFC 2202, test case 2: another implementation signs alike."""
    known = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    assert is_signed("Jefe", b"what do ya want for nothing?", known)
