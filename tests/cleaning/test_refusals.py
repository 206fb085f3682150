"""Pages that hold no article, or hold it in another way than most: a reason or a label, never a guess."""

import gzip

import pytest

from streams.cleaning import clean
from streams.errors import Rejected
from streams.messages import CleanArticle, Kind
from tests.cleaning.arrivals import arrival

FIRST = "The council of Northmere voted on Tuesday to close the old harbour bridge for repairs that last until spring."
SECOND = "Nine thousand cars a day have to find another way, and the shops on the eastern bank fear for their income."
THIRD = "The repairs cost eleven million crowns, of which the province pays half, according to the council's plan."
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in (FIRST, SECOND, THIRD))
URL = "https://www.lantern.example/news/bridge"


def page(body: str, head: str = "", title: str = "Northmere closes its bridge") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def cleaned(content: str | bytes, url: str | None = URL) -> CleanArticle:
    return clean(arrival(content, url=url))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (page("<h1>Page not found</h1><p>Sorry, the page you are looking for has moved or is gone.</p>"), "soft 404"),
        (page("<p>Diese Seite wurde leider nicht gefunden. Bitte versuchen Sie es noch einmal.</p>"), "soft 404"),
        (
            page("<h1>One more step</h1><p>Please verify that you are a human by the puzzle below.</p>"),
            "captcha",
        ),
        (page("<p>Checking your browser before accessing lantern.example. This takes a few seconds.</p>"), "captcha"),
        (
            page(
                "<h1>We value your privacy</h1><p>We and our 214 partners store and access information on a device, "
                "such as cookies, for personalised ads. Choose here what you allow us to do.</p>"
            ),
            "consent",
        ),
        (page("<noscript>Enable JavaScript to run this app.</noscript><div id='root'></div>"), "no article"),
        ("<html><head><title>x</title></head><frameset cols='20%,80%'><frame src='a'></frameset></html>", "no article"),
        (b"%PDF-1.7 " + page(TEXT).encode(), "PDF"),
        ('{"headline": "Northmere closes its bridge"}', "JSON"),
        (gzip.compress(page(TEXT).encode())[:80], "gzip"),
    ],
)
def test_a_page_without_an_article_is_refused_with_its_reason(content: str | bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        cleaned(content)


def test_an_article_about_missing_pages_and_cookies_is_an_article() -> None:
    about = "<p>The council wants every page not found on its own site to say so in three languages.</p>"
    assert cleaned(page(f"<h1>Northmere closes its bridge</h1>{TEXT}{about}" + TEXT.replace("council", "mayor"))).body


def test_entities_that_grow_without_end_are_refused_or_left_alone() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(Rejected):
        cleaned(f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">{laughs}]><html><body>&l9;</body></html>')


def test_a_page_in_another_charset_than_it_says_is_read() -> None:
    found = cleaned(page(f"<h1>Brücke in Nordmeer</h1>{TEXT}", '<meta charset="utf-8">').encode("cp1252"))
    assert found.title == "Brücke in Nordmeer"


def test_an_empty_page_with_its_article_in_json_has_a_body() -> None:
    linked = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Northmere closes its bridge", '
        f'"articleBody": "{FIRST}\\n\\n{SECOND}"}}</script>'
    )
    assert cleaned(page("<div id='app'></div>", linked)).body.split("\n\n") == [FIRST, SECOND]


def test_a_time_is_read_from_json_with_a_mistake_in_its_headline() -> None:
    broken = '{"@type": "NewsArticle", "headline": "The "old" bridge", "datePublished": "2026-01-09T10:00:00+01:00"}'
    found = cleaned(page(TEXT, f'<script type="application/ld+json">{broken}</script>')).published
    assert found is not None
    assert (found.source, found.precision, found.value.hour) == ("jsonld", "second", 9)


def test_of_two_articles_in_a_page_only_one_is_taken() -> None:
    other = "<p>Fares on the island ferry rise by a tenth in March, the operator said, and tickets cost more.</p>"
    found = cleaned(page(f"<article><h1>Northmere closes its bridge</h1>{TEXT}</article><article>{other}</article>"))
    assert found.body.split("\n\n") == [FIRST, SECOND, THIRD]


def test_right_to_left_text_keeps_its_words_and_loses_direction_marks() -> None:
    arabic = "صوت مجلس مدينة نورثمير يوم الثلاثاء على إغلاق جسر الميناء القديم لإجراء إصلاحات تستمر حتى الربيع المقبل."
    found = cleaned(page(f"<h1>مجلس المدينة يغلق الجسر</h1><p>\u202b{arabic}\u202c</p><p>{arabic[:60]}.</p>"))
    assert found.body.startswith(arabic)
    assert found.language == "ar"


def test_a_base_address_does_not_move_an_article_to_another_site() -> None:
    head = '<base href="https://evil.example/"><link rel="canonical" href="/a">'
    found = cleaned(page(TEXT, head))
    assert found.url is not None
    assert found.url.startswith("https://www.lantern.example/")


def test_live_blogs_galleries_and_lists_are_labelled() -> None:
    live = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Bridge closed"}</script>'
    teasers = "".join(f"<h3><a href='/{n}'>Story {n} of the harbour town</a></h3><p>{n}: {FIRST}</p>" for n in range(9))
    assert cleaned(page(TEXT, live)).kind is Kind.LIVE
    assert cleaned(page(TEXT, title="The bridge of Northmere in pictures")).kind is Kind.GALLERY
    assert cleaned(page(f"<h1>News of Northmere</h1>{teasers}", title="News of Northmere")).kind is Kind.LISTING
    assert cleaned(page(TEXT)).kind is Kind.ARTICLE


def test_a_page_gives_its_section_keywords_and_picture() -> None:
    head = (
        '<meta property="article:section" content="Harbour"><meta property="article:tag" content="Bridge">'
        '<meta property="article:tag" content="bridge"><meta property="article:tag" content="Repairs">'
        '<meta property="og:image" content="/pictures/bridge.jpg">'
    )
    found = cleaned(page(TEXT, head))
    assert (found.section, found.tags) == ("Harbour", ("bridge", "Repairs"))
    assert found.image == "https://www.lantern.example/pictures/bridge.jpg"
