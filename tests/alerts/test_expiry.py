"""Rows of tracks expire, and no fact fires twice before that."""

from datetime import timedelta

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.expiry import REMOVALS, TTL
from streams.alerts.ledger.rows import LedgerRow
from streams.alerts.match import FollowedStory, QueryFollows
from streams.contract.messages import Candidate
from tests.fiction import NOON, candidate, track, update

DAY = timedelta(days=1)


def about(number: int) -> Candidate:
    """A candidate for its own fact, since each story is another one."""
    return candidate(track(), update(f"s{number}"))


def restarted(rows: dict[str, LedgerRow]) -> AlertLedger:
    ledger = AlertLedger()
    for key in sorted(rows, reverse=True):
        ledger.restore(key, rows[key])
    ledger.build_indexes()
    return ledger


def test_fired_facts_expire_when_nothing_can_report_them() -> None:
    ledger, rows = AlertLedger(), dict[str, LedgerRow]()
    for number in range(REMOVALS + 5):
        rows |= {key: row for key, row in ledger.decide(about(number), number, NOON).rows.items() if row}
    ledger = restarted(rows)
    later = NOON + TTL + DAY
    gone: list[str] = []
    for number in range(3):
        changed = ledger.decide(about(100 + number), 100 + number, later + number * DAY).rows
        gone += [key for key, row in changed.items() if row is None]
    assert sorted(gone) == sorted(rows)


def test_a_fact_reported_again_and_again_never_expires() -> None:
    ledger = AlertLedger()
    assert ledger.decide(candidate(), 0, NOON).outcome == "fired"
    for month in range(1, 24):
        assert ledger.decide(candidate(), month, NOON + month * 30 * DAY).outcome == "already_fired"
    again = ledger.decide(candidate(), 0, NOON + 24 * 30 * DAY)  # the first one, replayed
    assert again.outcome == "fired"
    assert again.alert is not None


def test_within_a_day_its_row_is_written_once() -> None:
    ledger = AlertLedger()
    ledger.decide(candidate(), 0, NOON)
    assert ledger.decide(candidate(), 1, NOON + DAY / 2).rows == {}
    rows = ledger.decide(candidate(), 2, NOON + 2 * DAY).rows.values()
    assert [(row.offset, row.at) for row in rows if row is not None] == [(0, NOON + 2 * DAY)]


def test_a_row_of_an_older_version_stays() -> None:
    ledger = AlertLedger()
    made = ledger.decide(candidate(), 0, NOON).alert
    assert made is not None
    ledger = restarted({made.id: LedgerRow(0)})
    ledger.decide(about(9), 1, NOON + 9 * TTL)
    assert ledger.decide(candidate(), 2, NOON + 9 * TTL).outcome == "already_fired"


def test_a_story_that_takes_no_more_articles_is_followed_no_more() -> None:
    follows, tracks = QueryFollows(), Catalogue([track("q", words=("wall",))])
    old = follows.match(update("old", terms=("wall",)), 1, tracks)
    assert old.rows == {"old": FollowedStory(("q",), (1,), NOON)}
    for month in range(1, 5):  # it still takes some
        kept = follows.match(update("old", terms=(), filed_at=NOON + month * 30 * DAY), 1 + month, tracks)
        assert kept.rows == {"old": FollowedStory(("q",), (1,), NOON + month * 30 * DAY)}
    last = NOON + 120 * DAY
    assert follows.match(update("new", terms=(), filed_at=last + TTL), 7, tracks).rows == {}
    assert follows.match(update("new", terms=(), filed_at=last + TTL + DAY), 8, tracks).rows == {"old": None}
