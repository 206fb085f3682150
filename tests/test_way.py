"""The way in a message's headers: what one stage sends, the next one reads, and what is not ours is no way at all."""

from datetime import timedelta

import pytest

from streams import __version__, way
from streams.way import HEADER, MOST_BYTES, MOST_STEPS
from tests.fiction import NOON, after

NO_ZONE = b'[["clean","2026-01-01T00:00:00",null,"1"]]'


def test_the_next_stage_reads_what_a_stage_sent_with_the_time_it_left_and_the_version_of_the_code() -> None:
    headers = way.leaving((way.step("clean", NOON),), after(seconds=2))
    headers = way.leaving((*way.read(headers), way.step("dedup", after(seconds=3))), after(seconds=4))
    clean, dedup = way.read([("other", b"x"), *headers])
    assert (clean.stage, clean.arrived, clean.left, clean.version) == ("clean", NOON, after(seconds=2), __version__)
    assert (dedup.stage, dedup.arrived, dedup.left) == ("dedup", after(seconds=3), after(seconds=4))


def test_a_way_that_never_ends_keeps_its_latest_steps_and_fits() -> None:
    steps = tuple(way.step("a-stage-of-a-long-name", NOON + timedelta(microseconds=n)) for n in range(100))
    [(_, value)] = way.leaving(steps, after(hours=1))
    assert len(value) <= MOST_BYTES
    assert [step.arrived for step in way.read([(HEADER, value)])] == [step.arrived for step in steps[-MOST_STEPS:]]


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", b"[[1]]", b"[" * 5_000, b'["clean"]', NO_ZONE])
def test_what_is_no_way_is_read_as_none(value: bytes) -> None:
    assert way.read([(HEADER, value)]) == ()


def test_a_message_without_headers_has_no_way() -> None:
    assert way.read(None) == way.read([]) == ()
    assert way.leaving((), NOON) == []
