"""The queues of receivers over rebalances, restarts and years: outcomes hold, and closed alerts expire."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.queues import Queues
from streams.alerts.deliver.rows import ClosedAlert, OpenAlert, ReceiverOff
from streams.alerts.expiry import REMOVALS, TTL
from streams.alerts.outcomes import MOST_ANSWERS, after_attempt, closed
from streams.alerts.size import MAX_BYTES
from streams.contract.codec import encode
from streams.contract.errors import TooLarge
from streams.contract.messages import Delivery
from tests.alerts.queues import delivered, failed_once, given_up, ids, queued
from tests.fiction import NOON, after, alert


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
        assert each.receivers.off("r1") == ReceiverOff(after(seconds=1))
        assert each.receivers.off("r2") is None
        assert ids(each.due(after(seconds=2), RunningAttempts())) == ["alert-2"]
        unsent = closed(two, "not sent")
        assert each.take(unsent, after(seconds=2))[0] == "failed"
        assert each.receivers.off("r1") is not None, "nobody asked it"
    taken = after_attempt(alert(3), after(seconds=9), delivered=True, code=200)
    assert queues.take(taken, after(seconds=9))[1]["receiver:r1"] is None
    assert queues.receivers.off("r1") is None


def test_an_outcome_of_before_the_410_does_not_switch_it_on() -> None:
    queues = queued(alert(1), alert(2))
    gone = after_attempt(alert(1), after(seconds=5), delivered=False, give_up=True, off=True, code=410, error="gone")
    queues.take(gone, after(seconds=5))
    queues.take(after_attempt(alert(2), after(seconds=4), delivered=True), after(seconds=6))
    assert queues.receivers.off("r1") == ReceiverOff(after(seconds=5))


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
