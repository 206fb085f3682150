"""The background work of `deliver`: sends the alerts that are due and reports each outcome to the log.

It works from the rows, so a restarted worker continues where the former one stopped. A crash between a POST and its
outcome may repeat the POST, with the same webhook-id, by which the receiver recognises it.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from streams.agents.support.services import Services
from streams.alerts.deliver import Queues, ReceiverOff, RunningAttempts, after_attempt, closed
from streams.alerts.receivers import receiver_id, resumed, switched_off
from streams.contract import topics
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Alert, Track
from streams.contract.stage import BackgroundContext
from streams.contract.trace import Trace
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff
from streams.runtime.metrics import report_unexpected

log = structlog.get_logger("storywatch.deliver")

MOST_AT_ONCE = 256  # concurrent attempts; a slow receiver occupies one socket and delays no other receiver
METRICS_EVERY = timedelta(seconds=1)  # these metrics read every waiting alert, which is too much for each turn
OFF_METRIC_EVERY = timedelta(seconds=15)  # this one reads every track while a receiver is off; Prometheus' interval
FROZEN_SHARE = 0.5  # of a session; after a pause this long other workers may own the partitions
HEARTBEATS_SHARE = 0.3  # of a session, three heartbeats, within which the broker reports a rebalance
IDLE_SECONDS = 5.0  # the longest wait when nothing is known to be due


async def send_due_alerts(services: Services, live: BackgroundContext) -> None:
    """Run as long as the worker, with at most one attempt at a time for each receiver."""
    running: set[asyncio.Task[None]] = set()
    attempts, metrics_at = RunningAttempts(), services.clock()
    off_metric_at = metrics_at
    session = services.settings.session_seconds

    def start(queues: Queues, alert: Alert, off: ReceiverOff | None) -> None:
        attempts.begin(alert)
        running.add(asyncio.create_task(_attempt(alert, off, queues.trace(alert), attempts, services, live)))

    try:
        while True:
            now = services.clock()
            for task in [task for task in running if task.done()]:
                running.discard(task)
                task.result()  # an unexpected error ends the process, as everywhere
            for queues in live.states.values():
                abandoned = queues.abandoned(lambda track: _has_webhook(track, services), attempts)
                for alert in abandoned[: MOST_AT_ONCE - len(running)]:
                    start(queues, alert, None)
                for alert in queues.due(now, attempts)[: MOST_AT_ONCE - len(running)]:
                    start(queues, alert, queues.off(alert.receiver))
            if now >= metrics_at:
                _update_queue_metrics(list(live.states.values()), now)
                metrics_at = now + METRICS_EVERY
            if now >= off_metric_at:
                since = {id_: at for queues in live.states.values() for id_, at in queues.all_off().items()}
                off = (
                    {receiver for _, receiver in switched_off(services.tracks.values.values(), since)} if since else ()
                )
                metrics.RECEIVERS_OFF.set(len(off))
                off_metric_at = now + OFF_METRIC_EVERY
            upcoming = [due for queues in live.states.values() if (due := queues.next_due(attempts)) is not None]
            pause = min([IDLE_SECONDS, *((due - now).total_seconds() for due in upcoming)])
            # without a lower bound, having no free slot is a busy loop; the end of an attempt wakes this task anyway
            slept = time.monotonic()
            await live.wait_for_change(max(pause, 0.05))
            if time.monotonic() - slept > max(pause, 0.05) + session * FROZEN_SHARE:
                log.warning("this process stood still: asking the broker what is still its own before it sends")
                await asyncio.sleep(session * HEARTBEATS_SHARE)
            attempts.forget(lambda id_, n: not any(one.awaits(id_, n) for one in live.states.values()))
    finally:
        for task in running:
            task.cancel()


def _update_queue_metrics(all_queues: Sequence[Queues], now: datetime) -> None:
    metrics.DELIVERIES_WAITING.set(sum(queues.waiting() for queues in all_queues))
    oldest = min((made for queues in all_queues if (made := queues.oldest())), default=now)
    metrics.DELIVERIES_OLDEST.set((now - oldest).total_seconds())
    metrics.RECEIVERS_FAILING.set(sum(len(queues.failing()) for queues in all_queues))


async def _attempt(
    alert: Alert,
    off: ReceiverOff | None,
    trace: Trace,
    attempts: RunningAttempts,
    services: Services,
    live: BackgroundContext,
) -> None:
    reported: Alert | None = None
    try:
        outcome = await _try(alert, off, services)
        await _report(outcome, trace, live)
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


async def _report(outcome: Alert, trace: Trace, live: BackgroundContext) -> None:
    """Send the outcome to the log, however long that takes: repeating the POST would be worse."""
    pause = exponential_backoff()
    while True:
        try:
            return await live.send(topics.ALERTS, outcome, trace)
        except Rejected:
            raise  # no retry can store it
        except Exception as error:  # any error of the broker or its client
            log.warning(
                "an attempt's outcome was not stored yet",
                alert=outcome.id,
                article=outcome.article.id,
                error=repr(error),
            )
            await asyncio.sleep(next(pause))


async def _try(alert: Alert, off: ReceiverOff | None, services: Services) -> Alert:
    """`_post`, with an unexpected error as a failed attempt, so that the other receivers are not affected."""
    try:
        return await _post(alert, off, services)
    except Exception as error:  # whatever this receiver caused
        return after_attempt(alert, services.clock(), delivered=False, error=report_unexpected("webhook", error))


async def _post(alert: Alert, off: ReceiverOff | None, services: Services) -> Alert:
    """Return the alert after one attempt, or closed without one. The webhook is the current one of the track."""
    pause = exponential_backoff()
    while True:
        track = await _track(alert, services)
        if track is None:
            return closed(alert, "the track was removed")
        if track.webhook is None:
            return closed(alert, "the track has no webhook any more")
        its_own = receiver_id(track.webhook) == alert.receiver  # False if the track has another webhook by now
        if off is not None and its_own and not resumed(track.webhook, off.since):
            return closed(alert, f"not sent: {_off_reason(off, track)}")
        attempt = await services.post.send(alert, track.webhook)
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


def _off_reason(off: ReceiverOff, track: Track) -> str:
    since = off.since.strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"the receiver is switched off since it answered 410 at {since}; `storywatch track resume {track.id}` ends that"
    )


def _has_webhook(id_: str, services: Services) -> bool:
    track = services.tracks.values.get(id_)
    return track is not None and track.webhook is not None


async def _track(alert: Alert, services: Services) -> Track | None:
    """Return the alert's track, or None if it was removed, which is certain once all track messages have been read.

    They are also read before a further attempt, which may have been requested because the webhook was changed.
    """
    pause = exponential_backoff()
    while not _has_webhook(alert.track, services) or alert.delivery.attempts:
        try:
            await services.tracks.caught_up()
            return services.tracks.values.get(alert.track)
        except Unavailable as error:
            log.warning("tracks cannot be read", alert=alert.id, article=alert.article.id, error=str(error))
            await asyncio.sleep(next(pause))
    return services.tracks.values.get(alert.track)
