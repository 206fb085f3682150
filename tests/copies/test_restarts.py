"""Restarts, redelivery and expiry: the same log gives the same verdicts, however often the state is rebuilt."""

import random

import msgspec
import pytest

from streams.contract.messages import CleanArticle, Lane, Relation
from streams.copies.state import Copies, Judgement
from tests.copies.fiction import FERRY, NOTICE, REWRITTEN, Table, article, prose, publisher

KEPT = 40  # messages, so that a short log is long enough to drop rows
HOUSES = [publisher("Harbour Gazette", "group"), publisher("Evening Gazette", "group"), *map(publisher, "ABC"), None]


def test_the_same_message_again_gives_the_identical_answer() -> None:
    copies, table = Copies(), Table()
    log = [article("a"), article("b", REWRITTEN, hours=1), article("a", FERRY + "\n\nMore soon.", hours=2)]
    answers = []
    for offset, each in enumerate(log):
        answers.append(copies.judge(each, offset))
        table.write(answers[-1])
    for state in (copies, table.restored()):
        for offset in (1, 2):
            again = state.judge(log[offset], offset)
            assert again.unique == answers[offset].unique
            assert (again.outcome, again.rows) == ("replayed", {})


def test_the_same_revision_sent_twice_tells_nothing_new() -> None:
    copies = Copies()
    copies.judge(article("a"), 0)
    again = copies.judge(article("a", hours=1), 7)
    assert (again.unique, again.rows, again.outcome) == (None, {}, "repeated")


def test_an_old_message_does_not_undo_a_newer_revision() -> None:
    copies, table = Copies(), Table()
    for offset, body in enumerate((FERRY, FERRY + "\n\nSecond.", FERRY + "\n\nThird.")):
        table.write(copies.judge(article("a", body, hours=offset), offset))
    before = dict(table.rows)
    for state in (copies, table.restored()):
        for offset, body in enumerate((FERRY, FERRY + "\n\nSecond.")):
            answer = state.judge(article("a", body, hours=offset), offset)
            assert (answer.unique, answer.rows, answer.outcome) == (None, {}, "repeated")
    assert table.rows == before


def test_a_publisher_may_take_a_change_back() -> None:
    copies = Copies()
    copies.judge(article("a", title="One"), 0)
    copies.judge(article("a", FERRY + "\n\nWrong.", title="Two", hours=1), 1)
    back = copies.judge(article("a", title="One", hours=2), 2).unique
    assert back is not None
    assert back.edit is not None
    assert (back.copy.relation, back.edit.number, back.edit.title_before) == (Relation.REVISION, 2, "Two")
    assert (back.edit.added, back.edit.removed) == ((), 1)
    assert back.first_seen == article("a").fetched_at


def test_a_crash_between_revisions_does_not_change_the_second() -> None:
    log = [article("a"), article("a", FERRY + "\n\nMore.", hours=1), article("a", prose(1), hours=2)]
    smooth = Copies()
    wanted = [smooth.judge(each, offset) for offset, each in enumerate(log)]
    table, first = Table(), Copies()
    for offset in (0, 1):
        table.write(first.judge(log[offset], offset))
    state = table.restored()
    answers = [state.judge(each, offset) for offset, each in enumerate(log)]
    assert [answer.outcome for answer in answers] == ["repeated", "replayed", "revision"]
    assert [answer.unique for answer in answers[1:]] == [answer.unique for answer in wanted[1:]]


@pytest.mark.parametrize("seed", range(4))
def test_restarts_and_replays_change_nothing(seed: int) -> None:
    """Crashes after random messages, each going back over up to 25 of them, against one run without any."""
    log = _log(seed, 200)
    smooth, wanted_table = Copies(retained=KEPT), Table()
    wanted = []
    for offset, each in enumerate(log):
        wanted.append(smooth.judge(each, offset))
        wanted_table.write(wanted[-1])
    assert len({answer.outcome for answer in wanted}) >= 7, "the log should have all kinds of cases"
    assert any(row is None for answer in wanted for row in answer.rows.values()), "nothing was dropped"

    chance, table, state = random.Random(seed), Table(), Copies(retained=KEPT)
    offset = furthest = committed = 0
    while offset < len(log):
        answer = state.judge(log[offset], offset)
        table.write(answer)
        _check(answer, wanted[offset], is_replay=offset < furthest)
        offset += 1
        furthest = max(furthest, offset)
        if chance.random() < 0.08:
            state = table.restored(offset, KEPT)
            offset = committed = max(committed, offset - chance.randrange(25))
    assert table.rows == wanted_table.rows


def test_rows_expire_by_arrival_time_in_bounded_numbers() -> None:
    copies, table = Copies(retained=5), Table()
    for number in range(250):
        table.write(copies.judge(article(f"old {number}", prose(number, 30), hours=number / 100), number))
    sizes = []
    for number in range(250, 262):
        answer = copies.judge(article(f"new {number}", prose(number, 30), hours=100 + number / 100), number)
        sizes.append(sum(row is None for row in answer.rows.values()))
        table.write(answer)
    assert max(sizes) <= 100
    assert sum(sizes) == 250
    assert len(table.rows) == 12


def test_tombstones_lost_in_a_crash_are_written_after_it() -> None:
    copies, table = Copies(retained=5), Table()
    for number in range(250):
        table.write(copies.judge(article(f"old {number}", prose(number, 30)), number))
    for number in range(250, 256):
        table.write(copies.judge(article(f"new {number}", prose(number, 30), hours=100), number))
    left = len(table.rows)
    assert left == 156
    state = table.restored(retained=5)
    for number in range(256, 262):
        table.write(state.judge(article(f"new {number}", prose(number, 30), hours=100), number))
    assert len(table.rows) == 12


def test_an_article_that_returns_before_its_tombstone_stays() -> None:
    copies, table = Copies(retained=5), Table()
    for number in range(250):
        table.write(copies.judge(article(f"old {number}", prose(number, 30)), number))
    again = [f"new {number}" for number in range(5)] + [f"old {number}" for number in range(250)]
    for offset, name in enumerate(again, 250):
        table.write(copies.judge(article(name, prose(name, 30), hours=100), offset))
    assert len(table.rows) == 255


def test_backfilled_rows_are_bounded_by_number() -> None:
    copies, table = Copies(retained=5), Table()
    for number in range(1_200):
        table.write(copies.judge(article(f"b {number}", f"Text {number}.", lane=Lane.BACKFILL), number))
    assert len(table.rows) <= 500 + 5


def test_a_full_replay_gives_expired_rows_the_same_verdicts() -> None:
    log = [
        article(f"{name} {number}", prose(number), by=publisher(name), hours=8 * number)
        for number in range(60)
        for name in ("Gazette", "Lantern")
    ]
    copies, table = Copies(retained=10), Table()
    wanted = [copies.judge(each, offset) for offset, each in enumerate(log)]
    for answer in wanted:
        table.write(answer)
    assert len(table.rows) < 30
    for state in (copies, table.restored(retained=10)):
        for offset, each in enumerate(log):
            assert state.judge(each, offset).unique == wanted[offset].unique


def test_an_article_is_never_a_copy_of_a_later_one() -> None:
    """As in a replay of the past whose own row has been dropped."""
    copies = Copies()
    copies.judge(article("b", hours=1), 5)
    assert copies.judge(article("a"), 3).outcome == "original"


def test_a_live_article_stays_live_when_a_backfill_revises_it() -> None:
    copies = Copies()
    copies.judge(article("a"), 0)
    row = copies.judge(article("a", FERRY + "\n\nMore.", hours=1, lane=Lane.BACKFILL), 1).rows[article("a").id]
    assert row is not None
    assert row.live


def test_copies_are_found_up_to_the_window_and_not_after_it() -> None:
    for hours, relation in ((71.5, Relation.EXACT), (72.5, Relation.ORIGINAL)):
        copies = Copies()
        copies.judge(article("a"), 0)
        found = copies.judge(article("b", hours=hours), 1).unique
        assert found is not None
        assert found.copy.relation is relation


def test_what_is_sent_again_and_again_stays_known() -> None:
    copies, table = Copies(retained=10), Table()
    for offset, day in enumerate(range(0, 20, 2)):
        table.write(copies.judge(article("a", hours=24 * day), 2 * offset))
        table.write(copies.judge(article(f"other {day}", prose(day), hours=24 * day), 2 * offset + 1))
    late = copies.judge(article("a", FERRY + "\n\nMore.", hours=24 * 20), 100).unique
    assert late is not None
    assert late.copy.relation is Relation.REVISION
    assert late.first_seen == article("a").fetched_at


def test_backfill_does_not_age_live_rows_and_finds_its_copies() -> None:
    copies, table = Copies(retained=KEPT), Table()
    table.write(copies.judge(article("live"), 0))
    old = -24 * 300
    for number in range(1, 100):
        table.write(copies.judge(article(f"b {number}", prose(number), hours=old + number, lane=Lane.BACKFILL), number))
    found = [
        copies.judge(article("copy of live", hours=1), 100).unique,
        copies.judge(article("copy of old", prose(95), hours=old + 99, lane=Lane.BACKFILL), 101).unique,
    ]
    assert [each and each.copy.relation for each in found] == [Relation.EXACT, Relation.EXACT]


def test_a_late_arrival_is_compared_and_retained() -> None:
    copies, table = Copies(retained=KEPT), Table()
    log = [article("new", prose(0), hours=200), article("late"), article("late copy", hours=1)]
    answers = [copies.judge(each, offset) for offset, each in enumerate(log)]
    for answer in answers:
        table.write(answer)
    assert [answer.outcome for answer in answers] == ["original", "original", "exact"]
    assert table.restored(retained=KEPT).judge(log[2], 2).unique == answers[2].unique


def test_backfill_before_the_live_article_is_the_original() -> None:
    copies = Copies()
    copies.judge(article("a", lane=Lane.BACKFILL), 0)
    found = copies.judge(article("b", hours=1), 1).unique
    assert found is not None
    assert found.copy.of == article("a").id


def _check(answer: Judgement, wanted: Judgement, *, is_replay: bool) -> None:
    if not is_replay:
        assert answer.unique == wanted.unique
        assert answer.outcome == wanted.outcome
    elif answer.outcome == "replayed":
        assert answer.unique == wanted.unique
    else:
        assert answer.unique is None


def _log(seed: int, length: int) -> list[CleanArticle]:
    """Originals, copies of all kinds, revisions, repeats, reversals, late and backfilled ones, with gaps of days."""
    chance = random.Random(1_000 + seed)
    log: list[CleanArticle] = []
    hours = 0.0
    for number in range(length):
        hours += chance.choice((0.1, 0.5, 2.0, 2.0, 30.0) if number % 60 else (100.0,))
        by, lane, at = chance.choice(HOUSES), Lane.LIVE, hours
        if chance.random() < 0.1:
            lane, at = chance.choice(((Lane.BACKFILL, hours - 5_000), (Lane.LIVE, hours - 90)))
        recent = log[-12:]
        case = chance.randrange(8) if recent else 0
        other = chance.choice(recent) if recent else article("none")
        new = f"{seed} {number}"
        if case in (0, 1):
            log.append(article(new, prose(new, chance.choice((8, 40, 150))), by=by, hours=at, lane=lane))
        elif case == 2:
            log.append(article(new, other.body, title=other.title, by=by, hours=at, lane=lane))
        elif case == 3:
            log.append(article(new, f"{other.body}\n\n{prose(new, 12)}", title=other.title, by=by, hours=at, lane=lane))
        elif case == 4:
            parts = other.body.split("\n\n")
            log.append(article(new, "\n\n".join([*parts[: len(parts) // 2 + 1], prose(new, 70)]), by=by, hours=at))
        elif case == 5:
            log.append(_again(other, at, body=f"{other.body}\n\nAdded {number}."))
        elif case == 6:
            log.append(_again(chance.choice(log[-40:]), at))
        else:
            notice = NOTICE.format(amount=number, day="Monday", term=7, rate="2.25", bids=number % 9)
            log.append(
                article(new, chance.choice((notice, "")), title="Bank of Norrland adds reserves", by=by, hours=at)
            )
    return log


def _again(old: CleanArticle, hours: float, body: str | None = None) -> CleanArticle:
    """An article sent once more, unchanged or with another body."""
    fresh = article("x", old.body if body is None else body, title=old.title, hours=hours)
    return msgspec.structs.replace(old, body=fresh.body, revision=fresh.revision, fetched_at=fresh.fetched_at)
