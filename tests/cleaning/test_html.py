"""Invented HTML pages: the source of each field, and the extent of the article."""

import pickle
from datetime import UTC, date, datetime

import pytest

from streams.cleaning import clean
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import Kind, SenderFields
from tests.cleaning.arrivals import arrival
from tests.cleaning.gull_post import BODY, TITLE, URL, page, paragraphs

LINKED = {
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2026-01-12T09:30:00+02:00",
    "dateModified": "2026-01-12T12:00:00+02:00",
    "author": [{"@type": "Person", "name": "By Jo Hale and Ann Reed"}, {"givenName": "Lu", "familyName": "Moss"}],
    "publisher": {"@type": "Organization", "name": "Gull Post"},
}


def test_a_page_gives_all_fields() -> None:
    body = f"<h1>{TITLE}</h1><p>{BODY[0]} <a href='/plan?utm_source=x#top'>The plan</a></p>" + paragraphs(BODY[1:])
    article = clean(arrival(page(body, linked=LINKED), url=URL + "?utm_source=feed&fbclid=1#comments"))
    assert article.title == TITLE
    assert article.body.split("\n\n") == [f"{BODY[0]} The plan", *BODY[1:]]
    assert article.kind is Kind.ARTICLE
    assert article.language == "en"
    assert article.authors == ("Jo Hale", "Ann Reed", "Lu Moss")
    assert article.url == URL
    assert article.publisher is not None
    assert (article.publisher.id, article.publisher.name, article.publisher.country) == (
        "gullpost.co.uk",
        "Gull Post",
        "GB",
    )
    assert article.published is not None
    assert article.published.value == datetime(2026, 1, 12, 7, 30, tzinfo=UTC)
    assert (article.published.source, article.published.precision) == ("jsonld", "second")
    assert article.modified is not None
    assert article.links == ("https://www.gullpost.co.uk/plan",)
    assert article.words == sum(len(text.split()) for text in article.body.split("\n\n"))


def test_titles_pointers_dates_and_repeats_leave_the_body() -> None:
    body = (
        f"<h1>{TITLE}</h1><p>{TITLE}</p><p>Published: 12 January 2026, 09:30</p>{paragraphs(BODY[:2])}"
        f"<p>Read more: The ferry that nobody wanted</p>{paragraphs(BODY[2:])}<p>{BODY[1]}</p>"
    )
    assert clean(arrival(page(body), url=URL)).body.split("\n\n") == list(BODY)


def test_a_default_date_and_one_in_the_future_are_no_dates() -> None:
    for wrong in ("1970-01-01T00:00:00Z", "2031-05-05T00:00:00Z", "0001-01-01", "yesterday"):
        article = clean(arrival(page(paragraphs(), linked={**LINKED, "datePublished": wrong}), url=URL))
        assert article.published is None or article.published.source != "jsonld"
        assert article.published is None or article.published.value.date() <= date(2026, 1, 14)


def test_meta_is_asked_when_the_json_has_no_date() -> None:
    head = '<meta property="article:published_time" content="2026-01-11T23:00:00Z">'
    article = clean(arrival(page(paragraphs(), head), url=URL))
    assert article.published is not None
    assert (article.published.source, article.published.value.day) == ("meta", 11)


def test_a_feeds_date_fills_the_hole() -> None:
    article = clean(arrival(page(paragraphs()), url=URL, given=SenderFields(published="2026-01-10T08:00:00Z")))
    assert article.published is not None
    assert (article.published.source, article.published.value.day) == ("feed", 10)


def test_the_beginning_behind_a_paywall_is_a_stub() -> None:
    locked = {**LINKED, "isAccessibleForFree": "False"}
    assert clean(arrival(page(paragraphs(BODY[:2]), linked=locked), url=URL)).kind is Kind.STUB
    asked = paragraphs((*BODY[:2], "Subscribe to continue reading this article."))
    assert clean(arrival(page(asked), url=URL)).kind is Kind.STUB
    assert clean(arrival(page(paragraphs(BODY * 3), linked=LINKED), url=URL)).kind is Kind.ARTICLE


def test_an_article_page_without_its_body_is_a_headline() -> None:
    article = clean(arrival(page("<h1>x</h1>", linked=LINKED), url=URL))
    assert (article.kind, article.title, article.body) == (Kind.HEADLINE, TITLE, "")


@pytest.mark.parametrize(
    "content",
    [
        "<html></html>",
        "<html><head><script>var a = 1</script></head><body><script>start()</script></body></html>",
        "<html><body>" + "".join(f'<a href="/{i}">Section {i}</a> ' for i in range(50)) + "</body></html>",
    ],
    ids=["empty", "scripts", "links"],
)
def test_a_page_without_an_article_is_rejected(content: str) -> None:
    with pytest.raises(Rejected, match=r"^no article found: [^\n]+$"):
        clean(arrival(content, url="https://gullpost.co.uk/news"))


def test_a_front_page_is_rejected() -> None:
    with pytest.raises(Rejected, match="front page"):
        clean(arrival(page(paragraphs()), url="https://gullpost.co.uk/"))


def test_nesting_without_end_is_refused_and_does_not_hang() -> None:
    with pytest.raises(TooLarge, match="nested"):
        clean(arrival("<html><body>" + "<div>" * 100_000 + BODY[0]))


def test_a_page_of_too_many_elements_is_refused() -> None:
    with pytest.raises(TooLarge, match="elements"):
        clean(arrival("<html><body>" + "<i>a</i>" * 60_000))


def test_a_fragment_is_a_page_and_a_page_called_text_too() -> None:
    from streams.contract.messages import ContentType

    assert clean(arrival(paragraphs(), url=URL)).body.split("\n\n") == list(BODY)
    assert clean(arrival(page(paragraphs()), ContentType.TEXT, url=URL)).body.split("\n\n") == list(BODY)


def test_cleaning_is_deterministic_and_articles_are_picklable() -> None:
    raw = arrival(page(paragraphs(), linked=LINKED), url=URL)
    assert pickle.loads(pickle.dumps(clean))(raw) == clean(raw)  # noqa: S301 - as the pool does


def test_one_id_for_equal_addresses_and_a_revision_for_each_text() -> None:
    first = clean(arrival(page(paragraphs()), url=URL))
    again = clean(arrival(page(paragraphs()), url="http://m.gullpost.co.uk/news/harbour-bridge/?utm_medium=social"))
    changed = clean(arrival(page(paragraphs(BODY[:4])), url=URL))
    assert first.id == again.id == changed.id
    assert first.revision == again.revision != changed.revision


def test_a_page_of_control_characters_is_rejected_in_one_line() -> None:
    with pytest.raises(Rejected, match=r"^[^\n]+$"):
        clean(arrival(b"<html><body><p>\xff\xfe\x00</p>" + bytes(range(1, 32)) * 50, url=URL))
