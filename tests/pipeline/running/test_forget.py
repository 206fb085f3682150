"""`storywatch forget` on a running pipeline: nothing of the article is left in any place, and it does not come back."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.cli.demo.run_demo import OWN_ARTICLES, OWN_FETCHED_AT
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.read.scan import ArticleFilter, Scan
from connectors.elastic.records import ArticleRecord
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.system import System
from streams.agents.stages import STAGES
from streams.contract import topics
from streams.contract.messages import RawArticle
from tests.connectors.cli.conftest import inside_with
from tests.pipeline.running.conftest import RunningWorker
from tests.pipeline.runs import own, read, rest, run

ARTICLES = ("01", "02", "05", "06", "08", "36")  # of one story
GONE = "Ferry with 241 aboard runs aground on Varrick Reef in thick fog"  # its first: the headline that others quote


def test_a_forgotten_article_leaves_nothing_and_stays_away(
    worker: RunningWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    system = worker.system
    paths = [path for path in sorted(OWN_ARTICLES.iterdir()) if path.name[:2] in ARTICLES]
    arrivals = [one for one in read(paths, OWN_FETCHED_AT) if isinstance(one, RawArticle)]
    run(system, arrivals)
    before = articles(system)
    gone = next(one for one in before if one.article.title == GONE)
    words = only_in(gone, before)
    assert len(words) > 5
    assert any(GONE in place for place in everything(system))
    assert any(word in place for place in everything(system) for word in words)

    storywatch = inside_with(system.environment(), tmp_path, monkeypatch, capsys)
    assert storywatch("forget", gone.article.id).code == 2  # without a reason
    ran = storywatch("forget", gone.url.full if gone.url else "", "--reason", "asked for", "--by", "desk", "--json")
    assert (ran.code, ran.json["id"], ran.json["rows_removed"]) == (0, gone.article.id, True), ran.err
    rest(system)
    check_gone(system, gone, words)
    assert {one.article.id for one in articles(system)} == {one.article.id for one in before} - {gone.article.id}
    assert articles_in(system, gone.story.id) == len(arrivals) - 1

    with Producer(system.settings) as producer:  # the same pages come again
        for arrival in arrivals:
            producer.send(topics.RAW, replace(arrival, received_at=datetime.now(UTC)))
    rest(system)
    assert storywatch("forget", gone.article.id, "--reason", "again", "--json").code == 0
    check_gone(system, gone, words)
    (record,) = storywatch("forget", "--list", "--json").json
    assert (record["id"], record["reason"], record["blocked"]) == (gone.article.id, "again", True)

    assert storywatch("forget", gone.article.id, "--undo", "--reason", "a mistake").code == 0
    with Producer(system.settings) as producer:
        producer.send(topics.RAW, replace(arrivals[0], received_at=datetime.now(UTC)))
    rest(system)
    assert gone.article.id in {one.article.id for one in articles(system)}


def test_what_an_article_said_before_it_was_revised_goes_too(
    worker: RunningWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another article is in the story since it shares much with the first headline."""
    system = worker.system
    run(system, own(22, 27, 30))
    [revised] = [one for one in articles(system) if one.article.revisions]
    earlier = revised.article.revisions[0].title_before or ""
    assert earlier.startswith("Castrane Steel to shut")
    quoting = [place for place in everything(system) if earlier in place]
    assert len(quoting) > 1, "the article itself, and what quotes it"
    storywatch = inside_with(system.environment(), tmp_path, monkeypatch, capsys)
    assert storywatch("forget", revised.article.id, "--reason", "asked for", "--json").code == 0
    rest(system)
    assert not [place for place in everything(system) if earlier in place or revised.article.title in place]


def check_gone(system: System, gone: ArticleRecord, words: set[str]) -> None:
    for place in everything(system):
        assert GONE not in place, place
        assert not [word for word in words if re.search(rf"\b{word}\b", place)], place
        assert gone.url is None or gone.url.full not in place


def articles(system: System) -> list[ArticleRecord]:
    with SearchClient(system.settings) as asking, sync_client(system.settings) as client:
        Search(asking, system.settings.index_prefix).refresh()
        return Scan(client, system.settings.index_prefix).page(ArticleFilter(), None, 100)[0]


def articles_in(system: System, story: str) -> int | None:
    """How many articles a story has, as its document says."""
    with SearchClient(system.settings) as client:
        found = Search(client, system.settings.index_prefix).story(story)
    return found.story.articles if found is not None else None


def only_in(gone: ArticleRecord, all_of_them: list[ArticleRecord]) -> set[str]:
    """Long words of an article that no other article has."""
    others = " ".join(f"{one.article.title} {one.article.body}" for one in all_of_them if one is not gone)
    return set(re.findall(r"\b[a-z]{6,}\b", gone.article.body)) - set(re.findall(r"\w+", others.lower()))


def everything(system: System) -> Iterator[str]:
    """Each document of each index, and the latest row of each key of each changelog, as text."""
    with sync_client(system.settings) as client:
        client.indices.refresh(index=f"{system.settings.index_prefix}*")
        found = client.search(index=f"{system.settings.index_prefix}*", query={"match_all": {}}, size=1000)
    for hit in found["hits"]["hits"]:
        yield json.dumps(hit["_source"], ensure_ascii=False)
    for stage in STAGES:
        if stage.table is not None:
            yield from (row.decode("utf-8", "replace") for row in rows(system, stage.app, stage.table))


def rows(system: System, app: Any, table: str) -> list[bytes]:
    name = topics.changelog(system.settings.app_id(app), table).removeprefix(system.settings.topic_prefix)
    latest: dict[bytes, bytes] = {}
    with Reader(system.settings, [topics.Topic(name, "", None, None)]) as reader:
        for record in reader.read_to_end():
            latest.pop(record.key or b"", None)
            if record.value is not None:
                latest[record.key or b""] = record.value
    return list(latest.values())
