"""A hub's word that a source has news: the source is due until a poll begins."""

from datetime import timedelta
from typing import Any

from streams.contract.messages import Polled, SourceState, WatchedSource
from streams.sources.polls import SourcePolls
from tests.fiction import NOON

SOURCE = WatchedSource(id="tarn", url="https://tarn.example/feed", site="tarn.example", created_at=NOON)
LATER = NOON + timedelta(hours=1)


def polled(version: int, **more: Any) -> Polled:
    state = SourceState(url=SOURCE.url, site=SOURCE.site, version=version, next_poll=LATER, polled=True, **more)
    return Polled(source=SOURCE.id, site=SOURCE.site, state=state)


def ping(minutes: int = 1) -> Polled:
    return Polled(source=SOURCE.id, site=SOURCE.site, pinged_at=NOON + timedelta(minutes=minutes))


def test_a_ping_makes_a_source_due_until_a_poll_begins() -> None:
    polls = SourcePolls()
    polls.take(polled(1))
    assert polls.take(ping()) == ("pinged", {}), "and its state stays as it was"
    assert polls.version(SOURCE.id) == 1
    assert polls.due(SOURCE) == NOON + timedelta(minutes=1)
    polls.begin(SOURCE.id)
    assert polls.due(SOURCE) == LATER


def test_a_ping_during_a_poll_leads_to_another_one() -> None:
    polls = SourcePolls()
    polls.take(polled(1))
    polls.begin(SOURCE.id)
    polls.take(ping())
    polls.take(polled(2))
    assert polls.due(SOURCE) == NOON + timedelta(minutes=1)


def test_a_ping_does_not_poll_what_is_gone() -> None:
    polls = SourcePolls()
    polls.take(polled(1, gone_at=NOON))
    polls.take(ping())
    assert polls.due(SOURCE) is None
