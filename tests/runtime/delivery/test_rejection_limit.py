"""When rejections exceed the limit: many publishers, most of the window, and never one publisher alone."""

from pathlib import Path

import pytest

from streams.runtime.delivery.rejection_limit import RejectionLimit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clean.flood.json"


def rejected(limit: RejectionLimit, count: int, publishers: int) -> int:
    """How many of ``count`` rejections in turn were counted before the limit was exceeded."""
    for number in range(count):
        if limit.count_rejection(f"p{number % publishers}"):
            return number
    return count


def test_many_publishers_at_once_exceed_the_limit(path: Path) -> None:
    assert rejected(RejectionLimit(path, 200, 50), 200, publishers=8) == 49


def test_neither_one_bad_publisher_nor_four_exceed_it(path: Path) -> None:
    assert rejected(RejectionLimit(path, 200, 50), 1000, publishers=1) == 1000
    path.unlink()
    assert rejected(RejectionLimit(path, 200, 50), 1000, publishers=4) == 1000


def test_one_bad_publisher_among_good_ones_does_not(path: Path) -> None:
    limit = RejectionLimit(path, 200, 50)
    for number in range(2000):
        if number % 4 == 3:
            limit.count_passed()
        assert limit.count_rejection("bad.example" if number % 20 else f"good{number}.example") is None


def test_half_of_the_messages_is_within_the_limit(path: Path) -> None:
    limit = RejectionLimit(path, 200, 50)
    for number in range(1000):
        limit.count_passed()
        assert limit.count_rejection(f"p{number % 50}") is None


def test_crash_loops_weigh_more(path: Path) -> None:
    limit = RejectionLimit(path, 200, 50)
    told = [limit.count_rejection(f"p{number}", crash_loop=True) for number in range(6)]
    assert [line is not None for line in told].index(True) == 4


def test_a_hundred_percent_is_no_limit(path: Path) -> None:
    assert rejected(RejectionLimit(path, 200, 100), 500, publishers=50) == 500


def test_outlives_a_restart_until_a_message_passes(path: Path) -> None:
    rejected(RejectionLimit(path, 200, 50), 200, publishers=8)
    after = RejectionLimit(path, 200, 50)
    assert after.count_rejection("p1") is not None
    after.count_passed()
    assert rejected(after, 200, publishers=8) == 49


def test_messages_without_a_publisher_count_as_one(path: Path) -> None:
    limit = RejectionLimit(path, 200, 50)
    assert not any(limit.count_rejection("") for _ in range(500))
