"""What came of watched sources, and how much of each language, counted in Elasticsearch."""

from collections.abc import Callable
from datetime import timedelta

from connectors.elastic.read.arrivals import Arrivals, Volume, of_origins, volumes
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.index import Index
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import article_document
from connectors.elastic.write.writer import WriteResult
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.samples import NOON

GAZETTE, HERALD = "https://gazette.example/f", "https://herald.example/f"
ORIGINAL = m.CopyVerdict(relation=m.Relation.ORIGINAL, group="own")
DAY = timedelta(days=1)


def test_articles_of_sources_are_counted(written: Callable[..., list[WriteResult]], settings: Settings) -> None:
    headline = {"kind": m.Kind.HEADLINE, "body": ""}
    written(
        article_document(samples.filed("one", origin=GAZETTE, copy=ORIGINAL)),
        article_document(samples.filed("two", origin=GAZETTE)),  # a wire copy
        article_document(samples.filed("three", origin=GAZETTE, copy=ORIGINAL, **headline)),
        article_document(samples.filed("four", origin=HERALD, copy=ORIGINAL)),
        article_document(samples.filed("old", origin=HERALD, first_seen=NOON - 8 * DAY)),
        article_document(samples.filed("other", origin="page.html")),
    )
    with SearchClient(settings) as client:
        found = of_origins(
            Index(client, settings.index_prefix), [GAZETTE, HERALD, "https://tarn.example/f"], NOON + DAY
        )
    assert found == {GAZETTE: Arrivals(3, without_text=1, copies=1), HERALD: Arrivals(1)}
    assert round(found[GAZETTE].copy_share, 2) == 0.33


def test_a_language_of_which_little_came_is_low(written: Callable[..., list[WriteResult]], settings: Settings) -> None:
    def some(language: str, count: int, days_ago: float, **more: m.Lane) -> None:
        at = NOON - days_ago * DAY
        written(
            *(
                article_document(samples.filed(f"{language}-{days_ago}-{n}", language=language, first_seen=at, **more))
                for n in range(count)
            )
        )

    for day in range(7):
        some("de", 30, day + 1.5)
        some("en", 30, day + 1.5)
        some("fi", 2, day + 1.5)
        some("fr", 30, day + 1.5, lane=m.Lane.BACKFILL)
    some("de", 8, 0.5)
    some("en", 10, 0.5)
    with SearchClient(settings) as client:
        found = volumes(Index(client, settings.index_prefix), NOON)
    assert sorted(found, key=lambda one: one.language) == [
        Volume("de", 8, 30.0),
        Volume("en", 10, 30.0),
        Volume("fi", 0, 2.0),
    ]
    assert [one.language for one in found if one.is_low] == ["de"]


def test_before_the_first_article_nothing_is_counted(ready: Search, settings: Settings) -> None:
    with SearchClient(settings) as client:
        index = Index(client, settings.index_prefix)
        assert (of_origins(index, [GAZETTE], NOON), of_origins(index, [], NOON), volumes(index, NOON)) == ({}, {}, [])
