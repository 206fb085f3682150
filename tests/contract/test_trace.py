"""The trace in a message's headers: the next stage reads what one stage sends; what is not ours is no trace."""

from datetime import timedelta

import pytest

from streams import __version__
from streams.contract import trace
from streams.contract.trace import HEADER, MOST_BYTES, MOST_HOPS
from tests.fiction import NOON, after

NO_ZONE = b'[["clean","2026-01-01T00:00:00",null,"1"]]'


def test_the_next_stage_reads_the_hops_before_it() -> None:
    headers = trace.close_hop((trace.open_hop("clean", NOON),), after(seconds=2))
    headers = trace.close_hop(
        (*(trace.read(headers) or ()), trace.open_hop("dedup", after(seconds=3))), after(seconds=4)
    )
    clean, dedup = trace.read([("other", b"x"), *headers]) or ()
    assert (clean.stage, clean.arrived, clean.left, clean.version) == ("clean", NOON, after(seconds=2), __version__)
    assert (dedup.stage, dedup.arrived, dedup.left) == ("dedup", after(seconds=3), after(seconds=4))


def test_an_endless_trace_is_cut_to_its_latest_hops() -> None:
    steps = tuple(trace.open_hop("a-stage-of-a-long-name", NOON + timedelta(microseconds=n)) for n in range(100))
    [(_, value)] = trace.close_hop(steps, after(hours=1))
    assert len(value) <= MOST_BYTES
    assert [step.arrived for step in trace.read([(HEADER, value)]) or ()] == [
        step.arrived for step in steps[-MOST_HOPS:]
    ]


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", b"[[1]]", b"[" * 5_000, b'["clean"]', NO_ZONE])
def test_an_invalid_trace_is_read_as_none(value: bytes) -> None:
    assert trace.read([(HEADER, value)]) is None


def test_a_message_without_headers_has_an_empty_trace() -> None:
    assert trace.read(None) == trace.read([]) == ()
    assert trace.close_hop((), NOON) == []
