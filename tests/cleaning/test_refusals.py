"""Pages that look like bad input and are none, or hold their article in another way than most."""

from streams.cleaning import clean
from streams.contract.messages import CleanArticle, Kind
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


def test_an_article_about_missing_pages_and_cookies_is_an_article() -> None:
    about = "<p>The council wants every page not found on its own site to say so in three languages.</p>"
    assert cleaned(page(f"<h1>Northmere closes its bridge</h1>{TEXT}{about}" + TEXT.replace("council", "mayor"))).body


def test_a_time_is_read_from_json_with_a_mistake_in_its_headline() -> None:
    broken = '{"@type": "NewsArticle", "headline": "The "old" bridge", "datePublished": "2026-01-09T10:00:00+01:00"}'
    found = cleaned(page(TEXT, f'<script type="application/ld+json">{broken}</script>')).published
    assert found is not None
    assert (found.source, found.precision, found.value.hour) == ("jsonld", "second", 9)


def test_right_to_left_text_keeps_its_words_and_loses_direction_marks() -> None:
    arabic = "صوت مجلس مدينة نورثمير يوم الثلاثاء على إغلاق جسر الميناء القديم لإجراء إصلاحات تستمر حتى الربيع المقبل."
    found = cleaned(page(f"<h1>مجلس المدينة يغلق الجسر</h1><p>\u202b{arabic}\u202c</p><p>{arabic[:60]}.</p>"))
    assert found.body.startswith(arabic)
    assert found.language == "ar"


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


def test_a_page_without_an_address_gets_the_one_it_declares_and_is_less_sure_of_its_publisher() -> None:
    declared = "https://www.lantern.example/news/bridge"
    linked = '<script type="application/ld+json">{"@type": "NewsArticle", %s}</script>'
    heads = (
        f'<link rel="canonical" href="{declared}">',
        f'<meta property="og:url" content="{declared}">',
        linked % f'"mainEntityOfPage": {{"@id": "{declared}"}}',
        linked % f'"url": "{declared}"',
    )
    for head in heads:
        found = cleaned(page(TEXT, head), url=None)
        assert found.url == declared
        assert found.publisher is not None
        assert (found.publisher.id, found.publisher.source, found.publisher.confidence) == (
            "lantern.example",
            "page",
            0.8,
        )


def test_a_page_that_declares_addresses_of_two_sites_has_none() -> None:
    head = '<link rel="canonical" href="https://wire.example/a"><meta property="og:url" content="https://lantern.example/a">'
    assert cleaned(page(TEXT, head), url=None).url is None


def test_a_day_of_new_year_counts_where_the_page_says_it_and_not_as_what_is_left_of_a_year() -> None:
    said = cleaned(page(f"<time datetime='2026-01-01'>New Year</time>{TEXT}")).published
    assert said is not None
    assert said.value.date().isoformat() == "2026-01-01"
    assert cleaned(page(f"{TEXT}<footer>© 2025 Lantern</footer>")).published is None


def test_a_time_before_the_fetch_is_read_below_the_heading_and_nowhere_else() -> None:
    for line in ("By Ada Quill | 30 hours ago", "vor 30 Stunden"):
        said = cleaned(page(f"<h1>Northmere closes its bridge</h1><p>{line}</p>{TEXT}")).published
        assert said is not None
        assert (said.value.date().isoformat(), said.precision, said.source) == ("2026-01-11", "day", "text")
    other = "<h3><a href='/f'>Ferry fares rise</a></h3><span>3 hours ago</span>"
    assert cleaned(page(f"<span>3 hours ago</span><h1>Northmere closes its bridge</h1>{TEXT}")).published is None
    assert cleaned(page(f"<h1>Northmere closes its bridge</h1>{TEXT}{'<p></p>' * 60}{other}")).published is None
    linked = "<a href='/f'>Ferry fares rise <span>3 hours ago</span></a>"
    assert cleaned(page(f"<h1>Northmere closes its bridge</h1>{linked}{TEXT}")).published is None
