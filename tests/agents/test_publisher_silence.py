"""Which publishers have a usual rhythm and which of these are silent, by their own longest pause."""

import asyncio
import random
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from streams.agents.dedup import dedup
from streams.agents.support.publisher_silence import (
    HOURS,
    ActivitySummary,
    PublisherActivity,
    SilentPublisher,
    merge_summaries,
    report_silence,
)
from streams.agents.support.services import Services
from streams.contract.messages import Lane
from streams.copies import CopyRow
from streams.runtime.settings import Settings
from tests.agents.doubles import at, kept, rebuilt, tools
from tests.fiction import NOON, after, clean


def heard(publisher: str, hours: list[int], into: PublisherActivity | None = None) -> PublisherActivity:
    """A publisher with articles at these hours before noon."""
    sources = into or PublisherActivity()
    for hour in hours:
        sources.record(publisher, NOON - timedelta(hours=hour))
    return sources


def silent(sources: PublisherActivity, hours: float = 0.0) -> list[str]:
    return [one.publisher for one in sources.summarise(after(hours=hours)).silent]


def test_a_publisher_that_sends_every_hour_is_silent_after_three() -> None:
    sources = heard("echo", list(range(30)))
    assert [silent(sources, hours) for hours in (0, 1, 2)] == [[], [], []]
    assert sources.summarise(after(hours=3)) == ActivitySummary(1, (SilentPublisher("echo", 3, 0),))


def test_the_pause_of_a_night_is_no_silence() -> None:
    days = [hour for hour in range(60) if hour % 24 < 14]  # ten silent hours each night
    sources = heard("echo", days)
    assert silent(sources, 15) == []
    assert silent(sources, 16) == ["echo"]


def test_nothing_is_usual_of_who_is_new_or_rare() -> None:
    sources = heard("new", list(range(20)))
    heard("rare", [1, 20, 40, 60], sources)
    assert sources.summarise(after(hours=20)).usual == 1, "the new one is known for a day and more by then"
    assert sources.summarise(after(hours=3)) == ActivitySummary(0, ())
    assert silent(sources, 60) == ["new"]


def test_who_comes_back_is_not_silent_any_more() -> None:
    sources = heard("echo", list(range(30)))
    assert silent(sources, 5) == ["echo"]
    sources.record("echo", after(hours=5))
    assert silent(sources, 5) == []
    assert silent(sources, 10) == [], "five hours were its longest pause"


def test_who_is_gone_for_three_days_is_forgotten() -> None:
    sources = heard("echo", list(range(30)))
    assert silent(sources, HOURS - 1) == ["echo"]
    assert sources.summarise(after(hours=HOURS)) == ActivitySummary(0, ())
    assert sources.active_hours == {}


def test_the_order_in_which_it_is_told_does_not_matter() -> None:
    hours = [0, 1, 2, 5, 9, 14, 20, 27, 35, 44, 71, 90]
    expected = heard("echo", sorted(hours, reverse=True)).active_hours
    shuffle = random.Random(1)
    for _ in range(20):
        order = hours.copy()
        shuffle.shuffle(order)
        assert heard("echo", order).active_hours == expected


def test_a_long_gap_leaves_no_bits_behind() -> None:
    sources = heard("echo", [1000])
    sources.record("echo", NOON)
    assert sources.active_hours["echo"].hours == 1


def test_partitions_are_added_up_the_longest_silence_first() -> None:
    one, two = heard("echo", list(range(30))), heard("post", list(range(4, 40)))
    tally = merge_summaries(each.summarise(after(hours=4)) for each in (one, two))
    assert [(each.publisher, each.hours) for each in tally.silent] == [("post", 8), ("echo", 4)]
    assert tally.usual == 2


def test_dedup_records_live_articles_across_a_restart() -> None:
    state = kept(dedup, tools())
    rows: dict[str, CopyRow] = {}
    for number, hours in enumerate(range(30)):
        article = clean(f"a{number}", body=f"Text {number} of its own about lock {number * 7} and mill {number * 3}.")
        lane = Lane.LIVE if number else Lane.BACKFILL
        moved = replace(article, fetched_at=after(hours=hours), lane=lane)
        effects = dedup.handle(moved, state, at(number, seconds=hours * 3600 + 1))
        rows |= {key: row for key, row in effects.rows.items() if isinstance(row, CopyRow)}
    assert [one.publisher for one in state.publishers.summarise(after(hours=33)).silent] == ["dunmoor-echo.example"]
    again = rebuilt(dedup, tools(), rows)
    assert again.publishers.active_hours == state.publishers.active_hours
    assert again.publishers.latest == state.publishers.latest == after(hours=29)


@pytest.mark.parametrize("ahead", [timedelta(hours=5), timedelta(days=400)])
def test_a_fetch_time_in_the_future_does_not_hide_a_silence(ahead: timedelta) -> None:
    state = kept(dedup, tools())
    dedup.handle(replace(clean(), fetched_at=NOON + ahead), state, at(1, seconds=60))
    assert state.publishers.latest == after(seconds=60)


class Owned:
    """The states of one partition, as background work sees them."""

    def __init__(self, *states: SimpleNamespace) -> None:
        self.states: dict[int, Any] = dict(enumerate(states))


def metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(f"storywatch_{name}")


def test_counts_go_to_the_metrics_and_names_to_the_log() -> None:
    sources = heard("echo", list(range(30)))
    given = Services(Settings(), clock=lambda: after(hours=5))
    live: Any = Owned(SimpleNamespace(publishers=sources), SimpleNamespace(publishers=PublisherActivity()))

    async def look() -> None:
        telling = asyncio.ensure_future(report_silence(given, live))
        await asyncio.sleep(0)
        telling.cancel()

    with capture_logs() as lines:
        asyncio.run(look())
    assert (metric("sources_usual"), metric("sources_silent")) == (1.0, 1.0)
    assert metric("last_article_timestamp_seconds") == NOON.timestamp()
    [line] = lines
    assert (line["event"], line["publisher"], line["hours"], line["log_level"]) == ("silent", "echo", 5, "warning")
