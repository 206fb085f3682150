"""The stages of the store: each message becomes one document or one rejection, in order."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from streams.agents.store import store_alerts, store_articles, store_stories
from streams.contract.errors import Rejected, Unavailable
from streams.contract.stage import BulkStage, Effects
from tests.agents.doubles import Noting, at, tools
from tests.fiction import alert, filed, notice, update


def written(handling: Coroutine[Any, Any, Sequence[Effects | Rejected]]) -> list[Any]:
    return list(asyncio.run(handling))


@pytest.mark.parametrize(
    ("stage", "messages", "refused"),
    [
        (store_articles, [filed("a1"), filed("a2"), filed("a3")], "a2"),
        (store_stories, [update("s1"), update("s2"), update("s3")], "s2"),
        (store_alerts, [alert(1), alert(2), alert(3)], "alert-2"),
    ],
    ids=["articles", "stories", "alerts"],
)
def test_a_rejected_document_does_not_affect_the_others(stage: BulkStage, messages: list[Any], refused: str) -> None:
    store = Noting({refused: "the mapping has no such field"})
    first, second, third = written(stage.handle(messages, tools(store=store), [at(n) for n in range(3)]))
    assert first.outcome == third.outcome == "stored"
    assert isinstance(second, Rejected)
    assert str(second) == "the mapping has no such field"
    assert len(store.taken) == 3


def test_the_store_is_told_where_the_log_has_each_message() -> None:
    store = Noting()
    asyncio.run(store_articles.handle([filed()], tools(store=store), [at(3, seconds=12)]))
    assert store.ats == [at(3, seconds=12)]


def test_a_document_older_than_the_stored_one_is_stale() -> None:
    store = Noting(stale={"s2"})
    first, second = written(store_stories.handle([update("s1"), update("s2")], tools(store=store), [at(), at(1)]))
    assert (first.outcome, second.outcome) == ("stored", "stale")


def test_notices_about_sources_are_stored_among_alerts() -> None:
    store = Noting()
    results = written(
        store_alerts.handle([alert(1), notice(), alert(2)], tools(store=store), [at(n) for n in range(3)])
    )
    assert [one.outcome for one in results] == ["stored"] * 3
    assert [one.id for one in store.taken] == ["alert-1", "notice-1", "alert-2"]
    assert store.ats == [at(0), at(1), at(2)]


def test_nothing_to_store_is_no_result() -> None:
    assert list(asyncio.run(store_articles.handle([], tools(store=Noting()), []))) == []


def test_a_server_that_is_away_is_for_the_runner_to_wait_for() -> None:
    class Away(Noting):
        def _take(self, messages: Any, ids: Any, ats: Any) -> Any:
            raise Unavailable("Elasticsearch does not answer")

    with pytest.raises(Unavailable):
        asyncio.run(store_stories.handle([update()], tools(store=Away()), [at()]))
