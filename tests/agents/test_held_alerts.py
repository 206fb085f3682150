"""Which tracks the background work of `decide` asks to be looked at, and that the stage then sends what they held."""

import asyncio
from datetime import datetime

from msgspec.structs import replace

from streams.agents.decide import decide
from streams.agents.support.held_alerts import due_requests
from streams.agents.support.services import Services
from streams.alerts.decide import AlertLedger
from streams.contract.messages import Alert, Candidate, Track
from streams.contract.stage import RecordContext
from streams.runtime.settings import Settings
from tests.agents.doubles import FixedTracks
from tests.fiction import NOON, after, candidate, track

SNOOZED = track(snoozed_until=after(hours=8))


def at(offset: int, time: datetime) -> RecordContext:
    return RecordContext(0, offset, time)


def requests(ledger: AlertLedger, known: FixedTracks, now: datetime) -> list[Candidate]:
    tools = Services(Settings(), tracks=known, clock=lambda: now)
    return asyncio.run(due_requests(tools, dict(ledger.held.tracks()), now))


def holding(of: Track = SNOOZED) -> AlertLedger:
    ledger = AlertLedger()
    assert decide.handle(candidate(of), ledger, at(1, NOON)).outcome == "held"
    return ledger


def test_a_track_is_asked_for_once_its_alerts_are_due() -> None:
    ledger, known = holding(), FixedTracks(SNOOZED)
    assert requests(ledger, known, after(hours=7)) == []
    [request] = requests(ledger, known, after(hours=8))
    assert (request.track.id, request.update, request.ended) == ("t1", None, "")
    assert request.track.webhook is not None
    assert request.track.webhook.secret == ""
    effects = decide.handle(request, ledger, at(2, after(hours=8)))
    [sent] = [message for _, message in effects.messages]
    assert isinstance(sent, Alert)
    assert sent.delivery.status == "pending"
    assert requests(ledger, known, after(hours=9)) == []


def test_the_track_as_it_is_now_counts() -> None:
    ledger = holding()
    assert len(requests(ledger, FixedTracks(replace(SNOOZED, snoozed_until=None)), after(hours=1))) == 1
    later = replace(SNOOZED, snoozed_until=after(hours=20))
    assert requests(ledger, FixedTracks(later), after(hours=8)) == []


def test_a_look_that_comes_too_early_releases_nothing() -> None:
    ledger = holding()
    [request] = requests(ledger, FixedTracks(SNOOZED), after(hours=8))  # this machine's clock is ahead
    assert decide.handle(request, ledger, at(2, after(hours=7))).messages == ()
    assert ledger.held.count() == 1


def test_a_removed_or_expired_track_is_asked_for_at_once() -> None:
    ledger, known = holding(), FixedTracks()
    [request] = requests(ledger, known, after(hours=1))
    assert (request.ended, known.waited) == ("the track was removed", 1)
    effects = decide.handle(request, ledger, at(2, after(hours=1)))
    assert [message.delivery.status for _, message in effects.messages] == ["cancelled"]
    expired = replace(SNOOZED, expires_at=after(hours=2))
    assert len(requests(holding(), FixedTracks(expired), after(hours=2))) == 1
