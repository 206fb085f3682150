"""The retry schedule of deliveries."""

from datetime import timedelta

import pytest

from streams.alerts.schedule import MOST_ASKED, STEPS, next_attempt


def pauses(key: str) -> list[timedelta]:
    found = [next_attempt(attempts, None, key) for attempts in range(1, len(STEPS) + 1)]
    return [pause for pause in found if pause is not None]


def test_tries_for_about_three_days_and_then_gives_up() -> None:
    total = sum(pauses("alert"), timedelta())
    assert timedelta(days=2.6) < total < timedelta(days=3.3)
    assert next_attempt(len(STEPS) + 1, None, "alert") is None
    assert next_attempt(len(STEPS) + 1, 60.0, "alert") is None, "asking for time does not add attempts"


def test_pauses_grow_and_stay_within_a_tenth_of_the_table() -> None:
    for key in ("a", "b", "c"):
        for pause, step in zip(pauses(key), STEPS, strict=True):
            assert step * 0.9 <= pause <= step * 1.1
    assert list(STEPS) == sorted(STEPS)


def test_pauses_depend_on_the_alert_alone() -> None:
    assert pauses("alert") == pauses("alert")
    assert len({next_attempt(3, None, f"alert {number}") for number in range(50)}) > 40


def test_pauses_do_not_change_between_versions_of_python() -> None:
    assert next_attempt(1, None, "alert") == timedelta(seconds=5.403588)


def test_a_receiver_may_ask_for_more_time_but_not_for_less() -> None:
    asked = next_attempt(1, 300.0, "alert")
    assert asked is not None
    assert timedelta(seconds=300) <= asked <= timedelta(seconds=330)
    assert next_attempt(5, 1.0, "alert") == next_attempt(5, None, "alert")


@pytest.mark.parametrize("seconds", [86_400.0, 1e12, float("inf")])
def test_a_receiver_cannot_put_news_off_for_days(seconds: float) -> None:
    asked = next_attempt(1, seconds, "alert")
    assert asked is not None
    assert asked <= MOST_ASKED * 1.1


def test_the_first_attempt_needs_no_pause() -> None:
    with pytest.raises(ValueError, match="first one needs no pause"):
        next_attempt(0, None, "alert")
