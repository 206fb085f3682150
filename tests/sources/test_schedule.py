"""When a source is polled again: what its server asks for, and how failures lengthen the pause."""

import pytest

from streams.sources import schedule


@pytest.mark.parametrize(
    ("ttl", "cache", "pause"),
    [
        (None, "", 300),
        (60.0, "", 300),
        (600.0, "public, max-age=60", 600),
        (None, "Max-Age=450, s-maxage=9999", 450),
        (86_400.0, "", 900),
        (None, "max-age=99999999", 900),
        (None, "no-cache, x-max-age=800", 300),
    ],
)
def test_the_wishes_of_a_feed_are_honoured_within_bounds(ttl: float | None, cache: str, pause: float) -> None:
    assert schedule.after_success(300.0, max(ttl or 0.0, schedule.max_age_seconds(cache))) == pause


def test_failures_double_the_pause_up_to_an_hour() -> None:
    assert [schedule.after_failure(300.0, count, None) for count in (1, 2, 3, 4, 5_000)] == [
        600,
        1200,
        2400,
        3600,
        3600,
    ]
    assert schedule.after_failure(300.0, 1, 1_800.0) == 1_800
    assert schedule.after_failure(300.0, 1, 1e9) == 3_600
    assert [schedule.jittered(300.0, chance) for chance in (0.0, 0.5, 1.0)] == [270, 300, 330]
