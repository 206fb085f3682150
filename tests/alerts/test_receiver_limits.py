"""Limits and pauses of receivers, and alerts that are asked for again by hand."""

from datetime import timedelta

import pytest

from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.limits import Limit
from streams.alerts.deliver.queues import GIVE_UP_AFTER, Queues
from streams.alerts.deliver.receiver_states import PAUSE_AFTER, PAUSE_FAILURES, PROBE_EVERY
from streams.alerts.deliver.rows import DeliveryRow, OpenAlert
from streams.alerts.outcomes import after_attempt, closed, requested
from streams.contract.messages import Delivery
from tests.alerts.queues import delivered, given_up, ids, queued
from tests.fiction import NOON, after, alert


def test_a_receiver_gets_as_many_at_once_as_it_takes(attempts: RunningAttempts) -> None:
    queues = queued(*(alert(number) for number in range(1, 6)))
    three = Limit(concurrency=3)
    due = queues.due(NOON, attempts, lambda _: three)
    assert ids(due) == ["alert-1", "alert-2", "alert-3"]
    for one in due[:2]:
        attempts.begin(one)
    assert ids(queues.due(NOON, attempts, lambda _: three)) == ["alert-3"]
    following = queues.due_for("r1", NOON, attempts, lambda _: three)
    assert following is not None
    assert following.id == "alert-3"


def test_a_limit_of_rate_lets_one_begin_at_a_time(attempts: RunningAttempts) -> None:
    queues, later = queued(alert(1), alert(2)), after(seconds=10)
    limit = Limit(concurrency=5, opens_at=later)
    assert queues.due(NOON, attempts, lambda _: limit) == []
    assert queues.next_due(attempts, lambda _: limit) == later
    assert ids(queues.due(later, attempts, lambda _: limit)) == ["alert-1"]


def test_what_waits_for_a_receiver_that_is_held_is_kept(attempts: RunningAttempts) -> None:
    queues = queued(alert(1), alert(2, receiver="r2"))
    held = Limit(held=True)
    assert ids(queues.due(NOON, attempts, lambda name: held if name == "r1" else Limit())) == ["alert-2"]
    assert queues.waiting() == 2
    assert ids(queues.due(NOON, attempts)) == ["alert-1", "alert-2"]


def failing(count: int = PAUSE_FAILURES, over: timedelta = PAUSE_AFTER) -> tuple[Queues, dict[str, DeliveryRow]]:
    """Queues with one alert more than failed attempts, evenly over a time, and all rows."""
    queues = queued(*(alert(number) for number in range(1, count + 2)))
    rows: dict[str, DeliveryRow] = {f"alert-{count + 1}": OpenAlert(alert(count + 1))}
    for number in range(1, count + 1):
        at = NOON + over * (number - 1) / (count - 1)
        pauses = queues.receivers.would_pause("r1", at)
        outcome = after_attempt(alert(number), at, delivered=False, code=503, pauses=pauses)
        rows |= {key: row for key, row in queues.take(outcome, at)[1].items() if row is not None}
    return queues, rows


def test_a_receiver_that_keeps_failing_is_paused_and_probed(attempts: RunningAttempts) -> None:
    queues, _ = failing()
    end = NOON + PAUSE_AFTER
    assert queues.receivers.all_paused() == {"r1": end}
    assert queues.due(end, attempts) == []
    assert queues.next_due(attempts) == end + PROBE_EVERY
    assert len(queues.due(end + PROBE_EVERY, attempts, lambda _: Limit(concurrency=9))) == 1
    resumed = Limit(resumed_at=end + timedelta(minutes=1))
    assert len(queues.due(end + timedelta(minutes=1), attempts, lambda _: resumed)) == 1


@pytest.mark.parametrize(("count", "over"), [(PAUSE_FAILURES - 1, 2 * PAUSE_AFTER), (PAUSE_FAILURES, PAUSE_AFTER / 2)])
def test_few_or_quick_failures_pause_no_receiver(count: int, over: timedelta) -> None:
    assert failing(count, over)[0].receivers.all_paused() == {}


def test_a_success_between_failures_begins_the_count_again() -> None:
    queues, _ = failing(PAUSE_FAILURES - 1)
    waiting = alert(PAUSE_FAILURES)
    at = NOON + PAUSE_AFTER + timedelta(minutes=1)
    queues.take(after_attempt(waiting, at, delivered=True, code=200), at)
    assert not queues.receivers.would_pause("r1", at + PAUSE_AFTER)


def test_what_a_receiver_missed_comes_oldest_first(attempts: RunningAttempts) -> None:
    queues, rows = failing()
    end = NOON + PAUSE_AFTER
    [probe] = queues.due(end + PROBE_EVERY, attempts)
    back = end + PROBE_EVERY
    accepted = after_attempt(probe, back, delivered=True, code=200)
    rows |= {key: row for key, row in queues.take(accepted, back)[1].items() if row is not None}
    assert queues.receivers.all_paused() == {}
    restored = Queues()
    for key, row in reversed(rows.items()):
        restored.restore(key, row)
    restored.build_indexes()
    for each in (queues, restored):
        due = each.due(back, attempts, lambda _: Limit(concurrency=100))
        assert len(due) == PAUSE_FAILURES
        assert [one.made_at for one in due] == sorted(one.made_at for one in due)


def test_a_receiver_that_is_paused_again_is_probed_again(attempts: RunningAttempts) -> None:
    queues, _ = failing()
    back = NOON + PAUSE_AFTER + PROBE_EVERY
    [probe] = queues.due(back, attempts)
    queues.take(after_attempt(probe, back, delivered=True, code=200), back)
    missed = queues.due(back, attempts, lambda _: Limit(concurrency=100))
    for new in [one for one in missed if not one.delivery.attempts]:
        queues.take(after_attempt(new, back, delivered=True, code=200), back)
    first, again = next(one for one in missed if one.delivery.attempts), back + PAUSE_AFTER
    failed = after_attempt(first, again, delivered=False, code=503, pauses=True)
    queues.take(failed, again)
    assert queues.receivers.all_paused() == {"r1": again}
    queues.take(closed(failed, "cancelled by hand"), again)
    probed = again + PROBE_EVERY
    [probe] = queues.due(probed, attempts)
    queues.take(after_attempt(probe, probed, delivered=True, code=200), probed)
    due = queues.due(probed, attempts, lambda _: Limit(concurrency=100))
    assert len(due) == queues.waiting() > 10


def test_an_alert_waits_for_a_paused_receiver_no_longer_than_so() -> None:
    queues, _ = failing()
    assert queues.overdue(NOON + GIVE_UP_AFTER) == []
    assert len(queues.overdue(NOON + GIVE_UP_AFTER + timedelta(seconds=1))) == PAUSE_FAILURES + 1


@pytest.mark.parametrize("end", [given_up, delivered, lambda of: closed(of, "the track was removed")])
def test_a_closed_alert_is_sent_again_with_all_its_attempts(end: object, attempts: RunningAttempts) -> None:
    assert callable(end)
    queues, ended = queued(alert()), end(alert())
    queues.take(ended, NOON)
    asked = requested(ended, after(hours=1))
    assert asked is not None
    assert queues.take(asked, after(hours=1))[0] == "retrying"
    assert [one.id for one in queues.due(after(hours=1), attempts)] == ["alert-1"]
    failed = after_attempt(asked, after(hours=1), delivered=False, code=500)
    assert failed.delivery.next_at is not None
    assert failed.delivery.next_at - after(hours=1) < timedelta(seconds=6)  # the first pause of the schedule
    assert queues.take(asked, after(hours=2))[0] == "repeated"
    queues.take(after_attempt(asked, after(hours=1), delivered=True, code=200), after(hours=1))
    assert queues.take(asked, after(hours=2))[0] == "repeated"
    assert queues.waiting() == 0


def test_an_alert_without_a_receiver_cannot_be_sent() -> None:
    assert requested(alert(delivery=Delivery(status="recorded")), NOON) is None
