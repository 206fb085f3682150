"""Receivers -> their views, with how each is: sending, paused or switched off."""

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.elastic.read.queries import Search
from connectors.views.base import View
from streams.alerts.receivers import named_receiver_id, origin, resumed
from streams.contract import plugins
from streams.contract.messages import NamedReceiver

SENDING = "sending"


class ReceiverView(View, frozen=True, kw_only=True):
    """A receiver without what grants access. ``address``: the origin of its URL; ``state``: a sentence for people.

    ``key_missing``: its URL and secret are encrypted with a key that this process does not have.
    """

    name: str
    channel: str
    address: str
    created: datetime
    labels: tuple[str, ...]
    concurrency: int
    per_minute: int | None
    heartbeat_minutes: int | None
    allow_private: bool
    template: bool
    key_missing: bool
    two_secrets_until: datetime | None
    paused: datetime | None
    state: str


def view(receiver: NamedReceiver, state: str | None) -> ReceiverView:
    """``state``: one of `states`; None for a receiver that is sent to."""
    hook = receiver.hook
    return ReceiverView(
        name=receiver.name,
        channel=hook.channel or plugins.WEBHOOK,
        address=origin(hook.url),
        created=receiver.created_at,
        labels=receiver.labels,
        concurrency=receiver.concurrency,
        per_minute=receiver.per_minute,
        heartbeat_minutes=receiver.heartbeat_minutes,
        allow_private=hook.allow_private,
        template=bool(hook.template),
        key_missing=bool(hook.sealed),
        two_secrets_until=hook.former_until,
        paused=receiver.paused_at,
        state=state or SENDING,
    )


def set_by_hand(receivers: Sequence[NamedReceiver]) -> dict[str, str]:
    """Name -> state of the receivers that are paused by hand."""
    return {one.name: f"paused by hand since {_moment(one.paused_at)}" for one in receivers if one.paused_at}


def states(search: Search, receivers: Sequence[NamedReceiver]) -> dict[str, str]:
    """Name -> state of the receivers that do not simply get their alerts. Raises `Unavailable`."""
    found = set_by_hand(receivers)
    ids = {named_receiver_id(one.name): one for one in receivers}
    if not ids:
        return found
    for id_, since in search.receivers_paused(ids).items():
        if not resumed(ids[id_].hook, since):
            found.setdefault(ids[id_].name, f"paused since {_moment(since)}: it keeps failing, and is probed")
    for id_, since in search.receivers_off(ids).items():
        if not resumed(ids[id_].hook, since):
            found[ids[id_].name] = f"off since {_moment(since)}: it wants no more alerts"
    return found


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
