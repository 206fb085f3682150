"""`alerts why` and `alerts why-not`: the rules of a track with what they saw of an article."""

from typing import Any

import pytest
from msgspec.structs import replace

from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import alert_document, article_document
from connectors.kafka.producer import Producer
from streams.alerts.explain import Explanation
from streams.contract import analyzer, topics
from streams.contract.codec import decode
from streams.contract.messages import StoryUpdate, Track
from streams.runtime.settings import Settings
from tests import fiction as messages
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics, store
from tests.connectors.cli.running import Inside

STORY = "ab12" * 8
REPORT, COPY, UNSENT = (f"{number:032x}" for number in (0xE1, 0xE2, 0xE3))


def update(article: str, publisher: str, *, new: bool) -> StoryUpdate:
    made = messages.update(STORY, by=publisher, covers=messages.coverage(publisher, new=new))
    return replace(made, article=replace(made.article, id=article), text=analyzer.searchable("The wall."))


@pytest.fixture
def track(own_topics: Settings, on_own_topics: Inside) -> Track:
    """A track, made before a report and a copy of it, both in the log and stored; a third article is stored only."""
    made = on_own_topics("track", "add", "--query", "wall", "--name", "Wall", "--json").json
    with Producer(own_topics) as producer:
        producer.send(topics.UPDATES, update(REPORT, "Tarn Post", new=True))
        producer.send(topics.UPDATES, update(COPY, "Quay Mail", new=False))
    with sync_client(own_topics) as client:
        install(client, own_topics)
    found = (fiction.article(1, fiction.MAIL, "Harbour wall gives way", id=id_) for id_ in (REPORT, COPY, UNSENT))
    store(own_topics, [article_document(fiction.filed(one, story=STORY)) for one in found])
    [saved] = [decode(one.value, Track) for one in Topics(own_topics).read(topics.TRACKS)]
    explained = Explanation(saved).take(update(REPORT, "Tarn Post", new=True), 0, messages.after(hours=1))
    store(own_topics, [alert_document(one) for one in explained.alerts])
    with SearchClient(own_topics) as search:
        Search(search, own_topics.index_prefix).refresh()
    assert saved.id == made["id"]
    return saved


def rules(report: dict[str, Any]) -> dict[str, bool]:
    return {one["rule"]: one["passed"] for one in report["updates"][0]["rules"]}


def test_a_copy_is_explained_rule_by_rule(on_own_topics: Inside, track: Track) -> None:
    shown = on_own_topics("alerts", "why-not", COPY[-32:], track.id, "--utc")
    assert shown.code == 0, shown.err
    assert f"track     {track.id} (Wall) follows query: wall" in shown.lines
    [stopped] = [line for line in shown.lines if line.endswith("<- this stopped it")]
    assert stopped.split()[:2] == ["no", "not_independent"]
    report = on_own_topics("alerts", "why-not", COPY, track.id[:5], "--json").json
    assert report["updates"][0]["stopped_by"] == "not_independent"
    found = rules(report)
    assert (found["query"], found["followed"], found["not_independent"]) == (True, True, False)


def test_an_alert_is_explained_from_the_log_and_what_is_stored(on_own_topics: Inside, track: Track) -> None:
    [one] = on_own_topics("alerts", "why-not", REPORT, track.id, "--json").json["updates"]
    [alert] = one["alerts"]
    shown = on_own_topics("alerts", "why", alert[:8])
    assert shown.code == 0, shown.err
    assert "fired by  new source" in shown.lines
    assert next(line.split()[:2] for line in shown.lines if line.startswith("  yes")) == ["yes", "query"]
    assert f"listed as alert {alert[:12]}" in shown.out
    report = on_own_topics("alerts", "why", alert, "--json").json
    assert report["alert"]["condition"] == "new source"
    assert all(rules(report).values())
    on_own_topics("track", "remove", track.id)
    assert "was removed" in on_own_topics("alerts", "why", alert).err


def test_what_cannot_be_explained_is_said(on_own_topics: Inside, track: Track) -> None:
    assert "the article's updates are not in the log" in on_own_topics("alerts", "why-not", UNSENT, track.id).err
    assert "storywatch trace" in on_own_topics("alerts", "why-not", "deadbeefdead", track.id).one_line()
    assert "storywatch track list" in on_own_topics("alerts", "why-not", COPY, "beef").one_line()
    assert "there is no alert deadbeef" in on_own_topics("alerts", "why", "deadbeef").one_line()
    assert "after the subcommand" in on_own_topics("alerts", "--limit", "3", "why", "deadbeef").one_line()
