"""`storywatch reprocess` on a running pipeline: new code, old articles; the same ids, the same stories, no alert."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.demo.run_demo import OWN_ARTICLES, OWN_FETCHED_AT, OWN_PUBLISHERS
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.read.scan import ArticleFilter, Scan
from connectors.elastic.records import ArticleRecord
from connectors.kafka.reader import Reader
from deploy.system import System
from streams.contract import topics
from tests.conftest import MakeSystem
from tests.connectors.cli.conftest import inside_with
from tests.connectors.cli.running import Command, Inside, wait_for
from tests.pipeline.runs import read, rest, run

ARTICLES = ("01", "02", "03", "05", "36")  # of one story: sources of their own, two copies of a wire, an update


def test_reprocessed_articles_keep_ids_and_stories_silently(
    make_system: MakeSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = make_system(publishers_file=OWN_PUBLISHERS)
    old.start_worker()
    run(old, read([path for path in sorted(OWN_ARTICLES.iterdir()) if path.name[:2] in ARTICLES], OWN_FETCHED_AT))
    old.close()
    improved = make_system(
        publishers_file=better(tmp_path), topic_prefix=old.settings.topic_prefix, backfill_messages=2
    )
    storywatch = inside_with(improved.environment(), tmp_path, monkeypatch, capsys)
    before, stories_before, fired = stored(improved), stories(improved), alerts(improved)
    total = len(before)
    assert total == len(ARTICLES)
    assert len(fired) > 1
    said = storywatch("reprocess", "--from", "clean", "--dry-run", "--json")
    assert (said.json["articles"], said.json["out_of_reach"]) == (total, 0)

    stop_half_way(improved, storywatch)
    monkeypatch.setenv("STORYWATCH_BACKFILL_MESSAGES", "20")  # the rest at once
    improved.start_worker()
    ran = storywatch("reprocess", "--from", "clean", "--json")
    assert (ran.code, ran.json["sent"]) == (0, total), ran.err
    assert "continuing run" in ran.err
    rest(improved)
    assert sent_again(improved, topics.RAW) == total
    once = stored(improved)
    assert {key: kept(one) for key, one in once.items()} == {key: kept(one) for key, one in before.items()}
    assert "The Northern Ledger" in {one.publisher.name for one in once.values() if one.publisher is not None}

    for stage, topic in (("dedup", topics.CLEAN), ("story", topics.TAGGED)):
        known = sent_again(improved, topic)
        ran = storywatch("reprocess", "--from", stage, "--since", "10000d", "--json")
        assert (ran.code, ran.json["sent"]) == (0, total), ran.err
        rest(improved)
        assert sent_again(improved, topic) == known + total
        again = stored(improved)
        assert all(one.article.stages and one.article.stages.clean for one in again.values())
        assert filed_later(again, once)
        once = again
        assert {key: kept(one) for key, one in again.items()} == {key: kept(one) for key, one in before.items()}
        assert {key: one.entities for key, one in again.items()} == {key: one.entities for key, one in before.items()}
    ran = storywatch("reprocess", "--from", "tag", "--publisher", "northernledger.example", "--json")
    assert ran.json["sent"] == sum(
        one.publisher.id == "northernledger.example" for one in once.values() if one.publisher
    )
    rest(improved)
    assert stories(improved) == stories_before
    assert alerts(improved) == fired


def stop_half_way(system: System, storywatch: Inside) -> None:
    """Without a worker the first two are not done, and the rest waits for them; then Ctrl-C.

    Earlier it could fall between two being sent and noted, and they would be sent once more."""
    place = system.settings.data_dir / "reprocess" / f"{system.settings.topic_prefix}clean.json"
    with Command(system.settings.data_dir, system.environment()).going("reprocess", "--from", "clean") as going:
        wait_for(lambda: place.exists() and json.loads(place.read_bytes())["sent"] == 2)
        stopped = going.end(signal.SIGINT)
    assert stopped.code == 130
    sent = json.loads(place.read_bytes())["sent"]
    assert f"stopped: {sent} of about {len(ARTICLES)} articles sent" in stopped.err
    other = storywatch("reprocess", "--from", "clean", "--since", "2d")
    assert other.code == 2
    assert "--restart" in other.one_line()


def filed_later(again: dict[str, ArticleRecord], before: dict[str, ArticleRecord]) -> bool:
    """Each document is of the later run."""
    return all(
        filed > (before[key].article.filed or filed) for key, one in again.items() if (filed := one.article.filed)
    )


def better(folder: Path) -> Path:
    """Publishers as they are known after an improvement."""
    file = folder / "publishers.yaml"
    file.write_text(OWN_PUBLISHERS.read_text().replace("name: Northern Ledger", "name: The Northern Ledger"))
    return file


def sent_again(system: System, topic: topics.Topic) -> int:
    with Reader(system.settings, [topic]) as reader:
        found = [json.loads(record.value or b"") for record in reader.read_to_end()]
    return sum((one.get("article") or one)["stored"] is not None for one in found)


def stored(system: System) -> dict[str, ArticleRecord]:
    with SearchClient(system.settings) as asking, sync_client(system.settings) as client:
        Search(asking, system.settings.index_prefix).refresh()
        page, _ = Scan(client, system.settings.index_prefix).page(ArticleFilter(), None, 100)
    assert len({one.article.id for one in page}) == len(page)
    return {one.article.id: one for one in page}


def stories(system: System) -> list[tuple[str, int | None, tuple[str, ...], int | None]]:
    with SearchClient(system.settings) as client:
        found = Search(client, system.settings.index_prefix).stories(100)
    return [(one.story.id, one.story.source_count, one.story.source_keys, one.story.articles) for one in found]


def alerts(system: System) -> list[Any]:
    with Reader(system.settings, [topics.ALERTS]) as reader:
        return [json.loads(record.value or b"")["id"] for record in reader.read_to_end()]


def kept(one: ArticleRecord) -> tuple[Any, ...]:
    article, story = one.article, one.story
    assert story.coverage is not None
    return (
        *(article.id, article.revision, one.timestamp, article.fetched_at, article.lane, article.copy.relation),
        *(article.copy.group, article.copy.of, article.edit, article.body, one.url),
        *(story.id, story.filing, story.coverage.new, story.coverage.new_publisher),
    )
