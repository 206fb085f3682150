"""`ingest`: what is taken in is on Kafka's topic; what is not is one line each."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka.admin import NewTopic

from connectors.archives.warc import CHECKPOINT_ARTICLES
from connectors.cli.ingest.article_sender import MOST_IN_FLIGHT, ArticleSender
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.topic_source import TopicSource
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Unavailable
from streams.contract.messages import ContentType, Lane, RawArticle
from streams.runtime.settings import Settings
from tests.connectors.archives.writing import pages, warc_gz
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Command, Inside, Ran, put_on, wait_for
from tests.connectors.http.serving import Answer, Route, serve

TEXT = "Ferry aground off Dunmoor\n\nA ferry with 40 people ran aground off Dunmoor on Monday morning.\n"
PAGE = f"<html><head><title>Ferry</title></head><body><p>{TEXT}</p></body></html>"


def arrived(on_topics: Topics, ran: Ran) -> list[RawArticle]:
    """What a run with --json sent, as it lies on the topic."""
    wanted = [one["arrival"] for one in ran.json["articles"]]
    found = {record.key.decode(): record.value for record in on_topics.read(topics.RAW) if record.key}
    return [decode(found[key], RawArticle) for key in wanted]


def test_files_of_all_kinds_arrive_in_their_order(storywatch: Inside, on_topics: Topics, tmp_path: Path) -> None:
    lines = [{"title": "A", "body": "The first of two.", "url": "https://tarn.example/a"}, {"title": "Only a headline"}]
    (tmp_path / "1.html").write_text(PAGE)
    (tmp_path / "2.txt").write_text(TEXT)
    (tmp_path / "3.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "4.html.gz").write_bytes(gzip.compress(PAGE.replace("40", "41").encode()))
    ran = storywatch("ingest", tmp_path, "--json", "--fetched-at", "2026-01-13", "--lane", "backfill")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["accepted"] == 5
    assert [one["origin"] for one in ran.json["articles"]] == ["1.html", "2.txt", "3.jsonl:1", "3.jsonl:2", "4.html.gz"]
    articles = arrived(on_topics, ran)
    assert [one.form for one in articles] == [
        ContentType.HTML,
        ContentType.TEXT,
        ContentType.BODY,
        ContentType.TEXT,
        ContentType.HTML,
    ]
    assert {one.fetched_at for one in articles} == {datetime(2026, 1, 13, tzinfo=UTC)}
    assert {one.lane for one in articles} == {Lane.BACKFILL}
    assert articles[1].page().decode() == TEXT


def test_standard_input_is_read(process: Command, on_topics: Topics) -> None:
    ran = process("ingest", "-", "--json", stdin=TEXT.replace("Monday", "Friday"))
    assert ran.code == 0
    assert b"Friday" in arrived(on_topics, ran)[0].page()
    assert arrived(on_topics, ran)[0].lane is Lane.LIVE


def test_bad_input_is_refused_and_the_rest_is_sent(storywatch: Inside, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "picture.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (tmp_path / "huge.html").write_bytes(b"<html>" + b"x" * 20_000_000)
    (tmp_path / "lines.jsonl").write_text('{"title": "good", "body": "good"}\n{"title": \n')
    (tmp_path / "url.jsonl").write_text('{"body": "text", "url": "ftp://tarn.example/a"}')
    (tmp_path / "time.jsonl").write_text(
        '{"body": "text", "fetched_at": "2999-01-01"}\n{"body": "text", "fetched_at": "1970-01-01"}'
    )
    ran = storywatch("ingest", *sorted(tmp_path.glob("*.*")), tmp_path / "missing.txt", "--json")
    assert ran.code == 1
    assert ran.json["accepted"] == 1
    refused = {Path(one["origin"]).name: one["reason"] for one in ran.json["refused"]}
    files = {"empty.txt", "picture.html", "huge.html", "missing.txt"}
    assert set(refused) == files | {"lines.jsonl:2", "url.jsonl:1", "time.jsonl:1", "time.jsonl:2"}
    assert "no such file" in refused["missing.txt"]
    assert "JSON" in refused["lines.jsonl:2"]
    assert "limit" in refused["huge.html"]
    lines = ran.err.splitlines()
    assert len(lines) == len(refused)
    for origin, reason in refused.items():
        assert f"storywatch: refused {tmp_path / origin}: {reason}" in lines, "the path as it was given"


def test_ignored_values_are_counted_and_the_article_is_sent(storywatch: Inside, tmp_path: Path) -> None:
    odd = {"title": "Ferry", "body": "A ferry.", "URL": "https://tarn.example/a", "published": "yesterday"}
    lines = [{**odd, "url": f"https://tarn.example/{n}"} for n in range(30)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    ran = storywatch("ingest", tmp_path / "a.jsonl", "--json")
    assert (ran.code, ran.json["accepted"], ran.json["passed_over"]) == (0, 30, 60)
    reported = ran.err.splitlines()
    assert reported[0] == f"storywatch: {tmp_path / 'a.jsonl'}:1: unknown field URL: did you mean url?"
    assert "published is no date that can be read: yesterday" in reported[1]
    assert reported[2].startswith("storywatch: 60 values were ignored in all: ")
    assert len(reported) == 3


def test_an_archive_gets_a_note_about_the_backfill_lane(storywatch: Inside, tmp_path: Path) -> None:
    lines = [{"title": f"Ferry {n}", "body": "A ferry.", "published": "2020-01-01"} for n in range(40)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert storywatch("ingest", tmp_path / "a.jsonl").err.count("--lane backfill") == 1
    assert "--lane" not in storywatch("ingest", tmp_path / "a.jsonl", "--lane", "backfill").err


def test_the_schema_of_a_line_is_printed(storywatch: Inside) -> None:
    schema = storywatch("ingest", "--schema").json
    assert {"url", "link", "pubDate", "maintext"} < set(schema["properties"])


def test_a_page_is_fetched_from_its_address(storywatch: Inside, on_topics: Topics, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    routes: dict[str, Route] = {
        "/reef": Answer(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"}),
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /private"),
    }
    with serve(routes) as site:
        ran = storywatch(
            *("ingest", f"{site.base}/reef", tmp_path / "a.txt", f"{site.base}/private", f"{site.base}/gone"),
            *("--allow-private", "--json"),
        )
        assert storywatch("ingest", f"{site.base}/reef").code == 1, "a private address, unless it is allowed"
    assert ran.code == 1
    page, text = arrived(on_topics, ran)
    assert (page.url, page.form, page.page()) == (f"{site.base}/reef", ContentType.HTML, PAGE.encode())
    assert text.origin == "a.txt"
    refused = {one["origin"]: one["reason"] for one in ran.json["refused"]}
    assert "robots.txt" in refused[f"{site.base}/private"]
    assert "404" in refused[f"{site.base}/gone"]


def test_people_get_one_line_of_summary(storywatch: Inside, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    ran = storywatch("ingest", tmp_path / "a.txt", tmp_path / "b.txt")
    assert ran.out == "1 accepted, 1 refused\n"
    assert ran.code == 1


def test_before_init_it_says_so(storywatch: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWATCH_TOPIC_PREFIX", "other-")
    ran = storywatch("ingest", tmp_path)
    assert "storywatch init" in ran.one_line()
    assert ran.code == 2


class LostKafka(Producer):
    """Kafka goes away when ``gone`` is set."""

    gone = False

    def confirm(self, future: object, seconds: float = 10.0) -> None:
        if self.gone:
            raise Unavailable("Kafka at 127.0.0.1:9 did not take the message.")
        super().confirm(future, seconds)


def test_confirmed_articles_are_counted_when_kafka_goes_away(stack: Settings) -> None:
    now = datetime.now(UTC)
    first, second = (
        RawArticle.arrive(f"{TEXT} {name}".encode(), ContentType.TEXT, fetched_at=now, origin=name)
        for name in ("a", "b")
    )
    with LostKafka(stack) as producer:
        sender = ArticleSender(producer)
        sender.send_all([first])
        producer.gone = True
        with pytest.raises(Unavailable, match="Accepted before that: "):
            sender.send_all([second])
    assert sender.accepted[0][0] == "a"


def test_an_archive_resumes_after_a_kill(process: Command, on_topics: Topics, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(warc_gz(pages(1_000, "killed.test")))
    before = len(on_topics.read(topics.RAW))
    half_way = {"STORYWATCH_BACKFILL_MESSAGES": "200"}  # no worker takes them, so that it waits there to be killed
    with process.going("ingest", path, "--lane", "backfill", **half_way) as first:
        wait_for(lambda: len(on_topics.read(topics.RAW)) - before > 20)
        assert first.process.poll() is None, "it waits"
        first.process.kill()
    second = process("ingest", path, "--json")
    assert second.code == 0, second.err
    assert "resumed after" in second.err
    own = [one.value for one in on_topics.read(topics.RAW) if b"https://killed.test/" in (one.value or b"")]
    ids = Counter(decode(value, RawArticle).id for value in own)
    assert len(ids) == 1_000, "all are in"
    assert max(ids.values()) <= 2
    again = sum(count - 1 for count in ids.values())
    assert again <= MOST_IN_FLIGHT + CHECKPOINT_ARTICLES, (
        "sent again is only what was unconfirmed; its ids are the same"
    )
    third = process("ingest", path)
    assert "--again" in third.err
    assert third.out == "0 accepted, 0 refused\n"


def test_damage_in_an_archive_is_one_line(storywatch: Inside, tmp_path: Path) -> None:
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(warc_gz(pages(9, "cut.test"))[:-50])
    ran = storywatch("ingest", path, "--lane", "backfill")
    assert (ran.code, ran.out) == (1, "8 accepted, 1 refused\n")
    assert ran.err.count("\n") == 1
    assert "the 8 articles before are in" in ran.err


def test_all_pages_of_a_sitemap_are_fetched(storywatch: Inside, on_topics: Topics) -> None:
    page = Answer(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    with serve({f"/{n}": page for n in range(11)}) as site:
        urls = "".join(
            f"<url><loc>{site.url(f'/{n}')}</loc><lastmod>2020-01-0{n % 9 + 1}</lastmod></url>" for n in range(11)
        )
        site.routes["/pages.xml"] = Answer(f"<urlset>{urls}</urlset>".encode(), headers={"Content-Type": "text/xml"})
        names = "".join(
            f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/pages.xml", "/index.xml", "/0")
        )
        site.routes["/index.xml"] = Answer(f"<sitemapindex>{names}</sitemapindex>".encode())
        site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /10")
        ran = storywatch("ingest", site.url("/index.xml"), "--allow-private", "--json")
        assert site.paths().count("/robots.txt") == 1
    assert ran.code == 1
    assert {one.url for one in arrived(on_topics, ran)} == {site.url(f"/{n}") for n in range(10)}
    refused = {one["origin"]: one["reason"] for one in ran.json["refused"]}
    assert "robots.txt" in refused[site.url("/10")]
    assert "names itself" in refused[site.url("/index.xml")]
    assert "not a sitemap" in refused[site.url("/0")]


def test_all_entries_of_a_feed_are_fetched(storywatch: Inside, on_topics: Topics) -> None:
    with serve({"/a": Answer(PAGE.encode(), headers={"Content-Type": "text/html"})}) as site:
        items = (
            f"<item><title>A</title><link>{site.url('/a')}</link></item><item><title>Only this headline</title></item>"
        )
        site.routes["/feed"] = Answer(f"<rss><channel><title>T</title>{items}</channel></rss>".encode())
        ran = storywatch("ingest", site.url("/feed"), "--allow-private", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [one.given.title for one in arrived(on_topics, ran)] == ["Only this headline", "A"]


def test_a_topic_is_read_once_and_bad_records_are_named(storywatch: Inside, on_topics: Topics, stack: Settings) -> None:
    with admin.admin(stack) as client:
        client.create_topics([NewTopic("desk-wire", 2, 1)])
    lines = [{"url": f"https://wire.test/{n}", "body": f"The ferry number {n}.", "title": "Ferry"} for n in range(250)]
    put_on(stack, "desk-wire", *(json.dumps(line).encode() for line in lines[:240]), b"no json", b"{}", None)
    ran = storywatch("ingest", "kafka:desk-wire", "--json")
    assert (ran.code, ran.json["accepted"]) == (1, 240)
    assert {one.url for one in arrived(on_topics, ran)} == {line["url"] for line in lines[:240]}
    assert [one["origin"].rpartition(":")[2] for one in ran.json["refused"]] == ["240", "241"]
    assert ran.json["refused"][0]["origin"].startswith("kafka:desk-wire:")
    put_on(stack, "desk-wire", *(json.dumps(line).encode() for line in lines[240:]))
    ran = storywatch("ingest", "kafka:desk-wire", "--json")
    assert (ran.code, ran.json["accepted"]) == (0, 10)
    assert storywatch("ingest", "kafka:desk-wire").out == "0 accepted, 0 refused\n"


def test_offsets_of_a_topic_wait_for_the_broker(stack: Settings) -> None:
    with admin.admin(stack) as client:
        client.create_topics([NewTopic("lost-wire", 1, 1)])
    put_on(stack, "lost-wire", b'{"title": "Ferry aground", "url": "https://wire.test/lost"}')

    def read(producer: Producer) -> list[str]:
        with TopicSource(stack, "lost-wire", lane=Lane.LIVE, warn=lambda place, line: None) as source:
            sender = ArticleSender(producer)
            sender.send_all(source.read())
            return [origin for origin, _ in sender.accepted]

    with LostKafka(stack) as producer:
        producer.gone = True
        with pytest.raises(Unavailable):
            read(producer)
        producer.gone = False
        assert read(producer) == ["kafka:lost-wire:0:0"], "nothing was committed"
        assert read(producer) == []


@pytest.mark.parametrize("topic", ["nowhere", topics.RAW.base])
def test_a_topic_that_cannot_be_read_is_one_line(storywatch: Inside, topic: str) -> None:
    ran = storywatch("ingest", f"kafka:{topic}")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert topic in ran.err
