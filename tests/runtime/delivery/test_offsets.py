"""The ledger of offsets: nothing is skipped, and nothing is committed past a record that is not done."""

import asyncio
from typing import Any

import pytest
from faust.types import TP

from streams.contract.errors import FatalError
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.state.partition_states import Partitions
from tests.runtime.doubles import Group, record

PART = TP("articles", 2)


def at(offset: int, generation: int = 1) -> Any:
    return record(offset, PART, generation)


class Book:
    """A ledger of one partition, and the group whose commits are set by hand."""

    def __init__(self, committed: int = 0, earliest: int = 0, compacted: tuple[str, ...] = (), **options: bool) -> None:
        self.group = Group({PART: committed}, {PART: earliest})
        self.partitions = Partitions()
        self.ledger = OffsetLedger(self.group, self.partitions, compacted, **options)

    def read(self, *offsets: int, generation: int = 1) -> "Book":
        async def run() -> None:
            for offset in offsets:
                await self.ledger.mark_in_flight(at(offset, generation))

        asyncio.run(run())
        return self

    def done(self, *offsets: int, generation: int = 1) -> None:
        for offset in offsets:
            self.ledger.mark_done(at(offset, generation))

    def to_commit(self) -> int | None:
        return self.ledger.to_commit().get(PART)

    @property
    def next(self) -> int:
        return self.partitions[PART].next


# --- gaps -----------------------------------------------------------------------------------------------------------


def test_reads_on_from_the_committed_offset() -> None:
    assert Book(committed=5).read(5, 6, 7).next == 8


@pytest.mark.parametrize(("earliest", "offsets"), [(0, [0, 1]), (40, [40, 41])])
def test_begins_at_the_earliest_without_a_commit(earliest: int, offsets: list[int]) -> None:
    assert Book(earliest=earliest).read(*offsets).next == offsets[-1] + 1


@pytest.mark.parametrize(("committed", "earliest", "first"), [(5, 0, 6), (5, 0, 100), (0, 0, 1), (0, 40, 41)])
def test_stops_when_the_first_record_is_too_late(committed: int, earliest: int, first: int) -> None:
    begin = committed or earliest
    with pytest.raises(FatalError, match=f"articles partition 2: messages {begin} to {first - 1} were skipped"):
        Book(committed, earliest).read(first)


@pytest.mark.parametrize("missing", [1, 7])
def test_stops_at_a_gap_in_the_middle(missing: int) -> None:
    with pytest.raises(FatalError, match=f"messages 7 to {6 + missing} were skipped"):
        Book(committed=5).read(5, 6, 7 + missing)


def test_a_record_that_comes_again_is_no_gap() -> None:
    assert Book(committed=5).read(3, 4, 5).next == 6


def test_sees_a_gap_behind_records_that_come_again() -> None:
    with pytest.raises(FatalError, match="messages 4 to 6 were skipped"):
        Book(committed=5).read(3, 7)


def test_a_new_generation_begins_at_the_commit() -> None:
    """After a rebalance a partition may have been read further by another owner, or be read again."""
    book = Book(committed=5).read(5, 6)
    book.group.offsets[PART] = 90
    book.read(90, 91, generation=2)
    book.group.offsets[PART] = 91
    with pytest.raises(FatalError, match="messages 91 to 94 were skipped"):
        book.read(95, generation=3)


def test_names_what_retention_deleted_and_the_way_out() -> None:
    with pytest.raises(FatalError, match=r"messages 5 to 39 were deleted.*retention.*STORYWATCH_ACCEPT_DELETED=true"):
        Book(committed=5, earliest=40).read(40)


def test_passes_only_what_retention_deleted_if_told_to() -> None:
    book = Book(committed=5, earliest=40, accept_deleted=True).read(40, 41)
    with pytest.raises(FatalError, match="messages 42 to 42 were skipped"):
        book.read(43)
    with pytest.raises(FatalError, match="were skipped"):
        Book(committed=5, accept_deleted=True).read(40)


def test_a_compacted_topic_has_gaps_by_design() -> None:
    book = Book(committed=5, compacted=("articles",)).read(9, 12)
    book.done(9)
    assert book.to_commit() == 12


# --- commits --------------------------------------------------------------------------------------------------------


def test_commits_up_to_the_first_record_in_flight() -> None:
    book = Book(committed=5).read(5, 6, 7, 8)
    assert book.to_commit() is None
    book.done(6, 8)
    assert book.to_commit() is None, "5 is in flight"
    book.done(5)
    assert book.to_commit() == 7
    book.group.offsets[PART] = 7
    assert book.to_commit() is None
    book.done(7)
    assert book.to_commit() == 9


@pytest.mark.parametrize("behind", [1, 2, 50])
def test_a_record_that_was_given_up_holds_the_commit(behind: int) -> None:
    book = Book(committed=9).read(*range(9, 10 + behind))
    book.done(*range(10, 10 + behind))
    assert book.to_commit() is None


def test_commits_from_the_earliest_without_a_commit() -> None:
    book = Book().read(0, 1)
    assert book.to_commit() is None
    book.done(0)
    assert book.to_commit() == 1


def test_an_earlier_generation_counts_for_nothing() -> None:
    book = Book(committed=9).read(9, 10)
    book.done(9)
    book.group.generation = 2
    assert book.to_commit() is None, "the new owner may have begun at 9 again"
    book.read(9, 10, generation=2)
    book.done(9, 10)
    assert book.to_commit() is None
    book.done(9, generation=2)
    assert book.to_commit() == 10


def test_a_record_that_comes_again_is_done_once() -> None:
    book = Book(committed=5).read(5, 6, 5, 6, 7)
    book.done(5, 6, 7)
    assert book.to_commit() == 8
