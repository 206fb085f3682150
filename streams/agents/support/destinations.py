"""Where an alert goes now: the webhook of its track, or the receiver with a name that the track still names.

A notice goes to the receiver with its name.
"""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from streams.agents.support.services import Services
from streams.alerts.deliver.limits import Limit
from streams.alerts.receivers import named_receiver_id, receiver_id
from streams.contract.errors import Unavailable
from streams.contract.messages import Alert, Deliverable, NamedReceiver, SourceNotice, Webhook
from streams.runtime.backoff import exponential_backoff

log = structlog.get_logger("storywatch.deliver")


class Destination(NamedTuple):
    """``its_own``: the alert was made for this receiver, not for a webhook that the track had before."""

    hook: Webhook
    its_own: bool
    resume: str  # the command that switches it on again


async def destination(alert: Deliverable, services: Services) -> Destination | str:
    """Return where the alert goes, or the reason why nowhere, which is certain once all messages have been read.

    They are also read before a further attempt, which may have been requested because the receiver was changed.
    """
    pause = exponential_backoff()
    while not sends_to(alert.track, alert.receiver_name, services) or alert.delivery.attempts:
        try:
            await services.tracks.caught_up()
            await services.receivers.caught_up()
            break
        except Unavailable as error:
            log.warning("tracks cannot be read", **log_ids(alert), error=str(error))
            await asyncio.sleep(next(pause))
    return _destination(alert, services)


def _destination(alert: Deliverable, services: Services) -> Destination | str:
    track, name = services.tracks.values.get(alert.track), alert.receiver_name
    if isinstance(alert, SourceNotice):
        known = services.receivers.values.get(name)
        return f"there is no receiver {name}" if known is None else _named(known)
    if track is None:
        return "the track was removed"
    if name:
        receiver = services.receivers.values.get(name)
        if name not in track.receivers:
            return f"the track does not send to the receiver {name} any more"
        if receiver is None:
            return f"the receiver {name} was removed"
        return _named(receiver)
    if track.webhook is None:
        return "the track has no webhook any more"
    its_own = receiver_id(track.webhook) == alert.receiver
    return Destination(track.webhook, its_own, f"storywatch track resume {track.id}")


def _named(receiver: NamedReceiver) -> Destination:
    return Destination(receiver.hook, True, f"storywatch receiver resume {receiver.name}")


def log_ids(alert: Deliverable) -> dict[str, str]:
    """Return the fields of log lines that say what is delivered."""
    match alert:
        case Alert():
            return {"alert": alert.id, "article": alert.article.id}
        case SourceNotice():
            return {"notice": alert.id, "source": alert.source}
    return {"alert": alert.id}


def sends_to(track_id: str, name: str, services: Services) -> bool:
    """Return whether the track sends to the receiver with this name, for "" to a webhook of its own.

    Without a track, as a notice has none: whether the receiver is there.
    """
    if not track_id:
        return name in services.receivers.values
    track = services.tracks.values.get(track_id)
    if track is None:
        return False
    return name in track.receivers and name in services.receivers.values if name else track.webhook is not None


class ReceiverLimits:
    """The limits of all receivers. With a limit of rate, attempts begin at even intervals."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._named: dict[str, NamedReceiver] = {}  # by id
        self._next_at: dict[str, datetime] = {}

    def refresh(self) -> None:
        """Read the receivers as they are now."""
        self._named = {named_receiver_id(name): one for name, one in self._services.receivers.values.items()}

    def __call__(self, receiver: str) -> Limit:
        one = self._named.get(receiver)
        if one is None:
            return Limit()
        opens_at = self._next_at.get(receiver, one.created_at) if one.per_minute is not None else None
        return Limit(one.concurrency, opens_at, one.paused_at is not None, one.hook.resumed_at)

    def note_start(self, receiver: str, now: datetime) -> None:
        """Note that an attempt begins."""
        one = self._named.get(receiver)
        if one is not None and one.per_minute is not None:
            self._next_at[receiver] = now + timedelta(minutes=1) / one.per_minute
