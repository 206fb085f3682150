"""Each document has one outcome; what cannot be stored now is an error that says so; nothing goes back in version."""

import json
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from elasticsearch import Elasticsearch
from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.document_part import DocumentPart
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import IndexDocument, alert_document, article_document, story_document
from connectors.elastic.write.writer import WriteResult
from streams.contract import messages as m
from streams.contract.errors import Rejected, TooLarge, Unavailable
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import free_port, write
from tests.connectors.elastic.moody import moody

Writes = Callable[..., list[WriteResult]]


class Odd(DocumentPart, frozen=True, kw_only=True):
    """A document with a field that no mapping has."""

    surprise: str


def odd(index: str = "articles-v1-2031.05") -> IndexDocument:
    return IndexDocument(index, "odd", 1, Odd(surprise="!"))


def titled(title: str, version: int) -> IndexDocument:
    return article_document(samples.filed(title=title, version=version))


def test_an_older_version_changes_nothing(written: Writes, ready: Search) -> None:
    assert written(titled("second", 2)) == ["stored"]
    assert written(titled("first", 1)) == ["stale"]
    found = ready.article("article-one")
    assert found is not None
    assert found.article.title == "second"


def test_a_replay_of_a_version_is_stored_as_one_document(written: Writes, ready: Search) -> None:
    assert written(titled("as first filed", 0)) == ["stored"]
    assert written(titled("as first filed", 0), titled("as first filed", 0)) == ["stored", "stored"]
    assert len(ready.search()) == 1


def test_versions_of_one_article_in_one_call_end_with_the_newest(written: Writes, ready: Search) -> None:
    assert written(titled("3", 3), titled("1", 1), titled("4", 4)) == [
        "stored",
        "stale",
        "stored",
    ]
    assert [hit.article.article.title for hit in ready.search()] == ["4"]


def test_a_story_does_not_go_back(written: Writes, ready: Search) -> None:
    assert written(story_document(samples.update(9, articles=5)), story_document(samples.update(8, articles=4))) == [
        "stored",
        "stale",
    ]
    found = ready.story("story-one")
    assert found is not None
    assert found.story.articles == 5


def test_a_delivered_alert_does_not_become_pending_again(written: Writes, ready: Search) -> None:
    pending = alert_document(samples.alert(delivery=m.Delivery(status="pending")))
    delivered = alert_document(samples.alert(delivery=m.Delivery(status="delivered", attempts=3)))
    assert written(pending, delivered, pending) == ["stored", "stored", "stale"]
    assert [one.delivery.status for one in ready.alerts()] == ["delivered"]


def test_a_repeated_alert_leaves_its_document_as_it_ended(written: Writes, ready: Search) -> None:
    """A crash repeats the message that made an alert: it may come after the outcome, which had no attempt."""
    for ended_as in ("failed", "cancelled", "summed", "recorded"):
        made = samples.alert(ended_as, delivery=m.Delivery(status="pending"))
        ended = replace(made, delivery=msgspec.convert({"status": ended_as}, m.Delivery))
        assert written(*map(alert_document, (made, ended, made))) == ["stored", "stored", "stale"]
    assert {one.delivery.status for one in ready.alerts()} == {"failed", "cancelled", "summed", "recorded"}


def test_a_released_alert_is_not_held_any_more(written: Writes, ready: Search) -> None:
    waits = samples.alert(delivery=m.Delivery(status="held", held_for="quiet hours"))
    held, released, sent = (
        alert_document(replace(waits, delivery=delivery))
        for delivery in (
            waits.delivery,
            m.Delivery(status="pending", held_for="quiet hours"),
            m.Delivery(status="delivered", attempts=1),
        )
    )
    assert written(held, released, held, sent, released) == ["stored", "stored", "stale", "stored", "stale"]
    assert [one.delivery.status for one in ready.alerts()] == ["delivered"]


def test_a_bad_document_is_rejected_and_the_others_are_stored(written: Writes, ready: Search) -> None:
    before, bad, after = written(article_document(samples.filed("a")), odd(), article_document(samples.filed("b")))
    assert (before, after) == ("stored", "stored")
    assert isinstance(bad, Rejected)
    assert "surprise" in str(bad)
    assert "\n" not in str(bad)
    assert [one.article.id for one in ready.articles(["a", "odd", "b"])] == ["a", "b"]


def test_each_family_and_month_has_its_index(written: Writes, client: Elasticsearch, settings: Settings) -> None:
    next_month = samples.NOON + timedelta(days=31)
    written(
        article_document(samples.filed("a")),
        article_document(samples.filed("b", first_seen=next_month)),
        story_document(samples.update()),
        alert_document(samples.alert()),
    )
    found = client.indices.get_alias(index=f"{settings.index_prefix}*").body
    assert {name.removeprefix(settings.index_prefix): [*entry["aliases"]] for name, entry in found.items()} == {
        "articles-v1-2031.05": [f"{settings.index_prefix}articles"],
        "articles-v1-2031.06": [f"{settings.index_prefix}articles"],
        "stories-v1": [f"{settings.index_prefix}stories"],
        "alerts-v1-2031.05": [f"{settings.index_prefix}alerts"],
    }


def test_a_very_long_name_or_address_does_not_cost_the_article(written: Writes, ready: Search) -> None:
    long = samples.filed(authors=("é" * 40_000,), url="https://gazette.example/" + "x" * 40_000)
    assert written(article_document(long)) == ["stored"]
    found = ready.article("article-one")
    assert found is not None
    assert len(found.article.authors[0]) == 40_000


def test_no_server_is_one_line_with_the_way_out(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"elasticsearch": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:\d+ does not answer .*`storywatch up`") as caught:
        write(nowhere, titled("x", 1))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(status: int, ready: Search, settings: Settings) -> None:
    refusals: list[tuple[int, dict[str, str]] | None] = [None, (status, {"error": "busy"}), (status, {"error": "busy"})]
    with moody(settings.elasticsearch, lambda body: refusals.pop()) as url:
        outcomes = write(
            settings.model_copy(update={"elasticsearch": url}), titled("x", 1), attempts=3, wait_seconds=0.001
        )
    assert outcomes == ["stored"]


def test_a_server_that_stays_busy_is_unavailable(ready: Search, settings: Settings) -> None:
    with (
        moody(settings.elasticsearch, lambda body: (429, {"error": {"reason": "queue is full"}})) as url,
        pytest.raises(Unavailable, match=r"HTTP 429: queue is full"),
    ):
        write(settings.model_copy(update={"elasticsearch": url}), titled("x", 1), attempts=2, wait_seconds=0.001)


def test_only_the_documents_that_were_refused_are_sent_again(ready: Search, settings: Settings) -> None:
    asked: list[list[str]] = []

    def second_is_refused_once(body: bytes) -> tuple[int, dict[str, object]] | None:
        asked.append([json.loads(line)["index"]["_id"] for line in body.splitlines()[::2]])
        if len(asked) > 1:
            return None
        stored: dict[str, object] = {"_index": "x", "_id": "a", "status": 201}
        refused: dict[str, object] = {"_index": "x", "_id": "b", "status": 429, "error": {"type": "busy"}}
        return 200, {"errors": True, "items": [{"index": stored}, {"index": refused}]}

    with moody(settings.elasticsearch, second_is_refused_once) as url:
        outcomes = write(
            settings.model_copy(update={"elasticsearch": url}),
            article_document(samples.filed("a")),
            article_document(samples.filed("b")),
            attempts=2,
            wait_seconds=0.001,
        )
    assert outcomes == ["stored", "stored"]
    assert asked == [["a", "b"], ["b"]]


def test_a_large_request_is_split_and_a_large_document_rejected(ready: Search, settings: Settings) -> None:
    small = [article_document(samples.filed(f"small-{n}")) for n in range(5)]
    large = article_document(samples.filed("large", body="word " * 4_000))
    with moody(
        settings.elasticsearch, lambda body: (413, {"error": "too large"}) if len(body) > 8_000 else None
    ) as url:
        outcomes = write(settings.model_copy(update={"elasticsearch": url}), *small[:2], large, *small[2:])
    assert [outcome for outcome in outcomes if outcome == "stored"] == ["stored"] * 5
    assert isinstance(outcomes[2], TooLarge)
    ready.refresh()
    assert len(ready.search(limit=10)) == 5


def test_requests_stay_under_the_limit_of_bytes(ready: Search, settings: Settings) -> None:
    sizes: list[int] = []
    with moody(settings.elasticsearch, lambda body: sizes.append(len(body))) as url:
        outcomes = write(
            settings.model_copy(update={"elasticsearch": url}),
            *(article_document(samples.filed(f"a-{n}")) for n in range(20)),
            chunk_bytes=10_000,
        )
    assert outcomes == ["stored"] * 20
    assert len(sizes) > 1
    assert max(sizes) <= 10_000


def test_nothing_to_write_is_nothing(settings: Settings) -> None:
    assert write(settings) == []


def test_an_index_deleted_meanwhile_comes_back_strict(
    written: Writes, client: Elasticsearch, settings: Settings
) -> None:
    index = f"{settings.index_prefix}articles-v1-2031.05"
    written(titled("x", 1))
    client.indices.delete(index=index)
    assert written(titled("x", 1)) == ["stored"]
    assert client.indices.get_mapping(index=index)[index]["mappings"]["dynamic"] == "strict"


def test_a_month_reindexed_behind_an_alias_takes_documents(
    written: Writes, client: Elasticsearch, settings: Settings
) -> None:
    index = f"{settings.index_prefix}articles-v1-2031.05"
    client.indices.create(index=f"{index}-again", aliases={index: {}})
    assert written(titled("x", 1)) == ["stored"]


def test_a_field_of_the_wrong_type_is_rejected_with_its_name(written: Writes) -> None:
    good = article_document(samples.filed())
    assert isinstance(good.source, r.ArticleRecord)
    wrong = replace(good.source, article=replace(good.source.article, words="many"))
    (outcome,) = written(IndexDocument(good.index, good.id, 9, wrong))
    assert isinstance(outcome, Rejected)
    assert "article.words" in str(outcome)
