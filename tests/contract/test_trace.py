"""The way in a message's headers: what one stage sends, the next one reads, and what is not ours is no way at all."""

from datetime import timedelta

import pytest

from streams import __version__
from streams.contract import trace
from streams.contract.trace import HEADER, MOST_BYTES, MOST_STEPS
from tests.fiction import NOON, after

NO_ZONE = b'[["clean","2026-01-01T00:00:00",null,"1"]]'


def test_the_next_stage_reads_what_a_stage_sent_with_the_time_it_left_and_the_version_of_the_code() -> None:
    headers = trace.close_hop((trace.open_hop("clean", NOON),), after(seconds=2))
    headers = trace.close_hop(
        (*(trace.read(headers) or ()), trace.open_hop("dedup", after(seconds=3))), after(seconds=4)
    )
    clean, dedup = trace.read([("other", b"x"), *headers]) or ()
    assert (clean.stage, clean.arrived, clean.left, clean.version) == ("clean", NOON, after(seconds=2), __version__)
    assert (dedup.stage, dedup.arrived, dedup.left) == ("dedup", after(seconds=3), after(seconds=4))


def test_a_way_that_never_ends_keeps_its_latest_steps_and_fits() -> None:
    steps = tuple(trace.open_hop("a-stage-of-a-long-name", NOON + timedelta(microseconds=n)) for n in range(100))
    [(_, value)] = trace.close_hop(steps, after(hours=1))
    assert len(value) <= MOST_BYTES
    assert [step.arrived for step in trace.read([(HEADER, value)]) or ()] == [
        step.arrived for step in steps[-MOST_STEPS:]
    ]


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", b"[[1]]", b"[" * 5_000, b'["clean"]', NO_ZONE])
def test_what_is_no_way_is_read_as_none(value: bytes) -> None:
    assert trace.read([(HEADER, value)]) is None


def test_a_message_without_headers_has_no_way() -> None:
    assert trace.read(None) == trace.read([]) == ()
    assert trace.close_hop((), NOON) == []
