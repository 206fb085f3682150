"""The background work of `decide`: asks for what tracks hold to be looked at once it may be sent.

It works from the rows and from the tracks as they are now, so a restarted worker goes on where the former one was. What
it sends says nothing about the outcome: the stage decides by the time of the log. A message that comes twice, or too
early because this machine's clock is ahead, releases nothing.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from streams.agents.support.services import Services
from streams.alerts.decide import AlertLedger
from streams.alerts.receivers import shareable
from streams.alerts.rules.calendar import Hold, is_due
from streams.contract import topics
from streams.contract.errors import Unavailable
from streams.contract.messages import Candidate, Track
from streams.contract.stage import BackgroundContext
from streams.runtime import metrics

log = structlog.get_logger("storywatch.decide")

LOOK_SECONDS = 1.0  # between two looks at what is due
AGAIN = timedelta(seconds=15)  # until the same track is asked for again: the log may be behind, or its clock
REMOVED = "the track was removed"
EXPIRED = "the track has expired"


async def release_held_alerts(services: Services, live: BackgroundContext) -> None:
    """Run as long as the worker."""
    asked: dict[str, datetime] = {}
    while True:
        now = services.clock()
        ledgers: list[AlertLedger] = list(live.states.values())
        metrics.ALERTS_HELD.set(sum(ledger.held.count() for ledger in ledgers))
        holding = {track: holds for ledger in ledgers for track, holds in ledger.held.tracks()}
        asked = {track: at for track, at in asked.items() if track in holding and timedelta(0) <= now - at < AGAIN}
        for candidate in await due_requests(services, holding, now):
            if candidate.track.id not in asked:
                asked[candidate.track.id] = now
                await _send(live, candidate)
        await asyncio.sleep(LOOK_SECONDS)


async def due_requests(
    services: Services, holding: Mapping[str, Mapping[str, datetime]], now: datetime
) -> list[Candidate]:
    """Return a message for each track with alerts that may be sent, or that sends nothing any more."""
    if any(track not in services.tracks.values for track in holding):
        try:
            await services.tracks.caught_up()  # only then a track that is not known was certainly removed
        except Unavailable as error:
            log.warning("tracks cannot be read", error=str(error))
            return []
    return [made for id_, holds in holding.items() if (made := _request(services, id_, holds, now)) is not None]


def _request(services: Services, id_: str, holds: Mapping[str, datetime], now: datetime) -> Candidate | None:
    track = services.tracks.values.get(id_)
    if track is None:
        return Candidate(track=Track(id=id_, name=id_, created_at=now), why=REMOVED, ended=REMOVED)
    if track.expires_at is not None and track.expires_at <= now:
        return Candidate(track=shareable(track), why=EXPIRED)
    if any(is_due(track, Hold(until, why), now) for why, until in holds.items()):
        return Candidate(track=shareable(track), why="alerts that were held may be due")
    return None


async def _send(live: BackgroundContext, candidate: Candidate) -> None:
    try:
        await live.send(topics.CANDIDATES, candidate, ())
    except Exception as error:  # any error of the broker or its client: it is tried again soon
        log.warning("held alerts wait", track=candidate.track.id, error=repr(error))
