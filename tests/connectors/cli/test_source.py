"""`source`: from an address to the list of sources and back, with files, previews and mistakes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.feeds.parse.items import MAX_ENTRIES
from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.messages import SourceStatus
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside
from tests.connectors.http.serving import Answer, Site, serve

FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>Tarn Courier</title>'
    "<item><title>Pier closed</title><link>{base}/pier</link><pubDate>Sun, 04 May 2031 09:00:00 GMT</pubDate></item>"
    "</channel></rss>"
)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        site.routes["/paper"] = Answer(FEED.format(base=site.base).encode(), headers={"Content-Type": "text/xml"})
        site.routes["/pier"] = Answer(b"<p>The pier at Dunmoor is closed.</p>", headers={"Content-Type": "text/html"})
        yield site


@pytest.fixture(autouse=True)
def no_sources(storywatch: Inside, tmp_path: Path) -> None:
    """Each test begins with an empty list."""
    known = [one["id"] for one in storywatch("source", "list", "--json").json]
    if known:
        assert storywatch("source", "remove", *known).code == 0


def urls(storywatch: Inside) -> list[str]:
    return [one["url"] for one in storywatch("source", "list", "--json").json]


def test_a_source_is_added_after_a_preview_and_removed(storywatch: Inside, site: Site, on_topics: Topics) -> None:
    before = len(on_topics.read(topics.RAW))
    added = storywatch("source", "add", site.url("/paper"), "--allow-private", "--label", "north", "--interval", "2m")
    assert added.code == 0, added.err
    assert f"{site.url('/paper')}: Tarn Courier, 1 article" in added.out
    assert "Sun, 04 May 2031 09:00:00 GMT  Pier closed" in added.out
    assert "page of the newest: 37 bytes of html" in added.out
    (found,) = storywatch("source", "list", "--json").json
    assert (found["url"], found["labels"], found["interval"], found["paused"]) == (
        site.url("/paper"),
        ["north"],
        "2m",
        False,
    )
    assert len(on_topics.read(topics.RAW)) == before  # a preview sends nothing
    assert storywatch("source", "show", found["id"][:6]).out.startswith(f"source      {found['id']}")
    site.routes["/other"] = site.routes["/paper"]
    again = storywatch("source", "add", site.url("/paper"), site.url("/other"), "--allow-private")
    assert (again.code, "is watched already" in again.err) == (1, True)
    assert urls(storywatch) == [site.url("/other"), site.url("/paper")]
    assert storywatch("source", "remove", site.url("/other")).code == 0
    assert storywatch("source", "remove", found["id"]).code == 0
    assert urls(storywatch) == []


def test_what_is_no_feed_is_not_added(storywatch: Inside, site: Site) -> None:
    site.routes["/page"] = Answer(b"<!doctype html><html><title>Sign in</title>")
    added = storywatch("source", "add", site.url("/page"), site.url("/paper"), "--allow-private")
    assert added.code == 1
    assert "no feed was found on this site: its page names none, and none is at a common path" in added.err
    assert "a web page, not an RSS, Atom or JSON feed" in added.err
    assert urls(storywatch) == [site.url("/paper")]
    assert storywatch("source", "add", site.url("/page"), "--allow-private", "--no-test").code == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("add", "http://127.0.0.1:1/feed"), "--allow-private"),
        (("add", "ftp://paper.example/"), "not the address of a source: ftp://paper.example/: write https://…"),
        (("add", "https://paper.example/", "--no-test", "--interval", "1s"), "'1s' is no interval from 30s to 7d"),
        (("add", "https://paper.example/", "--no-test", "--header", "X-Key=s3cret"), "is not a reference"),
        (("add", "https://paper.example/", "--no-test", "--header", "X-Key"), "NAME=env:VARIABLE"),
        (("add", "https://paper.example/", "--no-test", "--param", "key=s3cret"), "is not a reference"),
        (("add", "https://paper.example/", "--no-test", "--param", "key"), "NAME=env:VARIABLE"),
        (("show", "nothing"), "there is no source 'nothing'"),
        (("remove",), "name sources by id"),
        (("pause", "--label", "nothing"), "no source has the label nothing"),
        (("import",), "give a file, or --starter"),
    ],
)
def test_a_mistake_is_one_line(storywatch: Inside, arguments: tuple[str, ...], line: str) -> None:
    ran = storywatch("source", *arguments)
    assert ran.code == 2
    assert line in ran.err
    assert "s3cret" not in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_source_is_changed_paused_and_resumed(storywatch: Inside) -> None:
    assert storywatch("source", "add", "https://paper.example/f", "--no-test", "--label", "north").code == 0
    edited = storywatch(
        "source", "edit", "https://paper.example/f", "--name", "Paper", "--language", "de", "--own-text", "--json"
    )
    (one,) = edited.json
    assert (one["name"], one["language"], one["text"], one["labels"]) == ("Paper", "de", "source", ["north"])
    (one,) = storywatch("source", "edit", one["id"], "--language", "", "--interval", "auto", "--json").json
    assert (one["language"], one["interval"]) == (None, None)
    assert storywatch("source", "edit", one["id"]).code == 2
    assert storywatch("source", "pause", "--label", "north").code == 0
    assert storywatch("source", "list", "--json").json[0]["paused"] is True
    assert storywatch("source", "resume", one["id"]).code == 0
    assert storywatch("source", "list", "--json").json[0]["paused"] is False


def test_lists_go_out_and_come_in(storywatch: Inside, tmp_path: Path) -> None:
    for name in ("a", "b"):
        storywatch("source", "add", f"https://{name}.example/f", "--no-test", "--label", "north")
    exported = tmp_path / "sources.yaml"
    exported.write_text(storywatch("source", "export").out)
    assert storywatch("source", "diff", exported).code == 0
    opml = tmp_path / "sources.opml"
    opml.write_text(storywatch("source", "export", "--format", "opml").out)
    storywatch("source", "remove", "https://a.example/f", "https://b.example/f")
    imported = storywatch("source", "import", opml, "--json")
    assert (imported.code, imported.json["added"]) == (0, ["https://a.example/f", "https://b.example/f"])
    assert storywatch("source", "import", exported, "--json").json["known"] == 2
    assert storywatch("source", "list", "--json").json[0]["labels"] == ["north"]


def test_apply_makes_the_list_that_of_the_file(storywatch: Inside, tmp_path: Path) -> None:
    for name in ("a", "b"):
        storywatch("source", "add", f"https://{name}.example/f", "--no-test")
    file = tmp_path / "sources.yaml"
    file.write_text("sources:\n- {url: https://a.example/f, interval: 2m}\n- url: https://c.example/f\n")
    diff = storywatch("source", "diff", file)
    assert diff.code == 1
    assert diff.out.splitlines() == [
        "+ https://c.example/f",
        "~ https://a.example/f: interval none -> 2m",
        "- https://b.example/f",
    ]
    assert len(urls(storywatch)) == 2
    assert storywatch("source", "apply", file, "--keep").code == 0
    assert urls(storywatch) == ["https://a.example/f", "https://b.example/f", "https://c.example/f"]
    assert storywatch("source", "apply", file).code == 0
    assert urls(storywatch) == ["https://a.example/f", "https://c.example/f"]
    assert storywatch("source", "diff", file).code == 0
    file.write_text("sources: []\n")
    assert storywatch("source", "apply", file).code == 2


def test_a_file_with_a_mistake_changes_nothing(storywatch: Inside, tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("sources:\n- url: https://a.example/f\n- url: https://b.example/f\n  lable: [x]\n")
    ran = storywatch("source", "apply", file)
    assert ran.code == 1
    assert ran.err.strip() == "storywatch: line 4: unknown field 'lable' (was 'labels' meant?)"
    assert urls(storywatch) == []
    assert storywatch("source", "import", file).code == 1  # takes the rest
    assert urls(storywatch) == ["https://a.example/f"]


def test_the_starter_list_is_imported(storywatch: Inside) -> None:
    ran = storywatch("source", "import", "--starter", "--json")
    assert ran.code == 0
    assert len(ran.json["added"]) >= 40


def test_a_test_polls_and_stores_nothing(storywatch: Inside, site: Site) -> None:
    ran = storywatch("source", "test", site.url("/paper"), "--allow-private", "--json")
    assert (ran.code, ran.json["entries"], ran.json["title"]) == (0, 1, "Tarn Courier")
    missing = storywatch("source", "test", site.url("/none"), "--allow-private")
    assert (missing.code, len(missing.err.splitlines())) == (1, 1)
    assert urls(storywatch) == []


def test_an_address_in_the_list_is_tested_as_the_list_says(storywatch: Inside, site: Site) -> None:
    address = site.url("/paper")
    assert "--allow-private" in storywatch("source", "test", address).err
    storywatch("source", "add", address, "--no-test", "--allow-private")
    assert storywatch("source", "test", address, "--json").json["entries"] == 1


def test_an_address_is_tested_with_what_is_given_for_it(storywatch: Inside, site: Site, tmp_path: Path) -> None:
    site.routes["/wire?key=s3cret"] = site.routes["/paper"]
    key = tmp_path / "key"
    key.write_text("s3cret\n")
    asked = ("source", "test", site.url("/wire"))
    assert storywatch(*asked, "--allow-private").code == 1
    given = storywatch(*asked, "--allow-private", "--param", f"key=file:{key}", "--header", f"X-Key=file:{key}")
    assert (given.code, "Tarn Courier, 1 article" in given.out) == (0, True), given.err
    headers = {name.lower(): value for path, sent in site.asked for name, value in sent.items() if "key=" in path}
    assert headers["x-key"] == "s3cret"
    # in the list it is asked as the list says, apart from what is given
    storywatch("source", "add", site.url("/wire"), "--no-test", "--allow-private", "--param", "key=env:NO_SUCH_KEY")
    assert "NO_SUCH_KEY" in storywatch(*asked).err
    assert storywatch(*asked, "--param", f"key=file:{key}").code == 0
    assert urls(storywatch) == [site.url("/wire")]


def test_a_preview_tells_what_is_left_out(storywatch: Inside, site: Site) -> None:
    items = "".join(f"<item><title>Pier {number}</title></item>" for number in range(MAX_ENTRIES + 7))
    feed = f"<rss version='2.0'><channel><title>Tarn Courier</title>{items}</channel></rss>"
    site.routes["/long"] = Answer(feed.encode(), headers={"Content-Type": "text/xml"})
    ran = storywatch("source", "test", site.url("/long"), "--allow-private")
    assert f"7 entries beyond the first {MAX_ENTRIES} are not taken" in ran.err


def test_a_feed_with_a_key_in_its_query(storywatch: Inside, site: Site, tmp_path: Path) -> None:
    site.routes["/wire?key=s3cret"] = site.routes["/paper"]
    key = tmp_path / "key"
    key.write_text("s3cret\n")
    added = storywatch("source", "add", site.url("/wire"), "--allow-private", "--param", f"key=file:{key}")
    assert added.code == 0, added.err
    shown = storywatch("source", "show", site.url("/wire"))
    assert f"params      key from file:{key}" in shown.out
    asked = storywatch("source", "test", site.url("/wire"))
    assert "Tarn Courier, 1 article" in asked.out
    for ran in (added, shown, asked, storywatch("source", "export")):
        assert "s3cret" not in ran.out + ran.err
    assert storywatch("source", "edit", site.url("/wire"), "--param", "").code == 0
    assert storywatch("source", "show", site.url("/wire"), "--json").json["params"] == {}


def test_a_site_that_cannot_be_read_is_one_line(storywatch: Inside, site: Site) -> None:
    site.routes["/gone"] = Answer(status=410)
    ran = storywatch("source", "add", site.url("/gone"), "--allow-private")
    assert (ran.code, ran.err.count("410 Gone")) == (1, 1)


def test_health_tells_which_sources_need_a_look_and_why(storywatch: Inside, on_topics: Topics) -> None:
    for name in ("a", "b", "c", "d"):
        storywatch("source", "add", f"https://{name}.example/f", "--no-test")
    ids = {one["url"]: one["id"] for one in storywatch("source", "list", "--json").json}
    now = datetime.now(UTC)
    old = now - timedelta(hours=3)
    for name, at, health, why in (
        ("a", now, "ok", ""),
        ("b", now, "silent", "nothing new since Monday"),
        ("c", old, "ok", ""),
    ):
        status = SourceStatus(source=ids[f"https://{name}.example/f"], at=at, health=health, why=why, articles=3)  # type: ignore[arg-type]
        on_topics.write(topics.STATUS, status.source, encode(status))
    ran = storywatch("source", "health")
    assert ran.code == 1
    assert "nothing new since Monday" in ran.out
    assert "a.example" not in ran.out
    assert "4 sources: " in ran.err
    found = {one["url"]: one["health"] for one in storywatch("source", "health", "--all", "--json").json}
    assert found == {
        "https://a.example/f": "ok",
        "https://b.example/f": "silent",
        "https://c.example/f": "unknown",
        "https://d.example/f": "new",
    }
    shown = storywatch("source", "show", "https://b.example/f")
    assert "health      silent: nothing new since Monday" in shown.out
    assert "7 days      0 articles" in shown.out
    storywatch("source", "remove", "https://b.example/f", "https://c.example/f")
    assert storywatch("source", "health").code == 0


def test_the_feed_of_a_site_is_found_by_its_page(storywatch: Inside, site: Site) -> None:
    links = (
        f'<link rel="alternate" type="application/rss+xml" title="Comments" href="{site.url("/comments")}">'
        '<link rel="alternate" type="application/rss+xml" href="/paper"><link rel="hub" href="https://hub.example/">'
        '<link rel="alternate" type="application/atom+xml" href="/dead"><link rel="alternate" hreflang="de" href="/de">'
    )
    site.routes["/"] = Answer(f"<!doctype html><html><head>{links}</head><body>News</body></html>".encode())
    site.routes["/comments"] = site.routes["/paper"]
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nAllow: /\nSitemap: /sitemap-news.xml\nSitemap: /all.xml\n")
    added = storywatch("source", "add", site.url("/"), "--allow-private")
    assert added.code == 0, added.err
    assert urls(storywatch) == [site.url("/paper")]
    assert f"its page names this feed: {site.url('/paper')}" in added.err
    assert f"it also has {site.url('/comments')}" in added.err
    assert f"it also has the news sitemap {site.url('/sitemap-news.xml')}" in added.err
    assert "it has the WebSub hub https://hub.example/" in added.err
    assert "/all.xml" not in added.err


def test_a_site_without_feeds_is_watched_by_its_news_sitemap(storywatch: Inside, site: Site) -> None:
    site.routes["/"] = Answer(b"<!doctype html><html><body>News</body></html>")
    site.routes["/robots.txt"] = Answer(b"Sitemap: /news.xml\nSitemap: /news-2.xml\n")
    site.routes["/news.xml"] = Answer(f"<urlset><url><loc>{site.url('/pier')}</loc></url></urlset>".encode())
    added = storywatch("source", "add", site.url("/"), "--allow-private")
    assert added.code == 0, added.err
    assert urls(storywatch) == [site.url("/news.xml")]
    assert f"no feed was found, but this news sitemap: {site.url('/news.xml')}" in added.err
    assert f"it also has the news sitemap {site.url('/news-2.xml')}" in added.err


def test_a_feed_of_a_loose_type_comes_after_the_others(storywatch: Inside, site: Site) -> None:
    links = (
        '<link rel="alternate" type="application/json" href="/api.json">'
        '<link rel="alternate" type="application/json" href="/items.json">'
        '<link rel="alternate" type="text/xml" href="/paper">'
    )
    items = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "Pier"}]}'
    site.routes |= {"/": Answer(f"<html>{links}</html>".encode()), "/api.json": Answer(b"{}")}
    site.routes["/items.json"] = Answer(items, headers={"Content-Type": "application/json"})
    added = storywatch("source", "add", site.url("/"), "--allow-private")
    assert added.code == 0, added.err
    assert urls(storywatch) == [site.url("/items.json")]
    site.routes["/"] = Answer(
        f'<html>{links}<link rel="alternate" type="application/rss+xml" href="/rss"></html>'.encode()
    )
    site.routes["/rss"] = site.routes["/paper"]
    assert storywatch("source", "add", site.url("/"), "--allow-private").code == 0
    assert sorted(urls(storywatch)) == sorted([site.url("/items.json"), site.url("/rss")])


def test_the_feed_of_a_site_is_found_at_a_common_path(storywatch: Inside, site: Site) -> None:
    site.routes["/"] = Answer(b"<!doctype html><html><body>News</body></html>")
    site.routes["/feed.json"] = Answer(
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "Pier"}]}'
    )
    added = storywatch("source", "add", site.url("/"), "--allow-private")
    assert added.code == 0, added.err
    assert urls(storywatch) == [site.url("/feed.json")]
    assert "this feed is at a common path" in added.err
