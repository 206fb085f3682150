"""Publishers: lookup, a user's own file, and clear errors for an invalid one."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from streams.cleaning import clean, warm
from streams.cleaning.text.characters import fold
from streams.cleaning.who.publisher import by_address, by_name
from streams.cleaning.who.registry import PublisherEntry, Registry, load, read_file
from streams.contract.errors import UsageError
from streams.contract.messages import ContentType, SenderFields
from tests.cleaning.arrivals import FETCHED, arrival
from tests.cleaning.gull_post import BODY, TITLE

OWN = """
- {id: gullpost.example.org, name: Gull Post, domains: [gullpost.example.org], country: NZ, owner: Tern Group}
- {id: quill, name: Quillnews, also: [QUILLNEWS], agency: true, owner: Tern Group}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "publishers.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_the_registry_knows_agencies_by_domain_and_by_tag() -> None:
    by_domain, by_tag = by_address("https://www.afp.com/en/a", load()), by_name("AFP", load(), "text", 0.5)
    assert by_domain is not None
    assert by_tag is not None
    assert by_domain.id == by_tag.id == "afp.com"
    assert by_domain.agency
    assert by_domain.country == "FR"


def test_a_host_binds_closer_than_its_domain() -> None:
    host, other = by_address("https://news.sky.com/a", load()), by_address("https://www.sky.com/a", load())
    assert host is not None
    assert other is not None
    assert (host.name, other.id) == ("Sky News", "sky.com")


def test_every_entry_is_found_by_domains_and_unique_names() -> None:
    entries = list({entry.id: entry for entry in load().by_domain.values()}.values())
    assert len([e for e in entries if not e.agency]) >= 60
    assert len([e for e in entries if e.agency]) >= 30
    bearers: dict[str, set[str]] = {}
    for entry in entries:
        for name in (entry.id, entry.name, *entry.also):
            bearers.setdefault(fold(name), set()).add(entry.id)
    for entry in entries:
        assert entry.country is not None
        assert all(load().find_by_url(f"https://www.{domain}/x") is entry for domain in entry.domains)
        for name in (entry.id, entry.name, *entry.also):
            assert load().find_by_name(name) is entry or len(bearers[fold(name)]) > 1, name


def test_a_name_that_several_publishers_bear_names_none_of_them() -> None:
    table = Registry.of(
        [
            PublisherEntry("a.example", "The Lantern", ("a.example",)),
            PublisherEntry("b.example", "The Lantern", ("b.example",)),
        ]
    )
    assert table.find_by_name("The Lantern") is None
    assert table.find_by_url("https://www.b.example/x") is not None


def test_the_before_a_name_does_not_hide_another_publisher() -> None:
    table = Registry.of([PublisherEntry("a.example", "Die Laterne"), PublisherEntry("b.example", "La Laterne")])
    found = table.find_by_name("La Laterne")
    assert found is not None
    assert found.id == "b.example"
    assert table.find_by_name("Laterne") is None


def test_a_users_file_adds_publishers(own: Path) -> None:
    try:
        warm(own)
        page = clean(
            arrival(
                "\n\n".join(BODY),
                ContentType.BODY,
                url="https://gullpost.example.org/a",
                given=SenderFields(title=TITLE),
            )
        )
        text = f"{TITLE}\n(QUILLNEWS) {BODY[0]}\n" + "\n".join(BODY[1:]) + "\nQUILLNEWS09012026000123004567ID12"
        signed = clean(arrival(text, ContentType.TEXT))
    finally:
        warm()
    assert page.publisher is not None
    assert signed.publisher is not None
    assert (page.publisher.name, page.publisher.owner, page.publisher.country) == ("Gull Post", "Tern Group", "NZ")
    assert (signed.publisher.id, signed.publisher.owner) == ("quill", "Tern Group")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a.example, name: A}\n- {id: b.example}", r"entry 2 \(b.example\): .*name"),
        ("- {id: a.example, name: A, countri: NZ}", r"entry 1 \(a.example\): .*countri"),
        ("- {id: a.example, name: A, country: nz}", "two capital letters"),
        ("- {id: a.example, name: A, domains: ['https://a.example']}", "a domain looks like"),
        ("id: a.example", "must be a list"),
        ("- {id: [", "is not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_entry(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as caught:
        warm(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_file(tmp_path / "none.yaml")


def test_a_bodys_publisher_is_the_senders_by_its_address() -> None:
    raw = arrival(
        "\n\n".join(BODY),
        ContentType.BODY,
        url="https://shop.example.net/a",
        given=SenderFields(title=TITLE, publisher="Gull Post"),
    )
    publisher = clean(raw).publisher
    assert publisher is not None
    assert (publisher.id, publisher.name) == ("example.net", "Gull Post")


def _publisher(
    url: str,
    form: ContentType = ContentType.BODY,
    *,
    origin: str = "",
    head: str = "",
    publisher: str | None = None,
    feed_title: str | None = None,
) -> tuple[str, str]:
    """Id and name of the publisher of an article at ``url``."""
    page = f"<html><head><title>{TITLE}</title>{head}</head><body><h1>{TITLE}</h1>"
    page += "".join(f"<p>{paragraph}</p>" for paragraph in BODY) + "</body></html>"
    contents = {ContentType.BODY: "\n\n".join(BODY), ContentType.TEXT: TITLE, ContentType.HTML: page}
    raw = arrival(
        contents[form], form, url=url, given=SenderFields(title=TITLE, publisher=publisher, feed_title=feed_title)
    )
    found = clean(msgspec.structs.replace(raw, origin=origin)).publisher
    assert found is not None
    return found.id, found.name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://ann.blogspot.com/a", "https://ben.blogspot.com/a", False),
        ("https://ann.blogspot.co.uk/a", "https://ann.blogspot.com/a", True),
        ("https://ann.substack.com/p/a", "https://ben.substack.com/p/a", False),
        ("https://ann.substack.com/p/a", "https://open.substack.com/pub/ann/p/a", True),
        ("https://medium.com/@ann/a", "https://medium.com/@ben/a", False),
        ("https://medium.com/@ann/a", "https://ann.medium.com/a", True),
        ("https://www.medium.com/The-Tide/a", "https://medium.com/the-tide/b", True),
        ("https://t.me/tidepost/17", "https://t.me/s/tidepost/18", True),
        ("https://t.me/tidepost/17", "https://t.me/ebbpost/17", False),
        ("https://sites.google.com/view/ann/home", "https://sites.google.com/view/ben/home", False),
        ("https://uni.example/~ann/a", "https://uni.example/~ben/a", False),
        ("https://social.example/@ann/1", "https://social.example/@ben/2", False),
        ("https://www.uni.example/press/a", "https://uni.example/news/b", True),
        ("https://www.reuters.com/@ann/a", "https://www.reuters.com/@ben/a", True),
    ],
)
def test_each_author_on_a_host_of_many_is_a_publisher(one: str, other: str, same: bool) -> None:
    assert (_publisher(one)[0] == _publisher(other)[0]) is same


def test_a_place_is_written_with_one_author(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- {id: h.example, name: H, domains: [h.example], places: [{at: h.example/blogs}]}")
    with pytest.raises(UsageError, match=r"a place has .* once"):
        warm(path)


@pytest.mark.parametrize("form", [ContentType.HTML, ContentType.TEXT, ContentType.BODY])
def test_a_publishers_id_is_its_address_and_its_name_is_declared(form: ContentType) -> None:
    url, feed = "https://www.ledgerofsill.example/n/dam", "https://www.ledgerofsill.example/rss"
    id_, title = "ledgerofsill.example", "Ledger Online - Top stories"
    assert _publisher(url, form) == (id_, id_)
    assert _publisher(url, form, origin=feed, feed_title=title) == (id_, "Ledger Online")
    assert _publisher(url, form, origin=feed, feed_title="World | Ledger of Sill") == (id_, "Ledger of Sill")
    assert _publisher(url, form, origin=feed, feed_title=title, publisher="The Ledger") == (id_, "The Ledger")


def test_the_title_of_an_aggregators_feed_names_no_publisher() -> None:
    url, feed = "https://sl.example/n/dam", "https://findit.example/rss"
    head = '<meta property="og:site_name" content="Sill Ledger">'
    assert _publisher(url, ContentType.HTML, head=head, origin=feed, feed_title="Findit") == (
        "sl.example",
        "Sill Ledger",
    )
    assert _publisher(url, origin=feed, feed_title="Findit") == ("sl.example", "sl.example")


def test_a_sender_names_another_publisher_by_its_address() -> None:
    assert _publisher("https://findit.example/rss/1", publisher="sillpost.example")[0] == "sillpost.example"
    assert _publisher("https://findit.example/rss/1", publisher="Sill Post")[0] == "findit.example"


def test_a_headlines_id_is_that_of_its_address() -> None:
    url = "https://kestrelradio.example/n/dam"
    alone = clean(arrival(TITLE, ContentType.TEXT, url=url, given=SenderFields(title=TITLE, publisher="Kestrel Radio")))
    whole = clean(arrival("\n\n".join(BODY), ContentType.BODY, url=url, given=SenderFields(title=TITLE)))
    assert (alone.id, alone.url, alone.kind) == (whole.id, url, "headline")
    assert alone.publisher is not None
    assert (alone.publisher.id, alone.publisher.name) == ("kestrelradio.example", "Kestrel Radio")
    unnamed = clean(arrival(TITLE, ContentType.TEXT, url=url)).publisher
    assert unnamed is not None
    assert unnamed.id == "kestrelradio.example"


def test_a_headlines_id_without_an_address_differs_by_day() -> None:
    said = SenderFields(publisher="Tarn Post")
    first, again, later = (
        clean(arrival(TITLE, ContentType.TEXT, given=said, fetched_at=FETCHED + timedelta(hours=hours))).id
        for hours in (0, 3, 168)
    )
    assert first == again != later
