"""Which date of a page is the article's; a guess never outranks the sender's date."""

import json
from datetime import UTC, date, datetime

import pytest

from streams.cleaning import clean
from streams.contract.messages import SenderFields, Timestamp
from tests.cleaning.arrivals import arrival
from tests.cleaning.gull_post import TITLE, URL, page, paragraphs

FETCHED = datetime(2026, 11, 30, 12, tzinfo=UTC)
GIVEN = "Sun, 29 Nov 2026 08:00:00 GMT"


def published(
    below: str = "", head: str = "", after: str = "", url: str = URL, given: str | None = None
) -> Timestamp | None:
    content = page(f"<h1>{TITLE}</h1>{below}{paragraphs()}{after}", head)
    return clean(arrival(content, url=url, fetched_at=FETCHED, given=SenderFields(published=given))).published


OTHERS = [
    '<aside><a href="/x">Dam gate broken</a> <time datetime="2025-03-02">2 March 2025</time></aside>',
    '<div class="related"><time datetime="2025-03-02">2 March 2025</time></div>',
    '<div class="comments"><p>Jo <time datetime="2026-11-28">28 November 2026</time></p></div>',
    '<div itemtype="http://schema.org/Comment"><meta itemprop="datePublished" content="2026-11-28"></div>',
    '<p><img alt="" src="/uploads/2019/04/05/quay.jpg"></p>',
    "<footer>© 2022 Gull Post Media</footer>",
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_date_that_is_not_the_articles_is_none(other: str) -> None:
    assert published(after=other) is None
    found = published(after=other, given=GIVEN)
    assert found is not None
    assert (found.source, found.value.date()) == ("feed", date(2026, 11, 29))


@pytest.mark.parametrize("url", [f"{URL}/2026/11/quay", f"{URL}/2026-11/quay"])
def test_a_month_in_the_address_is_no_day_of_a_copyright_year(url: str) -> None:
    assert published(after="<footer>© 2022 Gull Post Media</footer>", url=url) is None


def test_a_day_in_the_address_is_one() -> None:
    found = published(url=URL.replace("/news/", "/2026/11/28/"))
    assert found is not None
    assert (found.source, found.value.date()) == ("url", date(2026, 11, 28))


@pytest.mark.parametrize(
    "shown",
    [
        '<p><time datetime="2026-10-04 05:07:09">10/04/2026 05:07 AM EDT</time></p>',
        "<p>10/04/2026 05:07 AM EDT</p>",
        "<p>By Dana Holm | 4 October 2026</p>",
        '<time datetime="2026-10-04T09:15:00-0400">4 Oct</time>',
        '<span class="date">Updated 7 October 2026</span><span class="date">Published 4 October 2026</span>',
        "<div><span>Published</span> <span>October 4, 2026</span></div>",
        '<p>Updated <time datetime="2026-10-06">6 Oct</time></p><p><time datetime="2026-10-04">4 Oct</time></p>',
    ],
)
def test_a_date_beside_the_heading_is_the_articles(shown: str) -> None:
    found = published(shown)
    assert found is not None
    assert found.value.date() == date(2026, 10, 4)
    assert found.confidence < 1


def test_a_figure_that_could_be_two_days_is_none() -> None:
    assert published("<p>10/04/2026</p>") is None


def test_a_sentence_that_names_a_day_tells_nothing_of_the_page() -> None:
    told = (
        "The gate of the old dam above the valley broke on 2 March 2025, and the county has since then paid for the "
        "repair of the road, of two bridges, and of the houses that stood nearest to the river at that time."
    )
    assert published(f"<p>{told}</p>") is None


def linked(*nodes: dict[str, str]) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def test_another_storys_and_a_comments_json_are_not_its_own() -> None:
    other = {"@type": "NewsArticle", "headline": "Eleven ships leave for the north", "datePublished": "2025-03-02"}
    own = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-11-28"}
    comment = {"@type": "Comment", "datePublished": "2026-11-27"}
    assert published(head=linked(other)) is None
    assert published(head=linked(comment)) is None
    found = published(head=linked(comment, other, own))
    assert found is not None
    assert (found.value.date(), found.source) == (date(2026, 11, 28), "jsonld")


def test_what_the_pages_own_markup_says_counts_before_the_feed() -> None:
    found = published(head='<meta property="article:published_time" content="2026-11-28">', given=GIVEN)
    assert found is not None
    assert (found.value.date(), found.source) == (date(2026, 11, 28), "meta")


def test_a_count_of_seconds_in_linked_data_is_a_date() -> None:
    script = {"@type": "NewsArticle", "headline": TITLE, "datePublished": 1795996800}
    found = published(head=f'<script type="application/ld+json">{json.dumps(script)}</script>')
    assert found is not None
    assert (found.value, found.source) == (datetime(2026, 11, 30, tzinfo=UTC), "jsonld")
