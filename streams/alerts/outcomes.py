"""The states of a delivery, of an alert or a notice: after an attempt, given up, or asked for again."""

from datetime import datetime
from typing import Literal, TypeVar

from msgspec.structs import replace

from streams.alerts.receivers import origin
from streams.alerts.schedule import next_attempt
from streams.contract.messages import Answer, Deliverable, Delivery

MOST_ANSWERS = 20  # of one alert: the schedule makes eleven attempts, and more can be requested by hand
MOST_ERROR_CHARACTERS = 500  # of an answer's error, since a receiver may answer anything
MOST_EXCERPT_CHARACTERS = 200

_ORDER = {"held": 0, "pending": 1, "retrying": 1, "delivered": 3}  # of states with as many attempts
_ENDED = 2

D = TypeVar("D", bound=Deliverable)


def closed(alert: D, why: str, status: Literal["failed", "cancelled"] = "failed") -> D:
    """Return the alert as ended without a further attempt, by default as failed."""
    state = replace(alert.delivery, status=status, error=why, next_at=None)
    return replace(alert, url=_origin(alert), delivery=state)


def hurried(alert: D, now: datetime) -> D | None:
    """Return the alert with its next attempt due at ``now``; None if it waits for no later one."""
    if alert.delivery.status != "retrying" or alert.delivery.next_at is None or alert.delivery.next_at <= now:
        return None
    return replace(alert, delivery=replace(alert.delivery, next_at=now))


def requested(alert: D, now: datetime) -> D | None:
    """Return the alert due at ``now`` with all its attempts before it, however its delivery ended; None without
    a receiver, or if it is due anyway."""
    if alert.delivery.status in ("pending", "retrying"):
        return hurried(alert, now)
    if alert.delivery.status in ("recorded", "held"):
        return None
    attempts = alert.delivery.attempts + 1  # the state with more attempts is the newer one
    before = alert.delivery
    state = Delivery(
        status="retrying",
        attempts=attempts,
        base=attempts,
        next_at=now,
        held_for=before.held_for,
        answers=before.answers,
    )
    return replace(alert, url=_origin(alert), delivery=state)


def _origin(alert: Deliverable) -> str | None:
    return None if alert.url is None else origin(alert.url)  # older messages hold the whole URL


def after_attempt(
    alert: D,
    at: datetime,
    *,
    delivered: bool,
    give_up: bool = False,
    off: bool = False,
    code: int | None = None,
    error: str | None = None,
    retry_after_seconds: float | None = None,
    ms: int | None = None,
    excerpt: str | None = None,
    pauses: bool = False,
) -> D:
    """Return the alert in its state after one more attempt.

    ``off``: the answer switched the receiver off. ``pauses``: a failure pauses the receiver.
    """
    attempts = max(alert.delivery.attempts, 0) + 1
    error = _short(error)
    before = [replace(one, error=_short(one.error)) for one in alert.delivery.answers]
    excerpt = excerpt and _short(excerpt[:MOST_EXCERPT_CHARACTERS])
    answers = (*before, Answer(at=at, code=code, error=error, ms=ms, excerpt=excerpt or None))[-MOST_ANSWERS:]
    base = alert.delivery.base
    if delivered:
        state = Delivery(
            status="delivered",
            attempts=attempts,
            at=at,
            code=code,
            held_for=alert.delivery.held_for,
            answers=answers,
            base=base,
        )
    else:
        pause = None if give_up else next_attempt(attempts - base, retry_after_seconds, alert.id)
        state = Delivery(
            status="failed" if pause is None else "retrying",
            attempts=attempts,
            at=at,
            code=code,
            error=error,
            next_at=None if pause is None else at + pause,
            off=off,
            held_for=alert.delivery.held_for,  # the message says it, which is the same in each attempt
            paused_at=at if pauses else alert.delivery.paused_at,
            base=base,
            answers=answers,
        )
    return replace(alert, url=_origin(alert), delivery=state)


def _short(error: str | None) -> str | None:
    """Cut an error to `MOST_ERROR_CHARACTERS` and make it valid UTF-8."""
    return error and error[:MOST_ERROR_CHARACTERS].encode(errors="replace").decode()


def is_final(delivery: Delivery) -> bool:
    """Return whether no further attempt follows."""
    return delivery.status not in ("pending", "retrying")


def rank(alert: Deliverable) -> int:
    """Order the states of one alert: by attempts; with equal ones it is held, open, ended, delivered.

    A message may come again after a crash, so the last one in the log is not always the latest state.
    """
    return 4 * alert.delivery.attempts + _ORDER.get(alert.delivery.status, _ENDED)


def is_current(alert: Deliverable, known: Deliverable | None) -> bool:
    """Return whether this state of an alert is not older than ``known``, another state of it."""
    return known is None or rank(alert) >= rank(known)
