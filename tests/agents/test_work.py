"""clean and tag: the result of the pool, or the reason for the rejection."""

import asyncio

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from streams.agents.clean import MAX_ARTICLE_BYTES
from streams.agents.clean import clean as clean_stage
from streams.agents.tag import tag as tag_stage
from streams.contract import topics
from streams.contract.errors import Poison, Rejected, TooLarge
from streams.contract.messages import MAX_VALUE_BYTES, Kind, Lane
from tests.agents.doubles import Fixed, Inline, at, handle, sent, tools
from tests.fiction import after, clean, raw, tagged, unique

PAGE = """Harbour wall at Dunmoor gives way

The northern wall of the harbour gave way on Sunday morning and two hundred boats were set adrift in the storm.

Nobody was hurt, the harbour master said. The wall was built in 1911 and had been inspected twice this year.
"""


def test_clean_sends_the_article() -> None:
    effects = handle(clean_stage, raw(), tools(pool=Fixed(clean())), at(4))
    assert effects.messages == ((topics.CLEAN, clean()),)
    assert not effects.rows


def test_clean_asks_the_pool_to_clean() -> None:
    [article] = sent(handle(clean_stage, raw(PAGE), tools(pool=Inline()), at()))
    assert article.title == "Harbour wall at Dunmoor gives way"
    assert "two hundred boats" in article.body
    assert (article.arrival, article.origin) == (raw(PAGE).id, raw().origin)
    assert article.received_at == after(seconds=1)


@pytest.mark.parametrize("kind", Kind)
def test_cleans_outcome_is_the_kind_of_article(kind: Kind) -> None:
    effects = handle(clean_stage, raw(), tools(pool=Fixed(replace(clean(), kind=kind))), at())
    assert effects.outcome == kind


def test_live_articles_are_counted_by_language() -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("storywatch_articles_total", {"language": "sq"}) or 0.0

    for lane in (Lane.LIVE, Lane.BACKFILL):
        handle(clean_stage, raw(), tools(pool=Fixed(replace(clean(), language="sq", lane=lane))), at())
    assert counted() == 1.0


@pytest.mark.parametrize("error", [Rejected("a list of links"), Poison("killed its process twice (exit code -9)")])
def test_cleans_refusals_pass_through(error: Exception) -> None:
    with pytest.raises(type(error), match=r"list of links|twice"):
        handle(clean_stage, raw(), tools(pool=Fixed(error)), at())


def test_an_article_too_long_for_later_stages_is_rejected() -> None:
    assert 2 * MAX_ARTICLE_BYTES < MAX_VALUE_BYTES
    fits = clean(body="wall " * ((MAX_ARTICLE_BYTES - 2000) // 5))
    [article] = sent(handle(clean_stage, raw(), tools(pool=Fixed(fits)), at()))
    assert article.body == fits.body
    with pytest.raises(TooLarge, match=r"4\d\d,\d\d\d bytes, over the limit of 400,000"):
        handle(clean_stage, raw(), tools(pool=Fixed(clean(body="wall " * (MAX_ARTICLE_BYTES // 5)))), at())


def test_tag_sends_the_article() -> None:
    effects = handle(tag_stage, unique(), tools(pool=Fixed(tagged())), at())
    assert effects.messages == ((topics.TAGGED, tagged()),)


def test_the_same_message_at_the_same_place_has_the_same_effects() -> None:
    given = tools(pool=Fixed(clean()))
    assert handle(clean_stage, raw(), given, at(4)) == handle(clean_stage, raw(), given, at(4))


def test_a_stage_that_was_given_no_pool_says_so() -> None:
    with pytest.raises(TypeError, match="given no pool"):
        asyncio.run(clean_stage.handle(raw(), tools(), at()))
