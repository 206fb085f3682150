"""Everything that arrives in the place of an article, each under its name: an article, a label, or the reason why not.

Beside these: pages made to be slow or large in `test_worst_case`, broken markup and random bytes in `test_broken`,
charsets and other formats in `test_decode`, every labelled page in the figure `cleaning_crashes` of the quality gate.
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from streams.cleaning import clean
from streams.contract.errors import Rejected
from streams.contract.messages import CleanArticle, ContentType, Kind
from tests.cleaning.arrivals import arrival
from tests.cleaning.lantern import BODY, SHORT_URL, THREE, bare

TITLE = "Northmere closes its bridge"
GOOD = bare(f"<h1>{TITLE}</h1>{THREE}")
WHOLE = list(BODY[:3])
OTHER = f"<article><h2>Ferry fares rise</h2><p>{BODY[1].replace('cars', 'guests')}</p></article>"
HEBREW = "מועצת העיר נורתמיר הצביעה ביום שלישי על סגירת גשר הנמל הישן לצורך תיקונים שיימשכו עד האביב הבא, כך נמסר."
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LINKED = {"@type": "NewsArticle", "headline": TITLE, "articleBody": f"{BODY[0]}\n\n{BODY[1]}\n\n{BODY[2]}"}


@dataclass(frozen=True)
class Page:
    """``refused``: what the reason says; ``holds``: what is true of the article. One of the two."""

    content: str | bytes
    refused: str = ""
    holds: Callable[[CleanArticle], bool] | None = None
    form: ContentType = ContentType.HTML


def linked(source: str) -> str:
    return f'<script type="application/ld+json">{source}</script>'


def is_whole(article: CleanArticle) -> bool:
    return (article.kind, article.title, article.body.split("\n\n")) == (Kind.ARTICLE, TITLE, WHOLE)


def dated(written: str) -> str:
    return bare(f"<h1>{TITLE}</h1>{THREE}", f'<meta property="article:published_time" content="{written}">')


def undated(article: CleanArticle) -> bool:
    return is_whole(article) and article.published is None


def stays_at_home(article: CleanArticle) -> bool:
    return is_whole(article) and (article.url or "").startswith("https://www.lantern.example/")


LINES: dict[str, tuple[Page, ...]] = {
    "gzip": (Page(gzip.compress(GOOD.encode()), holds=is_whole),),
    "truncated gzip": (
        Page(gzip.compress(GOOD.encode())[:-30], "without its end"),
        Page(b"\x1f\x8b" + bytes(90), "damaged"),
        Page(gzip.compress(gzip.compress(GOOD.encode())), "inside of"),
        Page(gzip.compress(b"0" * 20_000_000), "more than 10,000,000 bytes"),
    ),
    "UTF-16": (
        Page(GOOD.encode("utf-16"), holds=is_whole),
        Page(GOOD.encode("utf-16-be"), holds=is_whole),
        Page(GOOD.replace("<head>", '<head><meta charset="utf-16">').encode(), holds=is_whole),
    ),
    "wrong charset": (
        Page(
            bare("<h1>Brücke in Nordmeer zu</h1>" + THREE, '<meta charset="utf-8">').encode("cp1252"),
            holds=lambda article: article.title == "Brücke in Nordmeer zu",
        ),
    ),
    "null bytes": (
        Page(GOOD.replace("council", "coun\0cil"), holds=is_whole),
        Page(bytes(5_000), "no article"),
    ),
    "100,000 nested tags": (
        Page("<html><body>" + "<div>" * 100_000 + THREE, "nested"),
        Page("<html><body>" + "<b>" * 100_000 + THREE + "</b>" * 100_000, "nested"),
    ),
    "billion-laugh XHTML": (
        Page(
            f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{LAUGHS}]><html><body>&l9;</body></html>',
            "no article",
        ),
    ),
    "script-only page": (
        Page(bare(f"<div id=root></div><script>var text = '{BODY[0] * 20}'</script>"), "no article"),
        Page(bare("<noscript>Enable JavaScript to run this app.</noscript><div id='root'></div>"), "no article"),
        Page(
            bare("<div id=root></div><script>start()</script>", '<meta property="og:type" content="article">'),
            holds=lambda article: (article.kind, article.body) == (Kind.HEADLINE, ""),
        ),
    ),
    "frameset": (
        Page("<html><title>x</title><frameset cols='20%,80%'><frame src='a'></frameset></html>", "no article"),
    ),
    "soft 404": (
        Page(bare("<h1>Page not found</h1><p>Sorry, the page you are looking for has moved or is gone.</p>"), "404"),
        Page(bare("<p>Diese Seite wurde leider nicht gefunden. Bitte versuchen Sie es noch einmal.</p>"), "404"),
        Page(bare("<h1>Lo sentimos</h1><p>La página que buscas no existe o ha cambiado de dirección.</p>"), "404"),
        Page(bare("<h1>お探しのページは見つかりませんでした</h1><p>お探しのページは削除されました。</p>"), "404"),
        Page(bare(f"<h1>404</h1><h3><a href=/1>The old harbour bridge</a></h3><p>{BODY[0]}</p>", title="404"), "404"),
    ),
    "captcha page": (
        Page(bare("<h1>One more step</h1><p>Please verify that you are a human by the puzzle below.</p>"), "captcha"),
        Page(bare("<p>Checking your browser before accessing lantern.example. This takes a while.</p>"), "captcha"),
        Page(bare("<p>Bitte bestätigen Sie, dass Sie ein Mensch sind, um die Seite zu sehen.</p>"), "captcha"),
        Page(bare("<p>You don't have permission to access this address on this server.</p>"), "captcha"),
    ),
    "consent wall": (
        Page(
            bare(
                "<h1>We value your privacy</h1><p>We and our 214 partners store and access information on a device, "
                "such as cookies, for personalised ads. Choose here what you allow us to do.</p>"
            ),
            "consent",
        ),
        Page(
            bare(
                "<h1>Mit Werbung weiterlesen</h1><p>Wir und unsere 180 Partner verwenden Cookies. Ihre Zustimmung "
                "können Sie jederzeit widerrufen.</p>"
            ),
            "consent",
        ),
        Page(bare("<p>You visit us from a country in the European Economic Area, so we stay shut.</p>"), "region"),
    ),
    "PDF served as HTML": (
        Page(b"%PDF-1.7 " + GOOD.encode(), "a PDF"),
        Page(b"\n\n%PDF-1.4\n1 0 obj", "a PDF"),
    ),
    "JSON instead of HTML": (
        Page(json.dumps({"headline": TITLE, "text": BODY[0]}), "JSON"),
        Page(json.dumps({"headline": TITLE, "text": BODY[0]})[:-9], "JSON"),
        Page(f"show({json.dumps({'headline': TITLE, 'text': BODY[0]})})", "JSON"),
    ),
    "empty body with a full JSON-LD": (Page(bare("<div id='app'></div>", linked(json.dumps(LINKED))), holds=is_whole),),
    "JSON-LD that is not JSON": (
        Page(bare(f"<h1>{TITLE}</h1>{THREE}", linked("{{headline: 'x', oops")), holds=is_whole),
        Page(bare(f"<h1>{TITLE}</h1>{THREE}", linked("[" * 100_000)), holds=is_whole),
    ),
    "two articles in one page": (
        Page(bare(f"<article><h1>{TITLE}</h1>{THREE}</article>{OTHER}"), holds=is_whole),
        Page(bare(f"{OTHER}<article><h1>{TITLE}</h1>{THREE}</article>"), holds=is_whole),
    ),
    "right-to-left text": (
        Page(
            bare(f"<p>\u200f\u202b{HEBREW}\u202c</p>", title="מועצת העיר סוגרת את הגשר"),
            holds=lambda article: (article.body, article.language) == (HEBREW, "he"),
        ),
    ),
    "text of one line": (
        Page(" ".join(WHOLE), form=ContentType.TEXT, holds=lambda article: article.body == " ".join(WHOLE)),
        Page(TITLE, form=ContentType.TEXT, holds=lambda article: (article.kind, article.title) == (Kind.HEADLINE,
        TITLE)),
    ),
    "dates in the future and the past": tuple(
        Page(dated(written), holds=undated)
        for written in ("2031-01-01T00:00:00Z", "1899-12-31", "0001-01-01", "1970-01-01", "2026-02-30", "99999-01-01")
    ),
    "<base> tricks": tuple(
        Page(
            bare(f"<h1>{TITLE}</h1>{THREE}", f'<base href="{base}"><link rel="canonical" href="{named}">'),
            holds=stays_at_home,
        )
        for base, named in (
            ("https://evil.example/", "/a"),
            ("https://evil.example/", "https://evil.example/a"),
            ("javascript:alert(1)", "b"),
        )
    ),
}  # fmt: skip

CASES = [pytest.param(case, id=f"{name} {n}") for name, cases in LINES.items() for n, case in enumerate(cases, 1)]


def outcome(case: Page) -> CleanArticle | str:
    try:
        return clean(arrival(case.content, case.form, url=SHORT_URL))
    except Rejected as reason:
        return str(reason)


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_an_article_a_label_or_a_reason(case: Page) -> None:
    found = outcome(case)
    if case.holds is None:
        assert isinstance(found, str), f"passed off as an article: {found.title}: {found.body}"
        assert re.search(case.refused, found)
        assert "\n" not in found
    else:
        assert not isinstance(found, str), f"refused: {found}"
        assert case.holds(found), f"{found.kind}: {found.title}: {found.body}: {found.published}: {found.url}"
