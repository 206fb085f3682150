"""The queues of receivers: what is due, in which order, one at a time for each, and the effect of each message."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.queues import Queues
from streams.alerts.deliver.rows import ClosedAlert, OpenAlert
from streams.alerts.outcomes import MOST_ANSWERS, after_attempt
from streams.alerts.schedule import STEPS
from streams.contract.messages import Alert, Answer, Delivery
from tests.alerts.queues import delivered, failed_once, ids, queued
from tests.fiction import NOON, after, alert


def test_a_new_alert_opens_a_row_and_is_due_at_once(attempts: RunningAttempts) -> None:
    queues = Queues()
    assert queues.take(alert(), NOON) == ("queued", {"alert-1": OpenAlert(alert())})
    assert ids(queues.due(NOON, attempts)) == ["alert-1"]
    assert queues.waiting() == 1


def test_the_oldest_alert_and_failing_receivers_are_visible() -> None:
    queues = Queues()
    assert (queues.oldest(), queues.failing()) == (None, set())
    first, second = alert(1), replace(alert(2), made_at=after(seconds=9), receiver="r2")
    queues = queued(second, first)
    assert (queues.oldest(), queues.failing()) == (first.made_at, set())
    queues.take(failed_once(second), NOON)
    assert queues.failing() == {"r2"}
    queues.take(delivered(first), NOON)
    assert queues.oldest() == second.made_at


def test_the_same_alert_again_changes_nothing() -> None:
    queues = queued(alert())
    assert queues.take(alert(), NOON) == ("repeated", {})
    assert queues.waiting() == 1


def test_an_older_state_never_undoes_an_outcome(attempts: RunningAttempts) -> None:
    queues, tried = queued(alert()), failed_once(alert())
    assert queues.take(tried, NOON) == ("retrying", {"alert-1": OpenAlert(tried)})
    assert queues.take(alert(), NOON) == ("repeated", {})
    assert queues.take(tried, NOON) == ("repeated", {})
    assert queues.due(NOON, attempts) == []


@pytest.mark.parametrize(
    ("last", "row"),
    [
        (delivered(alert()), ClosedAlert("delivered", 1, NOON)),
        (
            after_attempt(alert(), NOON, delivered=False, give_up=True, code=410, error="gone"),
            ClosedAlert("failed", 1, NOON),
        ),
    ],
    ids=["delivered", "failed"],
)
def test_the_last_outcome_closes_the_row_for_good(last: Alert, row: ClosedAlert, attempts: RunningAttempts) -> None:
    queues = queued(alert())
    assert queues.take(last, NOON) == (row.status, {"alert-1": row})
    for again in (alert(), failed_once(alert()), last):
        assert queues.take(again, NOON) == ("repeated", {})
    assert queues.waiting() == 0
    assert queues.due(after(days=9), attempts) == []


def test_an_alert_without_a_webhook_is_recorded_and_never_due(attempts: RunningAttempts) -> None:
    queues = Queues()
    outcome, rows = queues.take(alert(delivery=Delivery(status="recorded")), NOON)
    assert (outcome, rows) == ("recorded", {"alert-1": ClosedAlert("recorded", 0, NOON)})
    assert queues.due(after(days=9), attempts) == []


def test_one_alert_a_receiver_the_longest_due_first(attempts: RunningAttempts) -> None:
    queues = queued(
        alert(1, receiver="r1", made_at=after(seconds=3)),
        alert(2, receiver="r2", made_at=after(seconds=2)),
        alert(3, receiver="r1", made_at=after(seconds=1)),
    )
    assert ids(queues.due(after(minutes=1), attempts)) == ["alert-3", "alert-2"]


def test_alerts_of_one_moment_have_a_fixed_order(attempts: RunningAttempts) -> None:
    one, two = alert(1, receiver="a"), alert(2, receiver="b")
    assert queued(one, two).due(NOON, attempts) == queued(two, one).due(NOON, attempts)


def test_a_receiver_is_asked_for_nothing_else_while_it_is_asked(attempts: RunningAttempts) -> None:
    first, second, other = alert(1), alert(2, made_at=after(seconds=1)), alert(3, receiver="r2")
    queues = queued(first, second, other)
    attempts.begin(first)
    assert ids(queues.due(after(hours=1), attempts)) == ["alert-3"]
    attempts.end(first, delivered(first))
    assert ids(queues.due(after(hours=1), attempts)) == ["alert-3", "alert-2"], "what was reported waits for the log"
    queues.take(delivered(first), NOON)
    assert ids(queues.due(after(hours=1), attempts)) == ["alert-3", "alert-2"]


def test_an_attempt_without_an_outcome_is_tried_again(attempts: RunningAttempts) -> None:
    queues = queued(alert())
    attempts.begin(alert())
    attempts.end(alert(), None)
    assert ids(queues.due(NOON, attempts)) == ["alert-1"]


@pytest.mark.parametrize("log_first", [True, False])
def test_a_retry_waits_whether_log_or_confirmation_is_first(log_first: bool, attempts: RunningAttempts) -> None:
    queues, tried = queued(alert()), failed_once(alert())
    attempts.begin(alert())
    if log_first:
        queues.take(tried, NOON)
        attempts.end(alert(), tried)
    else:
        attempts.end(alert(), tried)
        assert queues.due(after(days=1), attempts) == []
        queues.take(tried, NOON)
    assert tried.delivery.next_at is not None
    assert queues.next_due(attempts) == tried.delivery.next_at
    assert queues.due(tried.delivery.next_at - timedelta(milliseconds=1), attempts) == []
    assert ids(queues.due(tried.delivery.next_at, attempts)) == ["alert-1"]


def test_a_clock_that_was_ahead_defers_no_retry(attempts: RunningAttempts) -> None:
    queues = queued(alert())
    queues.take(failed_once(alert(), after(days=30)), NOON)
    assert queues.due(after(hours=2), attempts) != []
    assert queues.due(after(seconds=4), attempts) == []


def test_a_retry_does_not_hold_back_newer_alerts_of_its_receiver(attempts: RunningAttempts) -> None:
    queues = queued(alert(1), alert(2, made_at=after(seconds=1)))
    queues.take(failed_once(alert(1)), NOON)
    assert ids(queues.due(after(seconds=2), attempts)) == ["alert-2"]


def test_nothing_waiting_is_never_due(attempts: RunningAttempts) -> None:
    assert Queues().next_due(attempts) is None
    assert Queues().due(NOON, attempts) == []


def test_restored_rows_go_on_where_they_were(attempts: RunningAttempts) -> None:
    tried = failed_once(alert(1))
    queues = Queues()
    queues.restore("alert-1", OpenAlert(tried))
    queues.restore("alert-2", ClosedAlert("delivered", 1, NOON))
    queues.restore("alert-3", OpenAlert(alert(3, receiver="r3")))
    queues.build_indexes()
    assert queues.waiting() == 2
    assert ids(queues.due(NOON, attempts)) == ["alert-3"]
    assert ids(queues.due(after(seconds=6), attempts)) == ["alert-3", "alert-1"]
    assert queues.take(alert(2), NOON) == ("repeated", {})


def test_attempts_are_counted_and_given_up_after_the_last_step() -> None:
    one, at = alert(), NOON
    for attempt in range(1, len(STEPS) + 1):
        one = failed_once(one, at)
        assert (one.delivery.status, one.delivery.attempts, one.delivery.code) == ("retrying", attempt, 503)
        assert one.delivery.next_at is not None
        at = one.delivery.next_at
    last = failed_once(one, at)
    assert (last.delivery.status, last.delivery.attempts, last.delivery.next_at) == ("failed", len(STEPS) + 1, None)
    assert last.delivery.error == "busy"
    assert at - NOON > timedelta(days=2)


def test_a_receiver_that_asks_for_time_gets_it() -> None:
    tried = after_attempt(alert(), NOON, delivered=False, code=429, retry_after_seconds=600)
    assert tried.delivery.next_at is not None
    assert tried.delivery.next_at >= after(minutes=10)


def test_a_delivery_has_no_error_and_keeps_former_answers() -> None:
    done = delivered(failed_once(alert()))
    answers = (Answer(at=NOON, code=503, error="busy"), Answer(at=NOON, code=200))
    assert done.delivery == Delivery(status="delivered", attempts=2, at=NOON, code=200, answers=answers)
    assert done.id == alert().id


def test_answers_are_bounded_however_many_attempts() -> None:
    tried = alert()
    for number in range(MOST_ANSWERS + 5):
        tried = failed_once(tried, after(seconds=number))
    kept = [after(seconds=number) for number in range(5, MOST_ANSWERS + 5)]
    assert [one.at for one in tried.delivery.answers] == kept
