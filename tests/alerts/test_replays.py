"""Whatever is replayed after a crash at any point, `decide` sends the same alerts: none is lost, none is made twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.alerts.decide import AlertLedger
from streams.alerts.ledger.rows import LedgerRow
from streams.contract.messages import Alert, Candidate, Digest, Edit, EditKind, Fires, Growth, Quiet, StoryUpdate, Track
from streams.runtime.state.table import pack
from tests.fiction import NOON, coverage, track, update
from tests.fuzz.amount import inputs

HOUR = timedelta(hours=1)
FIRES = Fires(
    new_source=True,
    at_sources=(2, 3),
    first_countries=("*",),
    growth=Growth(sources=2, within=6 * HOUR),
    silence=12 * HOUR,
    edits=tuple(EditKind),
    merges=True,
)
PLAIN = track("t1", created_at=NOON - HOUR)
CALM = track(
    "t2",
    created_at=NOON - HOUR,
    fires=FIRES,
    quiet=(Quiet(start="22:00", end="07:00"),),
    most_per_hour=2,
    time_zone="Europe/Berlin",
)
DAILY = track("t3", created_at=NOON - HOUR, digest=Digest(at=("08:00", "17:00")))
TRACKS = (PLAIN, CALM, DAILY)


class Event(NamedTuple):
    """A message of the log."""

    candidate: Candidate
    at: datetime


def _update(kind: str, story: str, by: str, number: int, at: datetime) -> StoryUpdate:
    made = update(story, by=by, names=("Tarn Post", by), filed_at=at)
    made = replace(made, received_at=at, article=replace(made.article, excerpt="The wall gave way."))
    if kind == "new":
        return made
    quiet = replace(made, coverage=coverage(by, new=False, new_publisher=False))
    if kind == "report":
        return quiet
    if kind == "edit":
        return replace(quiet, kind="revised", edit=Edit(number=number, added=("The wall stands.",)))
    if kind == "withdrawn":
        return replace(quiet, kind="revised", edit=Edit(number=number, added=("This report was retracted.",)))
    return replace(quiet, kind="revised", left=made.article, left_to="other", moved_to="other" if number % 2 else None)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    at = NOON
    events = []
    for _ in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from([timedelta(minutes=3), HOUR, 9 * HOUR, timedelta(0), -2 * HOUR]))
        of: Track = draw(st.sampled_from(TRACKS))
        kind = draw(
            st.sampled_from(["new", "new", "new", "report", "edit", "withdrawn", "left", "tick", "tick", "end"])
        )
        if kind == "tick":
            of = draw(st.sampled_from([of, replace(of, quiet=(), digest=None), replace(of, paused=True)]))
            events.append(Event(Candidate(track=of, why="tick"), at))
        elif kind == "end":
            events.append(Event(Candidate(track=of, why="tick", ended="the track was removed"), at))
        else:
            by = draw(st.sampled_from(["Dunmoor Echo", "Northfell Times", "Varrick Voice"]))
            about = _update(kind, draw(st.sampled_from(["s1", "s2"])), by, draw(st.integers(1, 3)), at)
            events.append(Event(Candidate(track=of, update=about, why="follows"), at))
    return events


def restored(rows: Mapping[str, LedgerRow]) -> AlertLedger:
    ledger = AlertLedger()
    for key, row in rows.items():
        ledger.restore(key, row)
    ledger.build_indexes()
    return ledger


def told(alerts: Sequence[Alert]) -> list[str]:
    """Return what a receiver is told, and what is recorded, as one text for each alert."""
    return [
        repr((one.id, one.condition, one.fired, one.reason, one.corrects, one.late_by, one.sources, one.made_at))
        + repr((one.delivery.status, one.delivery.next_at, one.delivery.held_for, [each.id for each in one.summary]))
        for one in alerts
    ]


class Crash(NamedTuple):
    """At the message at ``offset``, of which ``rows`` rows are stored; the log goes on ``back`` messages before."""

    offset: int
    rows: int
    back: int


crashes = st.lists(st.builds(Crash, st.integers(0, 24), st.integers(0, 8), st.integers(0, 10)), max_size=4)


@inputs(150)
@given(logs(), crashes)
def test_crashes_and_replays_change_no_alert(log: list[Event], planned: list[Crash]) -> None:
    smooth = AlertLedger()
    wanted = [told(smooth.decide(one.candidate, offset, one.at).alerts) for offset, one in enumerate(log)]

    ledger, stored, sent = AlertLedger(), dict[str, LedgerRow](), set[str]()
    waiting, offset = list(planned), 0
    while offset < len(log):
        decision = ledger.decide(log[offset].candidate, offset, log[offset].at)
        sent.update(told(decision.alerts))
        crash = next((one for one in waiting if one.offset == offset), None)
        for key, row in list(decision.rows.items())[: None if crash is None else crash.rows]:
            if row is None:
                stored.pop(key, None)
            else:
                stored[key] = row
        if crash is None:
            offset += 1
        else:
            waiting.remove(crash)
            ledger, offset = restored(stored), max(0, offset - crash.back)
    assert sent - {one for alerts in wanted for one in alerts} == set()
    assert {one for alerts in wanted for one in alerts} - sent == set()
    assert {track: ledger.held.of(track) for track, _ in ledger.held.tracks()} == {
        track: smooth.held.of(track) for track, _ in smooth.held.tracks()
    }


@pytest.mark.parametrize("stored", range(5))
def test_a_held_alert_reports_all_its_facts_after_a_crash(stored: int) -> None:
    """The rows of a decision are stored one by one, so a crash can come between those of two facts."""
    night = NOON.replace(hour=21)
    first = Candidate(track=CALM, update=_update("new", "s1", "Dunmoor Echo", 1, night), why="follows")
    again = Candidate(track=CALM, update=_update("new", "s1", "Dunmoor Echo", 1, night + HOUR), why="follows")
    rows = AlertLedger().decide(first, 2, night).rows
    kept = {key: row for key, row in list(rows.items())[:stored] if row is not None}
    ledger = restored(kept)
    [held] = ledger.decide(first, 2, night).alerts
    assert held.fired == ("new source", "sources >= 2")
    assert ledger.decide(again, 3, night + HOUR).alerts == ()


def test_a_long_replay_breaks_no_silence() -> None:
    """More reports come again than a track remembers."""
    steady = replace(PLAIN, fires=Fires(silence=6 * HOUR))
    log = [
        Candidate(
            track=steady, update=_update("report", "s1", "Dunmoor Echo", 1, NOON + number * 5 * HOUR), why="follows"
        )
        for number in range(12)
    ]
    ledger, stored = AlertLedger(), dict[str, LedgerRow]()
    for offset, one in enumerate(log):
        assert one.update is not None
        decision = ledger.decide(one, offset, one.update.filed_at)
        assert decision.alerts == ()
        stored |= {key: row for key, row in decision.rows.items() if row is not None}
    ledger = restored(stored)
    for offset, one in enumerate(log[1:], 1):
        assert one.update is not None
        assert ledger.decide(one, offset, one.update.filed_at).alerts == ()


@inputs()
@given(logs())
def test_every_held_alert_ends_as_one_that_is_told(log: list[Event]) -> None:
    """Each fact's alert is sent, summed up or cancelled in the end, once."""
    ledger, sent = AlertLedger(), list[Alert]()
    for offset, one in enumerate(log):
        sent += ledger.decide(one.candidate, offset, one.at).alerts
    for number, of in enumerate(TRACKS):
        far = max(one.at for one in log) + timedelta(days=3) + 12 * HOUR - HOUR * number
        noon = far.replace(hour=10, minute=0)
        sent += ledger.decide(Candidate(track=replace(of, digest=None), why="tick"), 100 + number, noon).alerts
    assert ledger.held.count() == 0
    final: dict[str, list[str]] = {}
    for alert in sent:
        if alert.delivery.status != "held":
            final.setdefault(alert.id, []).append(alert.delivery.status)
    assert all(len(states) == 1 for states in final.values()), final
    assert {alert.id for alert in sent} == final.keys()
    summed = [one.id for alert in sent if alert.condition == "summary" for one in alert.summary]
    assert sorted(summed) == sorted(id_ for id_, states in final.items() if states == ["summed"])


def test_a_row_of_an_older_version_is_a_fact() -> None:
    old = {"e6b7c680d6eb47de0ffddedfaee1c08d": decode_row(b"[4,null]")}
    assert len(pack(old["e6b7c680d6eb47de0ffddedfaee1c08d"])) < 200


def decode_row(raw: bytes) -> LedgerRow:
    import msgspec

    return msgspec.json.decode(raw, type=LedgerRow)
