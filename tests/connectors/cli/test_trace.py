"""`trace`: of articles that are stored, that are on their way, that were refused, and that nobody knows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from connectors.cli.common.times import iso_time
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.kafka import admin
from streams.contract import identity, topics
from streams.contract import messages as m
from streams.contract.codec import encode
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside

FIRST = fiction.ARTICLES[0].article
WIRE = fiction.ARTICLES[2].article


@pytest.mark.parametrize("what", [FIRST.id, FIRST.url])
def test_a_stored_article_is_found_by_its_id_and_its_url(storywatch: Inside, what: str) -> None:
    ran = storywatch("trace", what)
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0] == "Ferry pier [31m closed at Dunmoor"
    assert f"article     {FIRST.id}" in ran.lines
    assert f"story       {fiction.STORY[:12]} {fiction.PIER.title} (3 articles, 2 sources)" in ran.lines
    assert "  - shares the phrase 'ferry pier'" in ran.lines
    assert "its stages were not recorded: it was stored by an older version, or not by a worker" in ran.lines


def test_verdicts_and_alerts_for_programs(storywatch: Inside) -> None:
    told = storywatch("trace", WIRE.id, "--json").json
    assert told["stored"] is True
    assert (told["relation"], told["copy_reason"]) == ("wire", "48 of 50 shingles are the same")
    assert told["new_source"] is False
    assert told["reasons"] == ["shares the phrase 'ferry pier'"]
    assert told["story"]["id"] == fiction.STORY
    assert told["alerts"] == []
    alerts = storywatch("trace", fiction.ARTICLES[1].article.id, "--json").json["alerts"]
    invented = {one.id for one in fiction.ALERTS}  # other tests store alerts of this article on the same stack
    assert [(one["delivery"]["status"], one["receiver"]) for one in alerts if one["id"] in invented] == [
        ("delivered", "receiver.example"),
        ("retrying", "receiver.example"),
    ]


def test_the_beginning_of_two_ids_names_both(storywatch: Inside) -> None:
    ran = storywatch("trace", FIRST.id[:8])
    assert ran.code == 2
    assert "beginning of more than one article, such as 0000" in ran.one_line()


def test_an_unknown_article_is_one_line_with_the_scanned_range(storywatch: Inside) -> None:
    ran = storywatch("trace", "https://nowhere.example/never")
    assert ran.code == 2
    assert "no article https://nowhere.example/never is known" in ran.one_line()
    assert "--scan" in ran.err


@pytest.fixture(scope="module")
def elsewhere(stack: Settings) -> Settings:
    """A system of its own on the same stack: other tests count what is on the topics."""
    settings = Settings.model_validate({**stack.model_dump(), "topic_prefix": "trace-"})
    admin.create(settings, topology.required_topics(settings))
    with sync_client(settings) as client:
        install(client, settings)
    return settings


@pytest.fixture
def apart(elsewhere: Settings, monkeypatch: pytest.MonkeyPatch) -> Topics:
    """Its topics; the command works on it too."""
    monkeypatch.setenv("STORYWATCH_TOPIC_PREFIX", elsewhere.topic_prefix)
    return Topics(elsewhere)


def arrival(url: str) -> m.RawArticle:
    return m.RawArticle.arrive(
        b"The ferry pier is open again.", m.ContentType.TEXT, fetched_at=fiction.NOON + timedelta(days=1), url=url
    )


def test_a_waiting_article_names_the_stage_it_waits_for(storywatch: Inside, apart: Topics) -> None:
    raw = arrival("https://gazette.example/waiting")
    apart.write(topics.RAW, raw.id, encode(raw))
    for what in ("https://gazette.example/waiting", raw.id):
        told = storywatch("trace", what, "--json").json
        assert told["stored"] is False
        assert told["now"].startswith("waits for clean in articles.raw.v1 partition ")
        [message] = told["messages"]
        assert message["waiting"] >= 1
    ran = storywatch("trace", raw.id)
    assert ran.lines[0].startswith("not stored: waits for clean")
    assert ran.lines[3].startswith("articles.raw.v1/")


def test_only_the_latest_messages_are_scanned(storywatch: Inside, apart: Topics) -> None:
    first, second = arrival("https://gazette.example/first"), arrival("https://gazette.example/second")
    for raw in (first, second):
        apart.write(topics.RAW, "one-partition", encode(raw))
    assert storywatch("trace", second.id, "--scan", "1").code == 0
    assert "is known: it is not stored" in storywatch("trace", first.id, "--scan", "1").one_line()
    assert storywatch("trace", first.id, "--scan", "100").code == 0


def test_an_article_that_a_stage_refused_says_why(storywatch: Inside, apart: Topics) -> None:
    raw = arrival("https://gazette.example/refused")
    apart.write(topics.RAW, raw.id, encode(raw))
    refused = {"stage": "clean", "reason": "a list of links", "topic": topics.RAW.base, "partition": "0", "offset": "0"}
    apart.write(topics.DEADLETTERS, raw.id, encode(raw), refused)
    told = storywatch("trace", "https://gazette.example/refused", "--json").json
    assert told["now"] == "refused by clean: a list of links"
    assert [message["reason"] for message in told["messages"]] == [None, "a list of links"]


def test_an_article_is_followed_from_its_url_to_its_last_stage(storywatch: Inside, apart: Topics) -> None:
    """The later messages know the canonical address only: the arrival leads to them."""
    raw = arrival("https://gazette.example/followed?from=feed")
    clean = fiction.article(77, fiction.GAZETTE, "Pier open again", arrival=raw.id, url="https://gazette.example/open")
    apart.write(topics.RAW, raw.id, encode(raw))
    apart.write(topics.CLEAN, clean.language, encode(clean))
    told = storywatch("trace", "https://gazette.example/followed?from=feed", "--json").json
    assert [(one["stage"], one["article"]) for one in told["messages"]] == [("clean", None), ("dedup", clean.id)]
    assert told["now"].startswith("waits for dedup")


def test_without_elasticsearch_the_topics_are_scanned(
    storywatch: Inside, apart: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = arrival("https://gazette.example/search-is-down")
    apart.write(topics.RAW, raw.id, encode(raw))
    monkeypatch.setenv("STORYWATCH_ELASTICSEARCH", "http://127.0.0.1:9")
    ran = storywatch("trace", "https://gazette.example/search-is-down", "--json")
    assert ran.code == 0
    assert "only the topics are scanned" in ran.err
    assert ran.json["now"].startswith("waits for clean")
    assert ran.json["stored"] is None
    ran = storywatch("trace", "https://gazette.example/search-is-down")
    assert ran.lines[0].startswith("Elasticsearch does not answer, so whether it is stored is not known: waits for")


def test_a_forgotten_article_says_who_when_and_why(storywatch: Inside, apart: Topics) -> None:
    url = "https://gazette.example/gone"
    id_ = identity.of_url(url)
    assert id_ is not None
    record = m.Forgotten(id=id_, at=fiction.NOON, by="the desk", reason="asked for by a reader")
    apart.write(topics.FORGOTTEN, id_, encode(record))
    said = f"forgotten on {iso_time(fiction.NOON)} by the desk: asked for by a reader"
    for what in (url, id_, id_[:9]):
        ran = storywatch("trace", what)
        assert (ran.code, ran.lines[0]) == (0, f"not stored: {said}")
    assert storywatch("trace", url, "--json").json["now"] == said
    apart.write(topics.FORGOTTEN, id_, encode(replace(record, blocked=False)))
    assert "is known: it is not stored" in storywatch("trace", url).one_line()
