"""Stored articles hold what each of their revisions changed: bounded, the same in a replay, and erased with them."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

import pytest
from elasticsearch import AsyncElasticsearch
from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.client import async_client
from connectors.elastic.read.queries import Search
from connectors.elastic.write import revisions
from connectors.elastic.write.revisions import StoredText, revisions_with
from connectors.elastic.write.store import ElasticStore
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.samples import BODY, NOON, TITLE

OPEN = "Harbour bridge of Ostrava Bay is open"
LAST = "Trains run again from Wednesday."


def version(number: int, title: str = TITLE, body: str = BODY, **changed: Any) -> m.FiledArticle:
    """The article as it was fetched in the hour ``number``; its offset in the log is that number too."""
    return samples.filed(
        "bridge",
        version=number,
        revision=f"revision-{title}-{body}",
        fetched_at=NOON + timedelta(hours=number),
        title=title,
        body=body,
        edit=m.Edit(number=number) if number else None,
        **changed,
    )


FIRST, SECOND, THIRD = version(0), version(1, body=f"{BODY}\n\n{LAST}"), version(2, title=OPEN, body=LAST)


def after(*filed: m.FiledArticle) -> tuple[r.RevisionFields, ...]:
    """The revisions once these are stored one after another."""
    found: tuple[r.RevisionFields, ...] = ()
    before = StoredText.of(filed[0], ())
    for one in filed[1:]:
        found = revisions_with(before, one)
        before = StoredText.of(one, found)
    return found


def characters(found: Iterable[r.RevisionFields]) -> int:
    return sum(len(text) for one in found for hunk in one.hunks for text in (*hunk.removed, *hunk.added))


def test_a_revision_has_what_it_changed() -> None:
    [second, third] = after(FIRST, SECOND, THIRD)
    assert second == r.RevisionFields(
        number=1, fetched_at=NOON + timedelta(hours=1), hunks=(r.HunkFields(after=2, added=(LAST,)),)
    )
    assert (third.number, third.title_before) == (2, TITLE)
    assert third.hunks == (r.HunkFields(after=0, removed=tuple(BODY.split("\n\n"))),)


def test_what_is_stored_already_adds_nothing() -> None:
    stored = StoredText.of(SECOND, after(FIRST, SECOND))
    for again in (FIRST, SECOND, version(5, body=SECOND.article.body)):
        assert revisions_with(stored, again) == stored.revisions


def test_an_article_that_runs_again_is_not_revised() -> None:
    run = m.Stored(
        run="run",
        id="bridge",
        language="en",
        revision="before",
        first_seen=NOON,
        copy=FIRST.copy,
        filing=FIRST.filing,
        coverage=FIRST.coverage,
    )
    again = version(9, title=OPEN, stored=run)
    assert revisions_with(StoredText.of(FIRST, ()), again) == ()


def test_only_the_latest_revisions_are_kept() -> None:
    found = after(*(version(number, title=f"Bridge, hour {number}") for number in range(70)))
    assert [one.number for one in found] == list(range(20, 70))
    assert found[-1].title_before == "Bridge, hour 68"


def test_long_revisions_push_out_earlier_ones() -> None:
    pages = ["\n\n".join(f"{number}.{part} " + "x" * 400 for part in range(80)) for number in range(6)]
    found = after(*(version(number, body=page) for number, page in enumerate(pages)))
    assert characters(found) <= revisions.MOST_CHARACTERS
    assert [one.number for one in found] == [4, 5]


def test_a_revision_that_is_too_long_is_cut_and_says_so() -> None:
    page = "\n\n".join(f"{part} " + "y" * 900 for part in range(200))
    [one] = after(FIRST, version(1, body=page))
    assert characters([one]) <= revisions.MOST_CHARACTERS_OF_ONE
    assert sum(len(hunk.added) for hunk in one.hunks) + one.left_out == 200
    [long] = after(FIRST, version(1, body="z" * 60_000))
    assert [len(text) for text in long.hunks[0].added] == [revisions.MOST_CHARACTERS_OF_PARAGRAPH]


def stored(settings: Settings, *batches: list[m.FiledArticle]) -> list[Any]:
    """Store batches one after another; the results of the last."""

    async def write() -> list[Any]:
        results: list[Any] = []
        async with async_client(settings) as client:
            store = ElasticStore(client, settings.index_prefix)
            for batch in batches:
                results = list(await store.articles(batch, [samples.AT] * len(batch)))
        return results

    return asyncio.run(write())


def document(ready: Search) -> r.ArticleRecord:
    ready.refresh()
    found = ready.article("bridge")
    assert found is not None
    return found


@pytest.mark.parametrize(
    "batches",
    [
        [[FIRST], [SECOND], [THIRD]],
        [[FIRST, SECOND, THIRD]],
        [[FIRST, SECOND], [SECOND, THIRD], [FIRST, SECOND, THIRD]],
        [[FIRST], [SECOND, THIRD], [THIRD]],
    ],
    ids=["one by one", "a batch", "read again", "the last again"],
)
def test_a_replay_stores_the_same_document(
    ready: Search, settings: Settings, batches: list[list[m.FiledArticle]]
) -> None:
    stored(settings, *batches)
    found = document(ready)
    assert found.article.revisions == after(FIRST, SECOND, THIRD)
    assert found.article.title == OPEN


class Frozen:
    """A client of a worker that is frozen between reading what is stored and writing."""

    def __init__(self, client: AsyncElasticsearch) -> None:
        self._client = client
        self.has_read, self.goes_on = asyncio.Event(), asyncio.Event()

    async def mget(self, **asked: Any) -> Any:
        answer = await self._client.mget(**asked)
        self.has_read.set()
        await self.goes_on.wait()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize(
    ("former", "present", "later"),
    [
        ([SECOND], [[SECOND]], [[THIRD]]),
        ([SECOND], [[SECOND], [THIRD]], []),
        ([SECOND], [[SECOND, THIRD]], []),
        ([SECOND, THIRD], [[SECOND]], [[THIRD]]),
        ([SECOND, THIRD], [[SECOND], [THIRD]], []),
        ([SECOND, THIRD], [], [[SECOND], [THIRD]]),
    ],
)
def test_a_frozen_former_worker_drops_no_revision(
    ready: Search,
    settings: Settings,
    former: list[m.FiledArticle],
    present: list[list[m.FiledArticle]],
    later: list[list[m.FiledArticle]],
) -> None:
    """The present worker begins at the message that the former one has in hand, since that is not acknowledged."""

    async def write() -> None:
        async with async_client(settings) as client:
            frozen = Frozen(client)
            store = ElasticStore(client, settings.index_prefix)
            await store.articles([FIRST], [samples.AT])
            late = ElasticStore(cast("AsyncElasticsearch", frozen), settings.index_prefix)
            writing = asyncio.create_task(late.articles(former, [samples.AT] * len(former)))
            await frozen.has_read.wait()
            for batch in present:
                await store.articles(batch, [samples.AT] * len(batch))
            frozen.goes_on.set()
            assert set(await writing) <= {"stored", "stale"}
            for batch in later:
                await store.articles(batch, [samples.AT] * len(batch))

    asyncio.run(write())
    assert document(ready).article.revisions == after(FIRST, SECOND, THIRD)
    assert document(ready).article.title == OPEN


def test_an_article_that_moves_keeps_its_revisions(ready: Search, settings: Settings) -> None:
    moved = replace(THIRD, version=3, refiled=True, filing=replace(samples.FILING, story="story-two"))
    stored(settings, [FIRST, SECOND, THIRD], [moved])
    found = document(ready)
    assert found.story.id == "story-two"
    assert found.article.revisions == after(FIRST, SECOND, THIRD)
