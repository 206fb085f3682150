"""Pages that look like bad input but are articles, or contain their article in an unusual way."""

from streams.cleaning import clean
from streams.contract.messages import CleanArticle, Kind
from tests.cleaning.arrivals import arrival
from tests.cleaning.lantern import BODY, SHORT_URL, THREE, bare


def cleaned(content: str | bytes, url: str | None = SHORT_URL) -> CleanArticle:
    return clean(arrival(content, url=url))


def test_an_article_about_missing_pages_is_accepted() -> None:
    about = "<p>The council wants every page not found on its own site to say so in three languages.</p>"
    assert cleaned(bare(f"<h1>Northmere closes its bridge</h1>{THREE}{about}" + THREE.replace("council", "mayor"))).body


def test_a_time_is_read_from_json_with_a_mistake_in_its_headline() -> None:
    broken = '{"@type": "NewsArticle", "headline": "The "old" bridge", "datePublished": "2026-01-09T10:00:00+01:00"}'
    found = cleaned(bare(THREE, f'<script type="application/ld+json">{broken}</script>')).published
    assert found is not None
    assert (found.source, found.precision, found.value.hour) == ("jsonld", "second", 9)


def test_right_to_left_text_loses_only_direction_marks() -> None:
    arabic = "صوت مجلس مدينة نورثمير يوم الثلاثاء على إغلاق جسر الميناء القديم لإجراء إصلاحات تستمر حتى الربيع المقبل."
    found = cleaned(bare(f"<h1>مجلس المدينة يغلق الجسر</h1><p>\u202b{arabic}\u202c</p><p>{arabic[:60]}.</p>"))
    assert found.body.startswith(arabic)
    assert found.language == "ar"


def test_live_blogs_galleries_and_lists_are_labelled() -> None:
    live = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Bridge closed"}</script>'
    teasers = "".join(
        f"<h3><a href='/{n}'>Story {n} of the harbour town</a></h3><p>{n}: {BODY[0]}</p>" for n in range(9)
    )
    assert cleaned(bare(THREE, live)).kind is Kind.LIVE
    assert cleaned(bare(THREE, title="The bridge of Northmere in pictures")).kind is Kind.GALLERY
    assert cleaned(bare(f"<h1>News of Northmere</h1>{teasers}", title="News of Northmere")).kind is Kind.LISTING
    assert cleaned(bare(THREE)).kind is Kind.ARTICLE


def test_a_page_gives_its_section_keywords_and_picture() -> None:
    head = (
        '<meta property="article:section" content="Harbour"><meta property="article:tag" content="Bridge">'
        '<meta property="article:tag" content="bridge"><meta property="article:tag" content="Repairs">'
        '<meta property="og:image" content="/pictures/bridge.jpg">'
    )
    found = cleaned(bare(THREE, head))
    assert (found.section, found.tags) == ("Harbour", ("bridge", "Repairs"))
    assert found.image == "https://www.lantern.example/pictures/bridge.jpg"


def test_a_declared_address_gives_a_less_certain_publisher() -> None:
    declared = "https://www.lantern.example/news/bridge"
    linked = '<script type="application/ld+json">{"@type": "NewsArticle", %s}</script>'
    heads = (
        f'<link rel="canonical" href="{declared}">',
        f'<meta property="og:url" content="{declared}">',
        linked % f'"mainEntityOfPage": {{"@id": "{declared}"}}',
        linked % f'"url": "{declared}"',
    )
    for head in heads:
        found = cleaned(bare(THREE, head), url=None)
        assert found.url == declared
        assert found.publisher is not None
        assert (found.publisher.id, found.publisher.source, found.publisher.confidence) == (
            "lantern.example",
            "page",
            0.8,
        )


def test_a_page_that_declares_addresses_of_two_sites_has_none() -> None:
    head = '<link rel="canonical" href="https://wire.example/a"><meta property="og:url" content="https://lantern.example/a">'
    assert cleaned(bare(THREE, head), url=None).url is None


def test_new_years_day_counts_only_if_written_in_full() -> None:
    said = cleaned(bare(f"<time datetime='2026-01-01'>New Year</time>{THREE}")).published
    assert said is not None
    assert said.value.date().isoformat() == "2026-01-01"
    assert cleaned(bare(f"{THREE}<footer>© 2025 Lantern</footer>")).published is None


def test_a_relative_time_counts_only_below_the_heading() -> None:
    for line in ("By Ada Quill | 30 hours ago", "vor 30 Stunden"):
        said = cleaned(bare(f"<h1>Northmere closes its bridge</h1><p>{line}</p>{THREE}")).published
        assert said is not None
        assert (said.value.date().isoformat(), said.precision, said.source) == ("2026-01-11", "day", "text")
    other = "<h3><a href='/f'>Ferry fares rise</a></h3><span>3 hours ago</span>"
    assert cleaned(bare(f"<span>3 hours ago</span><h1>Northmere closes its bridge</h1>{THREE}")).published is None
    assert cleaned(bare(f"<h1>Northmere closes its bridge</h1>{THREE}{'<p></p>' * 60}{other}")).published is None
    linked = "<a href='/f'>Ferry fares rise <span>3 hours ago</span></a>"
    assert cleaned(bare(f"<h1>Northmere closes its bridge</h1>{linked}{THREE}")).published is None
