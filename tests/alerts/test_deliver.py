"""The queues of receivers: what is due, in which order, one at a time for each, and the effect of each message."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from streams.alerts.deliver import (
    GIVE_UP_AFTER,
    PAUSE_AFTER,
    PAUSE_FAILURES,
    PROBE_EVERY,
    ClosedAlert,
    DeliveryRow,
    Limit,
    OpenAlert,
    Queues,
    ReceiverOff,
    RunningAttempts,
)
from streams.alerts.expiry import REMOVALS, TTL
from streams.alerts.outcomes import MOST_ANSWERS, after_attempt, closed, requested
from streams.alerts.schedule import STEPS
from streams.alerts.size import MAX_BYTES
from streams.contract.codec import encode
from streams.contract.errors import TooLarge
from streams.contract.messages import Alert, Answer, Deliverable, Delivery
from tests.fiction import NOON, after, alert


@pytest.fixture
def attempts() -> RunningAttempts:
    return RunningAttempts()


def ids(found: list[Deliverable]) -> list[str]:
    return [one.id for one in found]


def queued(*alerts: Alert) -> Queues:
    queues = Queues()
    for one in alerts:
        assert queues.take(one, NOON)[0] == "queued"
    return queues


def failed_once(of: Alert, at: datetime = NOON) -> Alert:
    return after_attempt(of, at, delivered=False, code=503, error="busy")


def delivered(of: Alert) -> Alert:
    return after_attempt(of, NOON, delivered=True, code=200)


def given_up(of: Alert) -> Alert:
    return after_attempt(of, NOON, delivered=False, give_up=True, code=410, error="gone")


# --- messages of the log ------------------------------------------------------------------------------------------


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


# --- what is due --------------------------------------------------------------------------------------------------


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


# --- states -------------------------------------------------------------------------------------------------------


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


# --- two processes ------------------------------------------------------------------------------------------------


def test_an_attempt_during_a_rebalance_is_not_repeated(attempts: RunningAttempts) -> None:
    attempts.begin(alert())
    rebuilt = Queues()
    rebuilt.restore("alert-1", OpenAlert(alert()))
    rebuilt.build_indexes()
    assert rebuilt.due(NOON, attempts) == []
    attempts.end(alert(), delivered(alert()))
    assert rebuilt.due(NOON, attempts) == [], "its outcome is on its way through the log"


def test_a_report_is_forgotten_once_the_log_has_brought_it(attempts: RunningAttempts) -> None:
    queues, tried = queued(alert()), failed_once(alert())
    attempts.end(alert(), tried)
    attempts.forget(lambda id_, n: not queues.awaits(id_, n))
    assert attempts.outcome_is_coming(alert())
    queues.take(tried, NOON)
    attempts.forget(lambda id_, n: not queues.awaits(id_, n))
    assert not attempts.outcome_is_coming(alert())


@pytest.mark.parametrize("delivered_first", [True, False])
def test_of_two_outcomes_of_one_attempt_the_delivery_holds(delivered_first: bool, attempts: RunningAttempts) -> None:
    queues = queued(alert())
    outcomes = [delivered(alert()), failed_once(alert())]
    for outcome in outcomes if delivered_first else reversed(outcomes):
        queues.take(outcome, NOON)
    assert queues.waiting() == 0
    assert queues.due(after(days=9), attempts) == []
    assert queues.take(alert(), NOON) == ("repeated", {})


def test_a_late_delivery_overrules_that_it_was_given_up() -> None:
    queues = queued(alert())
    queues.take(given_up(alert()), NOON)
    assert queues.take(delivered(alert()), NOON) == ("delivered", {"alert-1": ClosedAlert("delivered", 1, NOON)})


def test_an_older_failure_does_not_close_a_retried_alert() -> None:
    queues, tried = queued(alert()), failed_once(failed_once(alert()))
    queues.take(tried, NOON)
    assert queues.take(given_up(alert()), NOON) == ("repeated", {})
    assert queues.waiting() == 1


# --- growing old --------------------------------------------------------------------------------------------------


def test_closed_alerts_expire_a_few_at_a_time() -> None:
    queues = Queues()
    for number in range(REMOVALS + 5):
        queues.take(alert(number), NOON)
        queues.take(delivered(alert(number)), NOON)
    assert set(queues.take(alert(900), NOON + TTL)[1]) == {"alert-900"}
    late = NOON + TTL + timedelta(seconds=1)
    first = queues.take(alert(901), late)[1]
    assert [key for key, row in first.items() if row is None] == [f"alert-{number}" for number in range(REMOVALS)]
    second = queues.take(alert(902), late)[1]
    assert len([key for key, row in second.items() if row is None]) == 5


def test_restored_rows_expire_in_the_order_of_their_end() -> None:
    queues = Queues()
    queues.restore("b", ClosedAlert("delivered", 1, after(seconds=1)))
    queues.restore("a", ClosedAlert("delivered", 1, after(seconds=2)))
    queues.build_indexes()
    gone = queues.take(alert(), after(seconds=2) + TTL)[1]
    assert [key for key, row in gone.items() if row is None] == ["b"]


def test_a_receiver_stays_off_over_a_restart_until_it_answers() -> None:
    one, two = alert(1), alert(2)
    gone = after_attempt(one, after(seconds=1), delivered=False, give_up=True, off=True, code=410, error="gone")
    queues = queued(one, two)
    rows = dict(queues.take(gone, after(seconds=1))[1])
    restored = Queues()
    for key, row in [*rows.items(), (two.id, OpenAlert(two))]:
        assert row is not None
        restored.restore(key, row)
    for each in (queues, restored):
        assert each.off("r1") == ReceiverOff(after(seconds=1))
        assert each.off("r2") is None
        assert ids(each.due(after(seconds=2), RunningAttempts())) == ["alert-2"]
        unsent = closed(two, "not sent")
        assert each.take(unsent, after(seconds=2))[0] == "failed"
        assert each.off("r1") is not None, "nobody asked it"
    taken = after_attempt(alert(3), after(seconds=9), delivered=True, code=200)
    assert queues.take(taken, after(seconds=9))[1]["receiver:r1"] is None
    assert queues.off("r1") is None


def test_an_outcome_of_before_the_410_does_not_switch_it_on() -> None:
    queues = queued(alert(1), alert(2))
    gone = after_attempt(alert(1), after(seconds=5), delivered=False, give_up=True, off=True, code=410, error="gone")
    queues.take(gone, after(seconds=5))
    queues.take(after_attempt(alert(2), after(seconds=4), delivered=True), after(seconds=6))
    assert queues.off("r1") == ReceiverOff(after(seconds=5))


def test_an_outcome_of_an_older_message_drops_the_url_path() -> None:
    assert alert().url == "https://desk.example/hook"
    assert failed_once(alert()).url == "https://desk.example/"
    assert closed(alert(), "removed").url == "https://desk.example/"


def test_an_alert_without_room_for_outcomes_is_rejected() -> None:
    """Otherwise it is sent again at each start, since its outcome cannot be stored."""
    queues = Queues()
    large = replace(alert(), reason="x" * (MAX_BYTES - 3_000))
    queues.take(large, NOON)
    for _ in range(MOST_ANSWERS + 5):
        large = after_attempt(large, NOON, delivered=False, error="\x07\ud800" * 100_000)
        encode(large)
    assert queues.take(large, NOON)[0] == "failed"
    larger = replace(alert(), reason="x" * MAX_BYTES)
    with pytest.raises(TooLarge, match="an alert of"):
        queues.take(larger, NOON)
    with pytest.raises(TooLarge, match="an alert of"):
        queues.take(after_attempt(larger, NOON, delivered=True), NOON)


def test_a_held_alert_waits_elsewhere_until_it_is_released() -> None:
    queues, one = Queues(), alert()
    held = replace(one, delivery=Delivery(status="held", next_at=after(hours=1), held_for="digest"))
    assert queues.take(held, NOON) == ("held", {})
    assert queues.waiting() == 0
    assert queues.take(one, NOON)[0] == "queued"
    assert queues.take(held, NOON) == ("held", {})  # a replay
    assert queues.waiting() == 1
    summed = replace(alert(2), delivery=Delivery(status="summed"))
    assert queues.take(summed, NOON)[0] == "summed"
    assert queues.waiting() == 1


# --- limits and pauses of receivers --------------------------------------------------------------------------------


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
        pauses = queues.would_pause("r1", at)
        outcome = after_attempt(alert(number), at, delivered=False, code=503, pauses=pauses)
        rows |= {key: row for key, row in queues.take(outcome, at)[1].items() if row is not None}
    return queues, rows


def test_a_receiver_that_keeps_failing_is_paused_and_probed(attempts: RunningAttempts) -> None:
    queues, _ = failing()
    end = NOON + PAUSE_AFTER
    assert queues.all_paused() == {"r1": end}
    assert queues.due(end, attempts) == []
    assert queues.next_due(attempts) == end + PROBE_EVERY
    assert len(queues.due(end + PROBE_EVERY, attempts, lambda _: Limit(concurrency=9))) == 1
    resumed = Limit(resumed_at=end + timedelta(minutes=1))
    assert len(queues.due(end + timedelta(minutes=1), attempts, lambda _: resumed)) == 1


@pytest.mark.parametrize(("count", "over"), [(PAUSE_FAILURES - 1, 2 * PAUSE_AFTER), (PAUSE_FAILURES, PAUSE_AFTER / 2)])
def test_few_or_quick_failures_pause_no_receiver(count: int, over: timedelta) -> None:
    assert failing(count, over)[0].all_paused() == {}


def test_a_success_between_failures_begins_the_count_again() -> None:
    queues, _ = failing(PAUSE_FAILURES - 1)
    waiting = alert(PAUSE_FAILURES)
    at = NOON + PAUSE_AFTER + timedelta(minutes=1)
    queues.take(after_attempt(waiting, at, delivered=True, code=200), at)
    assert not queues.would_pause("r1", at + PAUSE_AFTER)


def test_what_a_receiver_missed_comes_oldest_first(attempts: RunningAttempts) -> None:
    queues, rows = failing()
    end = NOON + PAUSE_AFTER
    [probe] = queues.due(end + PROBE_EVERY, attempts)
    back = end + PROBE_EVERY
    accepted = after_attempt(probe, back, delivered=True, code=200)
    rows |= {key: row for key, row in queues.take(accepted, back)[1].items() if row is not None}
    assert queues.all_paused() == {}
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
    assert queues.all_paused() == {"r1": again}
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


# --- asked for again by hand ---------------------------------------------------------------------------------------


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
