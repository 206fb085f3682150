"""Resolutions of dead letters, and erased articles."""

from typing import Literal

from streams.contract.messages.base import Message, Moment


class Resolution(Message, frozen=True, kw_only=True):
    """The resolution of a dead letter. ``attempt``: 0 for the first rejection, one more for each replay."""

    letter: str
    state: Literal["sent", "passed", "dropped"]
    attempt: int
    at: Moment
    by: str = ""  # a person and machine, or the stage that it passed
    reason: str = ""


class Forgotten(Message, frozen=True, kw_only=True):
    """An erased article, without any of its text. ``blocked``: it may not come in again."""

    id: str  # of the article: a hash of its address, or of its text without one
    at: Moment
    by: str
    reason: str
    blocked: bool = True
