"""The audit of the fault suite can fail: what was lost, doubled or changed by hand is seen, each as what it is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.webhooks.signing import new_secret
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import ContentType, RawArticle
from streams.runtime import topology
from tests.conftest import MakeSystem
from tests.faults import documents
from tests.faults.audit import Audit
from tests.faults.desk import Desk
from tests.faults.documents import Document
from tests.faults.findings import Findings
from tests.faults.journal import Entry, Journal
from tests.faults.load import Feeder, tracks

PAGES = 24
SEED = 3  # of a stream with copies, revisions and alerts in its first pages
SETTLE_SECONDS = 120.0


@dataclass
class Run:
    """A system that has taken the stream in and whose worker has ended, with all that its audit needs."""

    system: System
    journal: list[Entry]
    heard: dict[str, int]
    audit: Audit

    def look(self) -> Findings:
        return self.audit.run(self.journal, self.heard, unsigned=0)

    def document(self, kind: Callable[[str, str], list[Document]]) -> Document:
        return kind(self.system.settings.elasticsearch, self.system.settings.index_prefix)[0]

    @contextmanager
    def put(self, document: Document, index: str, **changed: Any) -> Iterator[None]:
        """A document with other fields, by dotted path, in an index, for as long as this holds."""
        source = {**document.source}
        for path, value in changed.items():
            part, _, name = path.partition(".")
            source[part] = {**source[part], name: value}
        self._write(index, document.id, document.version, source)
        yield
        self._write(index, document.id, document.version, None if index != document.index else document.source)

    @contextmanager
    def without(self, document: Document) -> Iterator[None]:
        self._write(document.index, document.id, document.version, None)
        yield
        self._write(document.index, document.id, document.version, document.source)

    def _write(self, index: str, id_: str, version: int, source: dict[str, Any] | None) -> None:
        place = f"{self.system.settings.elasticsearch}/{index}/_doc/{id_}"
        given = {"version": str(version), "version_type": "external_gte"}
        answer = httpx.delete(place) if source is None else httpx.put(place, params=given, json=source)
        answer.raise_for_status()


@pytest.fixture
def run(make_system: MakeSystem, tmp_path: Path) -> Run:
    system = make_system()
    secret = new_secret()
    journal = Journal(tmp_path / "journal.jsonl")
    with Desk(secret, tmp_path / "desk.jsonl") as desk:
        followed = tracks(desk.url, secret, datetime.now(UTC))
        with Producer(system.settings) as producer:
            for track in followed.values():
                producer.send(topics.TRACKS, track)
        system.start_worker()
        with Feeder(system.settings, journal, seed=SEED, per_second=50) as feeder:
            feeder.flow()
            until(lambda: feeder.sent >= PAGES)
            feeder.stray(topics.CLEAN)
            feeder.hold()
        audit = Audit(system.settings, system.settings.elasticsearch, followed)
        until(lambda: audit.run(journal.read(), desk.heard, desk.unsigned).good)
        system.kill_worker()
        return Run(system, journal.read(), dict(desk.heard), audit)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_was_planted_is_found_as_what_it_is(run: Run) -> None:
    whole = run.look()
    assert not whole.bad
    assert whole.figures["articles_sent"] == whole.figures["articles_stored"] > PAGES / 2
    assert whole.figures["alerts_expected"] == whole.figures["alerts_sent"] > 1
    assert whole.figures["alerts_sent"] + whole.figures["alerts_kept"] > 3
    assert whole.figures["dead_letters_expected"] == whole.figures["dead_letters_found"] == 1
    in_elasticsearch(run)
    at_the_edges(run)
    in_the_log(run)
    never_taken(run)


def in_elasticsearch(run: Run) -> None:
    article, story, alert = (run.document(of) for of in (documents.articles, documents.stories, documents.alerts))
    with run.without(article):
        assert run.look().bad == {"articles_missing": 1}
    with run.put(article, f"{run.system.settings.index_prefix}articles-v1-2001.01"):
        assert run.look().bad == {"articles_twice": 1}
    with run.put(article, article.index, **{"article.body": "Something else."}):
        assert run.look().bad == {"articles_wrong": 1}
    with run.put(story, story.index, **{"story.articles": story.get("story.articles") + 1}):
        assert run.look().bad == {"stories_differ": 1}
    with run.without(story):
        assert run.look().bad == {"stories_differ": 1}
    with run.put(alert, alert.index, **{"delivery.status": "retrying"}):
        assert run.look().bad == {"alerts_missing": 1}
    letter = run.document(documents.letters)
    with run.without(letter):
        assert run.look().bad == {"dead_letters_missing": 1}
    with run.put(letter, letter.index, **{"kafka.offset": letter.get("kafka.offset") + 1}):
        assert run.look().bad == {"dead_letters_wrong": 1}
    assert not run.look().bad


def at_the_edges(run: Run) -> None:
    first, *_ = run.heard
    again = run.look().figures["alerts_again"]  # of a desk that was slow to answer under load
    times = run.heard.pop(first)
    assert run.look().bad == {"alerts_missing": 1}
    run.heard[first] = times + 1
    one_more = run.look()
    assert not one_more.bad  # allowed, since the receiver can tell by the id
    assert one_more.figures["alerts_again"] == again + 1
    run.heard["msg_unknown"] = 1
    assert run.look().bad == {"alerts_unexpected": 1}
    del run.heard["msg_unknown"]
    run.heard[first] = times
    run.journal.append(Entry("article", topics.RAW.name(run.system.settings.topic_prefix), 0, 10**6, "00"))
    assert run.look().bad == {"articles_missing": 1}
    run.journal.pop()


def in_the_log(run: Run) -> None:
    """A second alert for a fact, and a copy of a message: the one is found, the other is allowed."""
    (known, *_) = run.audit.expected.alerts.values()
    (filed, *_) = run.audit.expected.filed.values()
    with Producer(run.system.settings) as producer:
        producer.send(topics.ALERTS, replace(known, id="another"))
        producer.send(topics.FILED, filed)
        merged = replace(known.story, id="older", absorbed=(known.story.id,))
        producer.send(topics.ALERTS, replace(known, id="a third", story=merged))
    found = run.look()
    assert found.bad.keys() == {"alerts_twice", "alerts_unexpected", "messages_unexpected", "lag"}
    assert found.figures["alerts_twice"] == 2, "of the story, and of the one that it had become part of"
    assert found.figures["messages_repeated"] >= 1


def never_taken(run: Run) -> None:
    """What came in after the worker's end: an article, and bytes that should have become a dead letter."""
    now = datetime.now(UTC)
    with Producer(run.system.settings) as producer:
        text = b"The council of Northmere voted on Tuesday to close the old bridge over the Sarn. " * 5
        producer.send(topics.RAW, RawArticle.arrive(text, ContentType.TEXT, fetched_at=now, url="https://a.example/1"))
        producer.confirm(producer.start_raw(topics.RAW, "stray", b"not a message"))
    figures = run.look().figures
    assert figures["articles_missing"] == 1
    assert figures["dead_letters_missing"] == 1
    assert (
        figures["lag"]
        == sum(admin.lag(run.system.settings, topology.consumer_groups(run.system.settings)).values())
        > 1
    )
