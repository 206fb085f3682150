"""audit: who changed what people configure, or sent something by hand, and when."""

from typing import Literal

from streams.contract.messages.base import Message, Moment, Value

Subject = Literal["track", "receiver", "source", "key", "delivery", "story"]
Action = Literal["added", "changed", "removed", "tested"]


class ChangedField(Value, frozen=True, kw_only=True):
    """One field of a changed object, as people read it; "" for no value. Never a secret."""

    name: str
    before: str = ""
    after: str = ""


class Change(Message, frozen=True, kw_only=True):
    """One change of a track, receiver, source, key, delivery or story, or a test of a receiver.

    ``by``: a user and machine, or the name of an API key.
    """

    id: str
    at: Moment
    by: str
    action: Action
    kind: Subject
    subject: str  # id of the object
    name: str = ""
    fields: tuple[ChangedField, ...] = ()
