"""What the times around one record say of two clocks."""

import pytest

from streams.runtime.state.clock_skew import ahead


@pytest.mark.parametrize(
    ("began", "stamped", "ended", "seconds"),
    [
        (100.0, 100.5, 101.0, 0.0),
        (100.0, 100.0, 100.0, 0.0),
        (100.0, 109.0, 110.0, 0.0),  # a slow broker is no wrong clock
        (160.0, 100.5, 161.0, 59.5),
        (40.0, 100.5, 41.0, -59.5),
    ],
)
def test_a_clock_is_off_by_what_lies_outside_of_sending(
    began: float, stamped: float, ended: float, seconds: float
) -> None:
    assert ahead(began, stamped, ended) == seconds
