"""Old articles are backfill; an uncertain date never suppresses an alert."""

from datetime import timedelta

import pytest

from streams import cleaning
from streams.cleaning.when.arrival_lane import LIVE, choose_lane
from streams.contract.messages import Lane, SenderFields, Timestamp
from tests.cleaning.arrivals import FETCHED, arrival

PAGE = (
    '<html lang="en"><head><title>Wall of Dunmoor falls</title>{}</head><body><article><h1>Wall of Dunmoor falls</h1>'
    "<p>The northern wall of the harbour gave way on Sunday morning and two hundred boats were set adrift.</p>"
    "<p>Nobody was hurt, the harbour master said. The wall had been inspected twice this year.</p></article>"
    "</body></html>"
)


def dated(days: float, **fields: object) -> Timestamp:
    given: dict[str, object] = {"precision": "second", "source": "jsonld", **fields}
    return Timestamp(value=FETCHED - timedelta(days=days), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("published", "gives"),
    [
        (None, Lane.LIVE),
        (dated(0), Lane.LIVE),
        (dated(-1), Lane.LIVE),
        (dated(2.9), Lane.LIVE),
        (dated(3.1), Lane.BACKFILL),
        (dated(1_500), Lane.BACKFILL),
        (dated(3.9, precision="day"), Lane.LIVE),
        (dated(4.1, precision="day"), Lane.BACKFILL),
        (dated(1_500, source="feed", confidence=0.8), Lane.BACKFILL),
        (dated(1_500, source="sender", confidence=0.9), Lane.BACKFILL),
        (dated(1_500, source="htmldate", confidence=0.8), Lane.LIVE),
        (dated(1_500, source="text", confidence=0.6), Lane.LIVE),
        (dated(56 * 365), Lane.LIVE),
    ],
)
def test_only_a_sure_date_of_long_ago_makes_an_article_old(published: Timestamp | None, gives: Lane) -> None:
    given, why = choose_lane(Lane.LIVE, published, FETCHED, LIVE)
    assert given is gives
    assert bool(why) is (gives is Lane.BACKFILL)
    assert choose_lane(Lane.BACKFILL, published, FETCHED, LIVE) == (Lane.BACKFILL, "")


def test_an_old_page_is_backfill_and_says_so() -> None:
    page = PAGE.format('<meta property="article:published_time" content="2019-05-04T10:00:00Z">')
    article = cleaning.clean(arrival(page, url="https://dunmoor.example/wall"))
    assert article.lane is Lane.BACKFILL
    assert article.lane_reason == "published on 2019-05-04, more than 2445 days before it arrived"


def test_old_entries_are_backfill_by_a_configurable_age() -> None:
    old = arrival(PAGE.format(""), given=SenderFields(published="2026-01-07T10:00:00Z"))
    assert cleaning.clean(old).lane is Lane.BACKFILL
    assert cleaning.clean(old, timedelta(days=7)).lane is Lane.LIVE
