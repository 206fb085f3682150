"""The background work of `deliver`: sends the alerts and notices that are due and reports each outcome to the log.

It works from the rows, so a restarted worker continues where the former one stopped. A crash between a POST and its
outcome may repeat the POST, with the same webhook-id, by which the receiver recognises it.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from streams.agents.support.destinations import Destination, ReceiverLimits, destination, log_ids, sends_to
from streams.agents.support.heartbeats import Heartbeats
from streams.agents.support.services import DeliveryAttempt, Services
from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.queues import Queues
from streams.alerts.deliver.rows import ReceiverOff
from streams.alerts.outcomes import after_attempt, closed
from streams.alerts.receivers import resumed, switched_off
from streams.contract import topics
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, Deliverable, SourceNotice, Webhook
from streams.contract.stage import BackgroundContext
from streams.contract.trace import Trace
from streams.runtime import metrics
from streams.runtime.backoff import exponential_backoff
from streams.runtime.metrics import report_unexpected
from streams.sources.notices import to_note

log = structlog.get_logger("storywatch.deliver")

MOST_AT_ONCE = 256  # concurrent attempts; a slow receiver occupies one socket and delays no other receiver
METRICS_EVERY = timedelta(seconds=1)  # these metrics read every waiting alert, which is too much for each turn
OFF_METRIC_EVERY = timedelta(seconds=15)  # this one reads every track while a receiver is off; Prometheus' interval
FROZEN_SHARE = 0.5  # of a session; after a pause this long other workers may own the partitions
HEARTBEATS_SHARE = 0.3  # of a session, three heartbeats, within which the broker reports a rebalance
IDLE_SECONDS = 5.0  # the longest wait when nothing is known to be due
LONGEST_WITHOUT_ROOM_SECONDS = 0.5
LEAST_PAUSE_SECONDS = 0.05


class Dispatcher:
    """The attempts of this process: those that run, and what may start."""

    def __init__(self, services: Services, live: BackgroundContext) -> None:
        self.services = services
        self.live = live
        self.attempts = RunningAttempts()
        self.limits = ReceiverLimits(services)
        self._running: set[asyncio.Task[None]] = set()
        self._heartbeats = Heartbeats(services)
        self._looked = time.monotonic()  # when the loop last knew which partitions are its own
        self._each_second_at = self._rarely_at = services.clock()

    async def run(self) -> None:
        """Run as long as the worker."""
        try:
            while True:
                now = self.services.clock()
                self._collect_ended()
                self.limits.refresh()
                for queues in self.live.states.values():
                    self._start_due(queues, now)
                self._do_rarer_work(now)
                await self._wait(self._pause(now))
        finally:
            for task in self._running:
                task.cancel()
            self._heartbeats.stop()

    def _collect_ended(self) -> None:
        for task in [task for task in self._running if task.done()]:
            self._running.discard(task)
            task.result()  # an unexpected error ends the process, as everywhere

    def _start_due(self, queues: Queues, now: datetime) -> None:
        if self._room():  # else it would look at each receiver for nothing
            self._start_some(queues, queues.due(now, self.attempts, self.limits))

    def _start_some(self, queues: Queues, alerts: Sequence[Deliverable]) -> None:
        """Start as many of the alerts as there is room for."""
        for alert in alerts[: self._room()]:
            self._start(queues, alert)

    def _do_rarer_work(self, now: datetime) -> None:
        """Do what would be too much for each turn."""
        every = list(self.live.states.values())
        if now >= self._each_second_at:
            _update_queue_metrics(every, now)
            self._heartbeats.send_due(self.live.states, now)
            for queues in every:
                self._start_some(queues, queues.abandoned(self._sends_to, self.attempts))
            self._each_second_at = now + METRICS_EVERY
        if now >= self._rarely_at:
            _update_receiver_metrics(every, self.services)
            for queues in every:
                for alert in [one for one in queues.overdue(now) if not self.attempts.is_busy(one.receiver)]:
                    self._start(queues, alert)
            self._rarely_at = now + OFF_METRIC_EVERY

    def _sends_to(self, track: str, name: str) -> bool:
        return sends_to(track, name, self.services)

    def _pause(self, now: datetime) -> float:
        """Return the seconds until something is due, as far as is known now.

        Without room nothing is: each outcome that is read makes some, and wakes the loop.
        """
        if not self._room():
            return LONGEST_WITHOUT_ROOM_SECONDS
        upcoming = [queues.next_due(self.attempts, self.limits) for queues in self.live.states.values()]
        seconds: list[float] = [(due - now).total_seconds() for due in upcoming if due is not None]
        return max(LEAST_PAUSE_SECONDS, min([IDLE_SECONDS, *seconds]))

    async def _wait(self, pause: float) -> None:
        """Wait until a state may have changed, or for ``pause`` seconds."""
        session, slept = self.services.settings.session_seconds, time.monotonic()
        await self.live.wait_for_change(pause)
        if time.monotonic() - slept > pause + session * FROZEN_SHARE:
            log.warning("this process stood still: asking the broker what is still its own before it sends")
            await asyncio.sleep(session * HEARTBEATS_SHARE)
        self._looked = time.monotonic()
        if self.live.all_caught_up:  # else an alert whose outcome is unread may be in none of the states
            states = self.live.states.values()
            self.attempts.forget(lambda id_, place: not any(one.awaits(id_, place) for one in states))

    def _start(self, queues: Queues, alert: Deliverable) -> None:
        self._begin(alert)
        self._running.add(asyncio.create_task(self._work(queues, alert)))

    def _begin(self, alert: Deliverable) -> None:
        self.attempts.begin(alert)
        self.limits.note_start(alert.receiver, self.services.clock())

    def _room(self) -> int:
        """Return how many more attempts may start.

        No more outcomes than that wait in the log either, since a new alert comes behind them.
        """
        return max(0, MOST_AT_ONCE - max(len(self._running), self.attempts.unread()))

    async def _work(self, queues: Queues, alert: Deliverable | None) -> None:
        """Attempt an alert, then those of the same receiver that are due, without waiting for the loop's next turn."""
        session = self.services.settings.session_seconds
        while alert is not None:
            await self._attempt(alert, queues)
            owned = any(one is queues for one in self.live.states.values())
            fresh = time.monotonic() - self._looked < session * FROZEN_SHARE
            receiver, alert = alert.receiver, None
            if owned and fresh and self._room() > 0:
                alert = queues.due_for(receiver, self.services.clock(), self.attempts, self.limits)
            if alert is not None:
                self._begin(alert)

    async def _attempt(self, alert: Deliverable, queues: Queues) -> None:
        reported: Deliverable | None = None
        try:
            trace = queues.trace(alert)
            outcome = await _try(alert, queues, self.services)
            await _report(outcome, trace, self.live)
            reported = outcome
            _observe(alert, outcome)
        finally:
            self.attempts.end(alert, reported)


async def send_due_alerts(services: Services, live: BackgroundContext) -> None:
    """Run as long as the worker, with as many attempts at a time for each receiver as it takes."""
    await Dispatcher(services, live).run()


def _update_queue_metrics(all_queues: Sequence[Queues], now: datetime) -> None:
    metrics.DELIVERIES_WAITING.set(sum(queues.waiting() for queues in all_queues))
    oldest = min((made for queues in all_queues if (made := queues.oldest())), default=now)
    metrics.DELIVERIES_OLDEST.set((now - oldest).total_seconds())
    metrics.RECEIVERS_FAILING.set(sum(len(queues.failing()) for queues in all_queues))


def _update_receiver_metrics(all_queues: Sequence[Queues], services: Services) -> None:
    since = {id_: at for queues in all_queues for id_, at in queues.receivers.all_off().items()}
    known = services.tracks.values.values() if since else ()
    off = {receiver for _, receiver in switched_off(known, since, services.receivers.values)}
    metrics.RECEIVERS_OFF.set(len(off))
    metrics.RECEIVERS_PAUSED.set(sum(len(queues.receivers.all_paused()) for queues in all_queues))


def _observe(alert: Deliverable, outcome: Deliverable) -> None:
    """Count an outcome and log it."""
    if outcome.delivery.attempts > alert.delivery.attempts:
        metrics.DELIVERIES.labels(outcome.delivery.status).inc()
    if isinstance(outcome, Alert) and outcome.delivery.status == "delivered" and outcome.delivery.at is not None:
        seconds = (outcome.delivery.at - outcome.received_at).total_seconds()
        metrics.END_TO_END_SECONDS.labels("delivered").observe(seconds)
    where = {"receiver": alert.receiver_name or alert.receiver, "url": outcome.url, "track": alert.track}
    if outcome.delivery.off:
        log.warning("a receiver is switched off: it wants no more alerts", **where, error=outcome.delivery.error)
    if outcome.delivery.paused_at is not None and outcome.delivery.paused_at == outcome.delivery.at:
        log.warning("a receiver is paused: it keeps failing; it is probed from now on", **where)
    log.info(
        "attempt",
        **log_ids(alert),
        status=outcome.delivery.status,
        error=outcome.delivery.error,
    )


async def _report(outcome: Deliverable, trace: Trace, live: BackgroundContext) -> None:
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
                **log_ids(outcome),
                error=repr(error),
            )
            await asyncio.sleep(next(pause))


async def _try(alert: Deliverable, queues: Queues, services: Services) -> Deliverable:
    """`_post`, with an unexpected error as a failed attempt, so that the other receivers are not affected."""
    try:
        return await _post(alert, queues, services)
    except Exception as error:  # whatever this receiver caused
        return after_attempt(alert, services.clock(), delivered=False, error=report_unexpected("webhook", error))


async def _post(alert: Deliverable, queues: Queues, services: Services) -> Deliverable:
    """Return the alert after one attempt, or closed without one. The receiver is that of the track as it is now."""
    pause = exponential_backoff()
    off = queues.receivers.off(alert.receiver)
    if paused_since := queues.gives_up(alert, services.clock()):
        return closed(alert, f"the receiver has been failing since {_moment(paused_since)}")
    while True:
        to = await destination(alert, services)
        if isinstance(to, str):
            return closed(alert, to)
        if off is not None and to.its_own and not resumed(to.hook, off.since):
            return closed(alert, f"not sent: {_off_reason(off, to)}")
        attempt = await _send(alert, to.hook, services)
        if attempt.outcome != "wait":
            break
        log.warning("an alert waits", **log_ids(alert), track=alert.track, reason=attempt.error)
        await asyncio.sleep(next(pause))
    failed = attempt.outcome == "retry"
    return after_attempt(
        alert,
        attempt.at,
        delivered=attempt.outcome == "delivered",
        give_up=attempt.outcome in ("gone", "refused"),
        off=attempt.outcome == "gone" and to.its_own,
        code=attempt.code,
        error=attempt.error,
        retry_after_seconds=attempt.retry_after_seconds,
        ms=attempt.ms,
        excerpt=attempt.excerpt,
        pauses=failed and queues.receivers.would_pause(alert.receiver, attempt.at),
    )


async def _send(alert: Deliverable, hook: Webhook, services: Services) -> DeliveryAttempt:
    match alert:
        case Alert():
            return await services.post.send(alert, hook)
        case SourceNotice():
            return await services.post.send_note(to_note(alert), alert.id, hook)
    raise TypeError(f"{type(alert).__name__} is nothing that is delivered")


def _off_reason(off: ReceiverOff, to: Destination) -> str:
    return (
        f"the receiver is switched off: it said at {_moment(off.since)} that it wants no more; `{to.resume}` ends that"
    )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
