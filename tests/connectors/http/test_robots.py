"""robots.txt as RFC 9309 reads it."""

import pytest

from connectors.http.robots import MAX_BYTES, parse


def allowed(text: str | bytes, path: str = "/private/dam", agent: str = "Storywatch") -> bool:
    return parse(text.encode() if isinstance(text, str) else text, agent).allow(f"https://kestrel.example{path}")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /private/", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: storywatch\nUser-agent: other\nDisallow: /private/", False),
        ("User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /b", True),
        ("User-agent: Storywatch/2.0 (news)\nDisallow: /private/", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: STORYWATCH\nAllow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: storywatch\n", True),
        (
            "User-agent: storywatch\nDisallow: /a\n\nUser-agent: x\nDisallow:\n\nUser-agent: storywatch\nDisallow: /p",
            False,
        ),
        ("User-agent: *\nDisallow: /private/\nAllow: /private/dam", True),
        ("User-agent: *\nAllow: /private/dam\nDisallow: /private/dam", True),
        ("User-agent: *\nDisallow: /*dam$", False),
        ("User-agent: *\nDisallow: /*dam$\nAllow: /private/d*m", True),
        ("User-agent: *\nDisallow: /private$", True),
        ("User-agent: *\nDisallow: *am", False),
        ("User-agent: *\nDisallow: /%70rivate/", False),
        ("user-agent : *\r\nDISALLOW :/private/ # all of it\r\n", False),
        ("User-agent: *\rDisallow: /private/\r", False),
        ("\ufeffUser-agent: *\nDisallow: /private/", False),
        ("User-agent: *\nSitemap: https://x.example/\nDisallow: /private/", False),
        ("Disallow: /private/", True),
        ("<!doctype html><html><body>User-agent: *<br>Disallow: /private/</body></html>", True),
    ],
)
def test_rules_are_read_as_the_rfc_has_it(text: str, answer: bool) -> None:
    assert allowed(text) is answer


def test_addresses_are_compared_with_their_escapes_undone() -> None:
    rules = "User-agent: *\nDisallow: /ä/\nDisallow: /a%2Fb\nDisallow: /q?id=1"
    assert not allowed(rules, "/%C3%A4/x")
    assert not allowed(rules, "/a%2fb")
    assert allowed(rules, "/a/b")
    assert not allowed(rules, "/q?id=1&b=2")
    assert allowed("User-agent: *\nDisallow: /", "/robots.txt")


def test_a_delay_is_read_and_nonsense_is_none() -> None:
    assert parse(b"User-agent: *\nCrawl-delay: 2.5", "Storywatch").delay_seconds == 2.5
    for value in ("soon", "-1", "inf", "nan"):
        assert parse(f"User-agent: *\nCrawl-delay: {value}".encode(), "Storywatch").delay_seconds is None


def test_only_the_first_half_megabyte_counts() -> None:
    rules = b"User-agent: *\nDisallow: /a\n" + b"#" * MAX_BYTES + b"\nDisallow: /private/"
    assert allowed(rules)
    assert not allowed(rules, "/a")
