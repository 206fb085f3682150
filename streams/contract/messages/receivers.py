"""Receivers with a name, which tracks share."""

from typing import Annotated

from msgspec import Meta

from streams.contract.messages.base import Message, Moment
from streams.contract.messages.tracks import Webhook


class NamedReceiver(Message, frozen=True, kw_only=True):
    """Where alerts of the tracks that name it go: a channel and an address, with its limits.

    ``hook`` has the channel, the address and the secret as a track's webhook has them, encrypted if a key is set.
    """

    name: str
    created_at: Moment
    hook: Webhook
    concurrency: Annotated[int, Meta(ge=1, le=100)] = 1  # attempts at the same time
    per_minute: Annotated[int, Meta(ge=1, le=60_000)] | None = None  # attempts; None: no limit
    heartbeat_minutes: Annotated[int, Meta(ge=1, le=44_640)] | None = None  # without an alert; None: no heartbeat
    labels: tuple[str, ...] = ()
    paused_at: Moment | None = None  # by hand; its alerts wait
