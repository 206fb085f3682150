"""Each protection of delivery, with it and without it: the same fault on a real Kafka, and what is lost.

A protection without which nothing is lost any more (when Faust mends something itself) fails its test here, and can go.
"""

from collections import defaultdict

import pytest
from kafka import KafkaProducer

from connectors.kafka import admin
from streams.contract import topics
from streams.contract.messages import RawArticle
from streams.contract.stage import Stage
from streams.contract.topics import Topic
from streams.runtime.state.table import EPOCH, EPOCH_MARK, pack
from tests.pipeline import toy
from tests.support.lab import Lab, MakeLab, articles, named, numbers, right_numbers

with_and_without = pytest.mark.parametrize("protected", [True, False], ids=["with", "without"])


class Run:
    """A toy stage that is fed, sabotaged, restarted as a supervisor would, and asked what is missing."""

    def __init__(self, make: MakeLab, monkeypatch: pytest.MonkeyPatch, stage: Stage, *sabotage: str, **options: object):
        monkeypatch.setenv("SABOTAGE", ",".join(sabotage))
        self.lab: Lab = make(stage, **options)

    def feed(self, *messages: RawArticle) -> "Run":
        self.lab.feed(messages)
        return self

    def until_settled(self) -> list[int]:
        """Start, and start again when it ends, until the broker holds all for done; the exit codes."""
        codes: list[int] = []
        self.lab.start()

        def settled() -> bool:
            assert self.lab.process is not None
            code = self.lab.process.poll()
            if code is not None:
                codes.append(code)
                self.lab.start()
            return code is None and self.lab.lag() == 0

        self.lab.until(settled)
        return codes

    def missing(self) -> set[str]:
        return set(self.lab.places()) - {track.id for track in self.lab.out()}


def without(protected: bool, *names: str) -> list[str]:
    return [] if protected else list(names)


@with_and_without
def test_acknowledged_after_success(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    run = Run(lab, monkeypatch, toy.number, *without(protected, "ack_after_success"))
    run.feed(*articles(10), named("crash-once"), *articles(10, begin=10)).until_settled()
    assert bool(run.missing()) is not protected


@with_and_without
def test_only_contiguous_offsets_are_committed(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    run = Run(lab, monkeypatch, toy.each, "out_of_turn", *without(protected, "what_is_before_is_done", "gap_check"))
    run.feed(*articles(10), named("slow-crash-once"), *articles(10, begin=10)).until_settled()
    assert bool(run.missing()) is not protected


@with_and_without
def test_sends_confirmed_by_the_broker(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    small = {topics.TRACKS: {"max.message.bytes": "5000"}}
    run = Run(lab, monkeypatch, toy.number, *without(protected, "confirmed_sends"), config=small)
    run.feed(*articles(5), named("refused"), *articles(5, begin=5))
    run.lab.start()
    if protected:
        assert run.lab.ended() != 0
    else:
        run.lab.until_done()
        run.lab.stop()
    (run.lab.folder / "mended").touch()
    run.until_settled()
    assert bool(run.missing()) is not protected


@with_and_without
def test_rows_confirmed_by_the_broker(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    run = Run(
        lab,
        monkeypatch,
        toy.number,
        *without(protected, "confirmed_rows"),
        rows={"max.message.bytes": "60"},
        accept_deleted=not protected,  # else the next start finds that nothing is there
    )
    run.feed(*articles(10))
    run.lab.start()
    if protected:
        assert run.lab.ended() != 0
        assert set(run.lab.committed().values()) == {0}
    else:
        run.lab.until_done()
        run.lab.stop()
        run.feed(*articles(10, begin=10))
        run.until_settled()
        assert numbers(run.lab) != right_numbers(run.lab), "the rows are lost, and nobody was told"


@with_and_without
def test_the_gap_check(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    run = Run(lab, monkeypatch, toy.number, "a_message_is_skipped", *without(protected, "gap_check"))
    codes = run.feed(*articles(10), named("skipped"), *articles(10, begin=10)).until_settled()
    assert bool(codes) is protected
    assert bool(run.missing()) is not protected


@with_and_without
def test_the_flow_stands_still_before_the_seek(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    """Faust issue 596. Without the repair the gap check finds the hole, and the process starts over."""
    run = Run(lab, monkeypatch, toy.number, "the_seek_is_slow", *without(protected, "flow_stopped_before_seek"))
    run.feed(*articles(10)).until_settled()
    (run.lab.folder / "hold").touch()
    admin.evict_members(run.lab.settings, run.lab.group)
    run.lab.until((run.lab.folder / "held").exists)
    run.feed(*articles(300, begin=10))
    (run.lab.folder / "fed").touch()
    run.lab.until((run.lab.folder / "over").exists)
    run.feed(*articles(20, begin=310))  # of each partition something, by which the gap check sees what it lacks
    if protected:
        run.lab.until_done()
        assert numbers(run.lab) == right_numbers(run.lab)
    else:
        assert run.lab.ended() != 0
        assert "were skipped" in run.lab.log.read_text()


@with_and_without
def test_partitions_without_a_commit_are_rewound(
    lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool
) -> None:
    run = Run(lab, monkeypatch, toy.number, "the_first_fetch_is_dropped", *without(protected, "uncommitted_rewound"))
    run.feed(*articles(30))
    run.lab.start()
    if protected:
        run.lab.until_done()
        assert numbers(run.lab) == right_numbers(run.lab)
    else:
        assert run.lab.ended() != 0
        assert "were skipped" in run.lab.log.read_text()


@with_and_without
def test_missing_rows_are_not_dropped(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    """A fetch that is under way when the group is rebalanced takes rows that Faust does not wait for yet."""
    run = Run(
        lab,
        monkeypatch,
        toy.number,
        "recovery_begins_slowly",
        *without(protected, "tables_read_by_us"),
    )
    run.feed(*articles(10)).until_settled()
    admin.evict_members(run.lab.settings, run.lab.group)
    if protected:
        run.feed(*articles(10, begin=10))
        run.lab.until_done()
        assert numbers(run.lab) == right_numbers(run.lab)
        return

    def waits_for_ever() -> bool:
        return "No event received for active tp" in run.lab.log.read_text()

    for begin in range(10, 60, 10):  # a fetch that was not under way loses nothing: then what was fed is done
        run.feed(*articles(10, begin=begin))
        run.lab.until(lambda: waits_for_ever() or run.lab.lag() == 0)
        if waits_for_ever():
            return
        admin.evict_members(run.lab.settings, run.lab.group)
    pytest.fail("no rebalance lost a row")


@with_and_without
def test_a_process_that_stands_still_ends(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool) -> None:
    run = Run(lab, monkeypatch, toy.each, *without(protected, "standstill_exit"), standstill_seconds=2)
    run.feed(*articles(5), named("hang-once"), *articles(5, begin=5))
    if protected:
        assert run.until_settled() == [75]
        assert not run.missing()
    else:
        run.lab.start()
        run.lab.until(lambda: run.lab.health()[0] == 503 and "stands still" in run.lab.health()[1][0])
        assert run.lab.process is not None
        assert run.lab.process.poll() is None
        assert run.lab.lag() > 0


# --- what is said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [False, True], ids=["right", "late"])
def test_a_clock_that_differs_is_reported(lab: MakeLab, monkeypatch: pytest.MonkeyPatch, late: bool) -> None:
    run = Run(lab, monkeypatch, toy.number, *(["the_clock_is_late"] if late else []))
    run.feed(*articles(1)).until_settled()
    assert ("clock and the broker's differ" in run.lab.log.read_text()) is late


def test_an_empty_changelog_is_reported(lab: MakeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(lab, monkeypatch, toy.number)
    run.feed(*articles(10)).until_settled()
    run.lab.stop()
    name = topics.changelog(run.lab.group, "number")
    with admin.admin(run.lab.settings) as client:
        client.delete_topics([name])
    run.lab.until(lambda: name not in admin.existing(run.lab.settings).partitions)
    admin.create(run.lab.settings, {name: {"cleanup.policy": "compact"}})
    run.feed(*articles(10, begin=10))
    run.lab.start()
    assert run.lab.ended() != 0
    assert f"changelog {name} has nothing in partition" in run.lab.log.read_text()
    assert sum(run.lab.committed().values()) == 10
    run.lab.settings = run.lab.settings.model_copy(update={"accept_deleted": True})
    run.until_settled()
    assert not run.missing()


# --- terms --------------------------------------------------------------------------------------------------------


def late_row(one: Lab, partition: int, key: str, number: int, term: int) -> None:
    """A row written by an owner of a term that is over."""
    producer = KafkaProducer(bootstrap_servers=one.settings.kafka)
    try:
        sent = producer.send(
            topics.changelog(one.group, "number"),
            partition=partition,
            key=key.encode(),
            value=pack(toy.Numbered(number)),
            headers=[(EPOCH, str(term).encode())],
        )
        sent.get(timeout=10)
    finally:
        producer.close()


def changelog(one: Lab) -> dict[int, dict[str, bytes | None]]:
    """The last row of each key, as compaction keeps it."""
    name = topics.changelog(one.group, "number").removeprefix(one.settings.topic_prefix)
    kept: dict[int, dict[str, bytes | None]] = defaultdict(dict)
    for record in one.records(Topic(name, "row", None, None)):
        kept[record.partition][(record.key or b"").decode()] = record.value
    return kept


@with_and_without
def test_a_frozen_owner_that_wakes_up_overwrites_no_row(
    lab: MakeLab, monkeypatch: pytest.MonkeyPatch, protected: bool
) -> None:
    run = Run(lab, monkeypatch, toy.number, *without(protected, "terms"))
    run.feed(*articles(10)).until_settled()
    run.lab.stop()
    run.feed(*articles(10, begin=10)).until_settled()  # another owner, of the next term
    run.lab.stop()
    first = {partition: id_ for id_, (partition, offset) in run.lab.places().items() if offset == 0}
    for partition, id_ in first.items():
        late_row(run.lab, partition, id_, number=900, term=1)
    run.feed(*articles(10, begin=20)).until_settled()
    assert (numbers(run.lab) == right_numbers(run.lab)) is protected
    if protected:
        rows = changelog(run.lab)
        for partition, id_ in first.items():
            assert rows[partition][id_] == pack(toy.Numbered(1)), (
                "the right row stands last again, for compaction to keep"
            )
            assert EPOCH_MARK in rows[partition]
