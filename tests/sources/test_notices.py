"""When a source's receiver is told: once when it turns silent or broken, and once when that ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from streams.contract.messages import SourceNotice, SourceState, WatchedSource
from streams.sources import rhythm
from streams.sources.notices import after_poll, to_note
from tests.sources.habits import MONDAY, learnt

SOURCE = WatchedSource(
    id="w", url="https://jo:pw@paper.example/f?key=secret", site="paper.example", created_at=MONDAY, name="The Paper"
)
DAY_5 = MONDAY + timedelta(days=5)


class Polls:
    """The polls of one source, whose states are stored one after another."""

    def __init__(self, **state: Any) -> None:
        self.state = SourceState(url=SOURCE.url, polled=True, **state)
        self.notices: list[SourceNotice] = []

    def poll(self, now: datetime, receiver: str = "desk", **state: Any) -> str | None:
        """The health of the notice that a poll with this outcome leads to."""
        notice, after = after_poll(SOURCE, replace(self.state, **state), receiver, now)
        self.state = replace(after, version=after.version + 1)
        if notice is None:
            return None
        self.notices.append(notice)
        return notice.health


def test_silence_is_told_once_and_its_end_once() -> None:
    polls = Polls(rhythm=learnt(5, tuple(range(24))))
    told = [polls.poll(DAY_5 + timedelta(minutes=30 * number)) for number in range(48)]
    assert [one for one in told if one] == ["silent"]
    assert polls.state.rhythm is not None
    back = DAY_5 + timedelta(days=1)
    news = rhythm.record(polls.state.rhythm, back)
    assert [polls.poll(back, rhythm=news), polls.poll(back + timedelta(hours=1))] == ["recovered", None]
    told = [polls.poll(back + timedelta(minutes=30 * number)) for number in range(48)]
    assert [one for one in told if one] == ["silent"]  # another silence
    assert len({one.id for one in polls.notices}) == 3
    assert polls.notices[0].since == polls.notices[1].since == DAY_5 - timedelta(minutes=35)


def test_failures_are_told_from_the_third_on() -> None:
    polls = Polls()
    since = DAY_5
    told = [polls.poll(since, failures=number, failing_since=since, error="503") for number in range(1, 6)]
    assert told == [None, None, "broken", None, None]
    assert polls.poll(since, gone_at=since, failures=6, failing_since=since) is None  # still the same trouble
    assert polls.poll(since, gone_at=None, failures=0, failing_since=None) == "recovered"


def test_silence_does_not_end_while_a_source_is_broken() -> None:
    polls = Polls(rhythm=learnt(5, tuple(range(24))))
    now = DAY_5 + timedelta(hours=20)
    assert polls.poll(now) == "silent"
    assert polls.poll(now, failures=3, failing_since=now, error="503") == "broken"
    assert polls.poll(now, failures=0, failing_since=None) == "silent"


def test_a_poll_that_is_done_again_makes_the_same_notice() -> None:
    state = SourceState(url=SOURCE.url, polled=True, version=7)
    (first, _), (again, _) = (
        after_poll(SOURCE, replace(state, gone_at=at, failures=1, failing_since=at), "desk", at)
        for at in (DAY_5, DAY_5 + timedelta(seconds=40))
    )
    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_without_a_receiver_nothing_counts_as_told() -> None:
    polls = Polls()
    assert polls.poll(DAY_5, receiver="", failures=3, failing_since=DAY_5) is None
    assert polls.poll(DAY_5) == "broken"


@pytest.mark.parametrize("url", ["https://jo:pw@paper.example/f?key=secret", "imaps://jo@mail.example/Letters#secret"])
def test_a_notice_shows_nothing_that_grants_access(url: str) -> None:
    state = SourceState(url=url, failures=3, failing_since=DAY_5, error="answered 503")
    notice, _ = after_poll(replace(SOURCE, url=url, name=""), state, "desk", DAY_5)
    assert notice is not None
    text = str(to_note(notice))
    assert all(word not in text for word in ("pw", "secret", "jo@"))
    assert "polls in a row have failed" in text
