"""The ledger: nothing is skipped, and nothing is committed past what is not done."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from streams.contract.errors import FatalError
from streams.runtime.delivery.offsets import Ledger


class Consumer:
    """What the ledger asks of Faust's consumer."""

    def __init__(self, committed: int | None = None, earliest: int | None = 0) -> None:
        self._committed_offset = {"p": committed}
        self._earliest = earliest

    async def earliest_offsets(self, *partitions: Any) -> dict[Any, int | None]:
        return dict.fromkeys(partitions, self._earliest)


def event(offset: int, generation: int = 1) -> Any:
    message = SimpleNamespace(tp="p", topic="articles", partition=2, offset=offset, generation_id=generation)
    return SimpleNamespace(message=message)


def ledger(consumer: Consumer, compacted: tuple[str, ...] = (), **options: bool) -> Ledger:
    return Ledger(SimpleNamespace(consumer=consumer, consumer_generation_id=1), compacted, **options)


def take(ledger: Ledger, *events: Any) -> None:
    async def run() -> None:
        for one in events:
            await ledger.take(one)

    asyncio.run(run())


def test_goes_on_from_the_committed_offset_one_after_another() -> None:
    take(ledger(Consumer(committed=5)), event(5), event(6), event(7))


def test_begins_at_the_earliest_where_nothing_is_committed() -> None:
    take(ledger(Consumer()), event(0), event(1))
    take(ledger(Consumer(committed=0)), event(0), event(1))
    take(ledger(Consumer(earliest=None)), event(0))
    take(ledger(Consumer(earliest=40)), event(40), event(41))


@pytest.mark.parametrize(("committed", "earliest", "first"), [(5, 0, 6), (5, 0, 100), (None, 0, 1), (None, 40, 41)])
def test_stops_when_the_first_one_comes_too_late(committed: int | None, earliest: int, first: int) -> None:
    begin = committed or earliest
    with pytest.raises(FatalError, match=f"articles partition 2: messages {begin} to {first - 1} were skipped"):
        take(ledger(Consumer(committed, earliest)), event(first))


@pytest.mark.parametrize("missing", [1, 7])
def test_stops_at_a_hole_in_the_middle(missing: int) -> None:
    with pytest.raises(FatalError, match=f"messages 7 to {6 + missing} were skipped"):
        take(ledger(Consumer(committed=5)), event(5), event(6), event(7 + missing))


def test_a_message_that_comes_again_is_no_hole() -> None:
    take(ledger(Consumer(committed=5)), event(3), event(4), event(5))


def test_a_hole_hidden_behind_messages_that_come_again_is_seen() -> None:
    with pytest.raises(FatalError, match="messages 4 to 6 were skipped"):
        take(ledger(Consumer(committed=5)), event(3), event(7))


def test_a_new_generation_begins_anew_at_the_commit() -> None:
    """After a rebalance a partition may have been read further by another owner, or be read again."""
    consumer = Consumer(committed=5)
    gaps = ledger(consumer)
    take(gaps, event(5), event(6))
    consumer._committed_offset["p"] = 90
    take(gaps, event(90, generation=2), event(91, generation=2))
    consumer._committed_offset["p"] = 91
    with pytest.raises(FatalError, match="messages 91 to 94 were skipped"):
        take(gaps, event(95, generation=3))


def test_what_retention_deleted_is_told_apart_and_names_the_way_out() -> None:
    with pytest.raises(FatalError, match=r"messages 5 to 39 were deleted.*retention.*STORYWATCH_ACCEPT_DELETED=true"):
        take(ledger(Consumer(committed=5, earliest=40)), event(40))


def test_what_retention_deleted_is_passed_by_hand_and_nothing_else_is() -> None:
    gaps = ledger(Consumer(committed=5, earliest=40), accept_deleted=True)
    take(gaps, event(40), event(41))
    with pytest.raises(FatalError, match="messages 42 to 42 were skipped"):
        take(gaps, event(43))
    with pytest.raises(FatalError, match="were skipped"):
        take(ledger(Consumer(committed=5, earliest=0), accept_deleted=True), event(40))


def test_a_compacted_topic_has_holes_of_its_own() -> None:
    ledger_ = ledger(Consumer(committed=5), ("articles",))
    take(ledger_, event(9), event(12))
    ledger_.done(event(9))
    assert ledger_.to_commit({"p": 5}) == {"p": 12}


# --- what may be committed ----------------------------------------------------------------------------------------


def done(of: Ledger, *offsets: int, generation: int = 1) -> None:
    for offset in offsets:
        of.done(event(offset, generation))


def test_what_is_done_to_the_last_is_committed() -> None:
    of = ledger(Consumer(committed=5))
    take(of, event(5), event(6), event(7), event(8))
    assert of.to_commit({"p": 5}) == {}
    done(of, 6, 8)
    assert of.to_commit({"p": 5}) == {}, "5 is in hand"
    done(of, 5)
    assert of.to_commit({"p": 5}) == {"p": 7}
    assert of.to_commit({"p": 7}) == {}, "that is committed"
    done(of, 7)
    assert of.to_commit({"p": 7}) == {"p": 9}


@pytest.mark.parametrize("behind", [1, 2, 50])
def test_a_message_that_was_given_up_holds_the_commit(behind: int) -> None:
    of = ledger(Consumer(committed=9))
    take(of, *(event(9 + n) for n in range(behind + 1)))
    done(of, *(10 + n for n in range(behind)))
    assert of.to_commit({"p": 9}) == {}


def test_without_a_commit_it_begins_at_the_earliest() -> None:
    of = ledger(Consumer(earliest=0))
    take(of, event(0), event(1))
    assert of.to_commit({}) == {}
    done(of, 0)
    assert of.to_commit({}) == {"p": 1}


def test_an_earlier_generation_counts_for_nothing() -> None:
    of = ledger(Consumer(committed=9))
    take(of, event(9), event(10))
    done(of, 9)
    of._app.consumer_generation_id = 2
    assert of.to_commit({"p": 9}) == {}, "the new owner may have begun at 9 again"
    take(of, event(9, generation=2), event(10, generation=2))
    done(of, 9, 10)
    assert of.to_commit({"p": 9}) == {}
    done(of, 9, generation=2)
    assert of.to_commit({"p": 9}) == {"p": 10}


def test_a_message_that_comes_again_needs_to_be_done_once() -> None:
    of = ledger(Consumer(committed=5))
    take(of, event(5), event(6), event(5), event(6), event(7))
    done(of, 5, 6, 7)
    assert of.to_commit({"p": 5}) == {"p": 8}
