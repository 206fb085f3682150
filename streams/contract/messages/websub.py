"""Subscriptions at WebSub hubs, which say that a watched feed has news."""

from enum import StrEnum

from streams.contract.messages.base import Message, Moment


class SubscriptionState(StrEnum):
    """Where a subscription stands."""

    NO_HUB = "no hub"  # the feed names none; it is looked for again
    ASKED = "asked"  # the hub has to confirm
    ACTIVE = "active"
    DENIED = "denied"  # by the hub
    ENDING = "ending"  # the hub was asked to end it


class Subscription(Message, frozen=True, kw_only=True):
    """The subscription of a source. ``token``: the last part of the callback's path, which only the hub knows.

    ``topic``: the address that the feed gives itself. ``version``: one more for each change, so that an older state
    that is read back late changes nothing.
    """

    source: str
    url: str  # of the source
    token: str
    secret: str  # with which the hub signs
    state: SubscriptionState
    at: Moment  # when the hub was last asked, or a hub last looked for
    hub: str | None = None
    topic: str | None = None
    lease_until: Moment | None = None
    failures: int = 0  # requests in a row
    reason: str = ""  # of the last failure
    version: int = 0
