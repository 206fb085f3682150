"""What to do next about the subscription of a source. Pure: a function of the source, the subscription and the time."""

import secrets
from datetime import datetime, timedelta
from enum import Enum

from msgspec.structs import replace

from streams.contract.messages import Subscription, SubscriptionState, WatchedSource

LEASE = timedelta(days=10)  # that is asked for; the hub decides
LEAST_LEASE, MOST_LEASE = timedelta(minutes=5), timedelta(days=30)  # that is believed
RENEW_BEFORE = timedelta(days=1)  # or half a lease, whichever is less
LOOK_AGAIN = timedelta(days=1)  # for a hub, where there is none or where it refused
FIRST_RETRY, LAST_RETRY = timedelta(minutes=2), timedelta(hours=12)  # to a hub that does not confirm
MOST_ENDINGS = 3  # requests to end a subscription; the lease ends it anyway


class Step(Enum):
    LOOK = "look for a hub"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DROP = "forget it"


def next_step(source: WatchedSource | None, known: Subscription | None, now: datetime) -> Step | None:
    """``source`` is None for one that was removed; None as an answer: nothing now."""
    wanted = source is not None and not source.paused and source.kind == "feed"
    if known is None:
        return Step.LOOK if wanted else None
    if not wanted or (source is not None and source.url != known.url):
        return _end(known, now)
    if known.state in (SubscriptionState.NO_HUB, SubscriptionState.DENIED, SubscriptionState.ENDING):
        return Step.LOOK if now - known.at >= LOOK_AGAIN else None
    if now - known.at < _pause(known):
        return None
    return Step.SUBSCRIBE if known.lease_until is None or now >= _renewal(known) else None


def _end(known: Subscription, now: datetime) -> Step | None:
    if known.state in (SubscriptionState.NO_HUB, SubscriptionState.DENIED):
        return Step.DROP
    if known.state is SubscriptionState.ENDING:
        if known.failures >= MOST_ENDINGS:
            return Step.DROP
        return Step.UNSUBSCRIBE if now - known.at >= _pause(known) else None
    return Step.UNSUBSCRIBE


def _pause(known: Subscription) -> timedelta:
    """How long the hub has to confirm before it is asked again."""
    return min(LAST_RETRY, FIRST_RETRY * (1 << min(known.failures, 20)))


def _renewal(known: Subscription) -> datetime:
    """When to ask for a new lease. ``at`` is when the present one was asked for."""
    if known.lease_until is None:
        return known.at
    return known.lease_until - min(RENEW_BEFORE, (known.lease_until - known.at) / 2)


def new_subscription(source: WatchedSource, now: datetime) -> Subscription:
    """A first one, before a hub was looked for."""
    return Subscription(
        source=source.id,
        url=source.url,
        token=secrets.token_urlsafe(32),
        secret=secrets.token_urlsafe(48),
        state=SubscriptionState.NO_HUB,
        at=now,
    )


def confirmed(known: Subscription, lease_seconds: float, now: datetime) -> Subscription:
    """After the hub has confirmed a subscription."""
    lease = min(MOST_LEASE, max(LEAST_LEASE, timedelta(seconds=min(lease_seconds, MOST_LEASE.total_seconds()))))
    return replace(
        known, state=SubscriptionState.ACTIVE, lease_until=now + lease, failures=0, reason="", version=known.version + 1
    )


def denied(known: Subscription, reason: str, now: datetime) -> Subscription:
    """After the hub has refused, or ended, a subscription."""
    return replace(
        known,
        state=SubscriptionState.DENIED,
        reason=f"the hub refuses: {reason}",
        lease_until=None,
        at=now,
        version=known.version + 1,
    )
