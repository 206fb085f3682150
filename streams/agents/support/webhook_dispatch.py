"""The queues of the receivers in, POSTs out, and each outcome back into the log: what `deliver` does between messages.

Sending runs from the rows, so a worker that died goes on where it was. Between a POST and its outcome a crash may
repeat the POST: with the same webhook-id, so that the receiver can tell.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from streams.agents.support.services import Services
from streams.alerts.deliver import Attempts, Off, Queues, after_attempt, closed
from streams.alerts.receivers import receiver_id, resumed, switched_off
from streams.contract import topics
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Alert, Track
from streams.contract.stage import BackgroundContext
from streams.contract.trace import Trace
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff
from streams.runtime.unexpected import unexpected

log = structlog.get_logger("storywatch.deliver")

MOST_AT_ONCE = 256  # receivers that are asked at the same time: slow ones hold a socket each, and hold up nobody else
TELL_EVERY = timedelta(seconds=1)  # metrics look at every waiting alert: not at each turn
TELL_OFF_EVERY = timedelta(seconds=15)  # looks at every track while a receiver is off; Prometheus asks as often
FROZEN_SHARE = 0.5  # of a session: after such a silence the partitions may be somebody else's
HEARTBEATS_SHARE = 0.3  # of a session, three heartbeats: by then the broker has said so
IDLE_SECONDS = 5.0  # the clock is looked at this often even when nothing is known to be due


async def send_what_is_due(tools: Services, live: BackgroundContext) -> None:
    """Runs as long as the worker. One attempt a receiver at a time; a slow receiver holds up nobody else."""
    running: set[asyncio.Task[None]] = set()
    attempts, tell_at = Attempts(), tools.clock()
    tell_off_at = tell_at
    session = tools.settings.session_seconds
    try:
        while True:
            now = tools.clock()
            for task in [task for task in running if task.done()]:
                running.discard(task)
                task.result()  # what nobody expected ends the process, as anywhere else
            for queues in live.states.values():
                for alert in queues.abandoned(lambda track: _delivers(track, tools), attempts)[
                    : MOST_AT_ONCE - len(running)
                ]:
                    attempts.begin(alert)
                    running.add(asyncio.create_task(_attempt(alert, None, queues.way(alert), attempts, tools, live)))
                for alert in queues.due(now, attempts)[: MOST_AT_ONCE - len(running)]:
                    attempts.begin(alert)
                    off = queues.off(alert.receiver)
                    running.add(asyncio.create_task(_attempt(alert, off, queues.way(alert), attempts, tools, live)))
            if now >= tell_at:
                _tell_of_queues(list(live.states.values()), now)
                tell_at = now + TELL_EVERY
            if now >= tell_off_at:
                since = {id_: at for queues in live.states.values() for id_, at in queues.all_off().items()}
                off = {receiver for _, receiver in switched_off(tools.tracks.values.values(), since)} if since else ()
                metrics.RECEIVERS_OFF.set(len(off))
                tell_off_at = now + TELL_OFF_EVERY
            upcoming = [due for queues in live.states.values() if (due := queues.next_due(attempts)) is not None]
            pause = min([IDLE_SECONDS, *((due - now).total_seconds() for due in upcoming)])
            # running out of slots must not turn into a busy loop: an ending attempt wakes us anyway
            slept = time.monotonic()
            await live.wait_for_change(max(pause, 0.05))
            if time.monotonic() - slept > max(pause, 0.05) + session * FROZEN_SHARE:
                log.warning("this process stood still: asking the broker what is still its own before it sends")
                await asyncio.sleep(session * HEARTBEATS_SHARE)
            attempts.forget(lambda id_, n: not any(one.awaits(id_, n) for one in live.states.values()))
    finally:
        for task in running:
            task.cancel()


def _tell_of_queues(all_queues: Sequence[Queues], now: datetime) -> None:
    metrics.DELIVERIES_WAITING.set(sum(queues.waiting() for queues in all_queues))
    oldest = min((made for queues in all_queues if (made := queues.oldest())), default=now)
    metrics.DELIVERIES_OLDEST.set((now - oldest).total_seconds())
    metrics.RECEIVERS_FAILING.set(sum(len(queues.failing()) for queues in all_queues))


async def _attempt(
    alert: Alert, off: Off | None, way: Trace, attempts: Attempts, tools: Services, live: BackgroundContext
) -> None:
    reported: Alert | None = None
    try:
        outcome = await _try(alert, off, tools)
        await _report(outcome, way, live)
        reported = outcome
        if outcome.delivery.attempts > alert.delivery.attempts:
            metrics.DELIVERIES.labels(outcome.delivery.status).inc()
        if outcome.delivery.status == "delivered" and outcome.delivery.at is not None:
            seconds = (outcome.delivery.at - alert.received_at).total_seconds()
            metrics.END_TO_END_SECONDS.labels("delivered").observe(seconds)
        if outcome.delivery.off:
            log.warning(
                "a receiver is switched off: it answered 410",
                receiver=alert.receiver,
                url=outcome.url,
                track=alert.track,
            )
        log.info(
            "attempt",
            alert=alert.id,
            article=alert.article.id,
            status=outcome.delivery.status,
            error=outcome.delivery.error,
        )
    finally:
        attempts.end(alert, reported)


async def _report(outcome: Alert, way: Trace, live: BackgroundContext) -> None:
    """Send the outcome to the log, however long that takes: asking the receiver again would be worse."""
    pause = exponential_backoff()
    while True:
        try:
            return await live.send(topics.ALERTS, outcome, way)
        except Rejected:
            raise  # it can never be stored, however often it is tried
        except Exception as error:  # whatever the broker or its client says
            log.warning(
                "an attempt's outcome was not stored yet",
                alert=outcome.id,
                article=outcome.article.id,
                error=repr(error),
            )
            await asyncio.sleep(next(pause))


async def _try(alert: Alert, off: Off | None, tools: Services) -> Alert:
    """`_post`; what nobody expected of a receiver is a failed attempt, and the others go on."""
    try:
        return await _post(alert, off, tools)
    except Exception as error:  # whatever it was that this receiver did
        return after_attempt(alert, tools.clock(), delivered=False, error=unexpected("webhook", error))


async def _post(alert: Alert, off: Off | None, tools: Services) -> Alert:
    """The alert in the state after one attempt, or closed without one. The webhook is the track's as it is now."""
    pause = exponential_backoff()
    while True:
        track = await _track(alert, tools)
        if track is None:
            return closed(alert, "the track was removed")
        if track.webhook is None:
            return closed(alert, "the track has no webhook any more")
        its_own = receiver_id(track.webhook) == alert.receiver  # else the track was given another webhook meanwhile
        if off is not None and its_own and not resumed(track.webhook, off.since):
            return closed(alert, f"not sent: {_is_off(off, track)}")
        attempt = await tools.post.send(alert, track.webhook)
        if attempt.outcome != "wait":
            break
        log.warning("an alert waits", alert=alert.id, track=track.id, reason=attempt.error)
        await asyncio.sleep(next(pause))
    return after_attempt(
        alert,
        attempt.at,
        delivered=attempt.outcome == "delivered",
        give_up=attempt.outcome in ("gone", "refused"),
        off=attempt.outcome == "gone" and its_own,
        code=attempt.code,
        error=attempt.error,
        retry_after_seconds=attempt.retry_after_seconds,
    )


def _is_off(off: Off, track: Track) -> str:
    since = off.since.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"the receiver is switched off since it answered 410 at {since}; `storywatch track resume {track.id}` ends that"
    )


def _delivers(id_: str, tools: Services) -> bool:
    track = tools.tracks.values.get(id_)
    return track is not None and track.webhook is not None


async def _track(alert: Alert, tools: Services) -> Track | None:
    """The alert's track; None when it was removed for certain: all that was written about tracks has been read.

    So it has before another attempt as well, which may have been asked for because the webhook was changed.
    """
    pause = exponential_backoff()
    while not _delivers(alert.track, tools) or alert.delivery.attempts:
        try:
            await tools.tracks.caught_up()
            return tools.tracks.values.get(alert.track)
        except Unavailable as error:
            log.warning("tracks cannot be read", alert=alert.id, article=alert.article.id, error=str(error))
            await asyncio.sleep(next(pause))
    return tools.tracks.values.get(alert.track)
