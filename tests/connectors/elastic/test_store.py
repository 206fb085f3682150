"""Results of the store: stored or stale, or the reason why a message can never be stored."""

import asyncio
from datetime import timedelta

from msgspec.structs import replace

from connectors.elastic.client import async_client
from connectors.elastic.read.queries import Search
from connectors.elastic.write.store import ElasticStore
from streams.contract import messages as m
from streams.contract.errors import Rejected
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples


def test_each_message_becomes_a_document_or_a_reason(ready: Search, settings: Settings) -> None:
    unstorable = samples.filed("odd", words=2**40)  # over what the mapping's integers hold

    async def go() -> None:
        async with async_client(settings) as client:
            store = ElasticStore(client, settings.index_prefix)
            articles, stories, alerts = await asyncio.gather(
                store.articles([samples.filed("a"), unstorable, samples.filed("b")], [samples.AT] * 3),
                store.stories([samples.update(7), samples.update(6)], [samples.AT] * 2),
                store.alerts([samples.alert()], [samples.AT]),
            )
        first, impossible, last = articles
        assert isinstance(impossible, Rejected)
        assert [first, last, *stories, *alerts] == ["stored", "stored", "stored", "stale", "stored"]

    asyncio.run(go())
    ready.refresh()
    assert [hit.article.article.id for hit in ready.search()] == ["a", "b"]
    assert [one.story.id for one in ready.stories()] == ["story-one"]
    assert [one.alert.id for one in ready.alerts()] == ["alert-one"]


def test_two_workers_can_create_the_same_month_at_once(ready: Search, settings: Settings) -> None:
    async def go() -> None:
        async with async_client(settings) as client:
            stores = [ElasticStore(client, settings.index_prefix) for _ in range(4)]
            later = replace(samples.filed(), first_seen=samples.NOON + timedelta(days=90))
            results = await asyncio.gather(*(store.articles([later], [samples.AT]) for store in stores))
        assert results == [["stored"]] * 4

    asyncio.run(go())


def test_a_later_revision_stays_in_the_month_of_first_seen(ready: Search, settings: Settings) -> None:
    """Dedup has forgotten the article by then and takes its revision for a new one."""
    later = samples.NOON + timedelta(days=40)

    async def store(filed: m.FiledArticle) -> None:
        async with async_client(settings) as client:
            assert await ElasticStore(client, settings.index_prefix).articles([filed], [samples.AT]) == ["stored"]

    asyncio.run(store(samples.filed("a", version=7)))
    ready.refresh()
    asyncio.run(store(samples.filed("a", version=9, first_seen=later, fetched_at=later, title="The bridge is open")))
    ready.refresh()
    [hit] = ready.search()
    assert hit.article.article.title == "The bridge is open"
    assert hit.article.timestamp == hit.article.article.first_seen == samples.NOON
