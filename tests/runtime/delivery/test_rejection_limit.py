"""When refusals are a flood: many publishers, most of the window, and never one publisher alone."""

from pathlib import Path

import pytest

from streams.runtime.delivery.rejection_limit import Flood


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clean.flood.json"


def refused(flood: Flood, count: int, publishers: int) -> int:
    """How many of ``count`` refusals in turn were let go before the flood was seen."""
    for number in range(count):
        if flood.refuse(f"p{number % publishers}"):
            return number
    return count


def test_many_publishers_at_once_are_a_flood(path: Path) -> None:
    assert refused(Flood(path, 200, 50), 200, publishers=8) == 49


def test_one_bad_publisher_is_none_nor_are_four(path: Path) -> None:
    assert refused(Flood(path, 200, 50), 1000, publishers=1) == 1000
    path.unlink()
    assert refused(Flood(path, 200, 50), 1000, publishers=4) == 1000


def test_one_bad_publisher_among_good_ones_with_a_refusal_each_is_none(path: Path) -> None:
    flood = Flood(path, 200, 50)
    for number in range(2000):
        if number % 4 == 3:
            flood.passed()
        assert flood.refuse("bad.example" if number % 20 else f"good{number}.example") is None


def test_half_is_not_too_much(path: Path) -> None:
    flood = Flood(path, 200, 50)
    for number in range(1000):
        flood.passed()
        assert flood.refuse(f"p{number % 50}") is None


def test_what_ended_processes_counts_more(path: Path) -> None:
    flood = Flood(path, 200, 50)
    told = [flood.refuse(f"p{number}", deadly=True) for number in range(6)]
    assert [line is not None for line in told].index(True) == 4


def test_a_hundred_percent_lets_all_go(path: Path) -> None:
    assert refused(Flood(path, 200, 100), 500, publishers=50) == 500


def test_a_restart_still_sees_the_flood_and_the_first_that_passes_ends_it(path: Path) -> None:
    refused(Flood(path, 200, 50), 200, publishers=8)
    after = Flood(path, 200, 50)
    assert after.refuse("p1") is not None
    after.passed()
    assert refused(after, 200, publishers=8) == 49


def test_a_message_without_a_publisher_is_of_one_unknown(path: Path) -> None:
    flood = Flood(path, 200, 50)
    assert not any(flood.refuse("") for _ in range(500))
