"""The rows of `deliver`: the alerts and notices in their latest state, and the receivers that take none.

A message is an alert, or a notice about a source; here both are called alerts.
"""

from datetime import datetime

from msgspec import Struct

from streams.contract.messages import Alert, Deliverable, SourceNotice
from streams.contract.trace import Trace

OFF, PAUSED = "receiver:", "paused:"  # prefixes of a receiver's id; no alert's id has a colon


class OpenAlert(Struct, frozen=True, array_like=True, tag="open"):
    """Row: an alert that is not delivered yet, in its latest state."""

    alert: Alert
    trace: Trace = ()  # of its article up to this stage; outcomes continue it


class OpenNotice(Struct, frozen=True, array_like=True, tag="notice"):
    """Row: a notice that is not delivered yet, in its latest state."""

    alert: SourceNotice


class ClosedAlert(Struct, frozen=True, array_like=True, tag="closed"):
    """Row: how the delivery of an alert ended, so that the same alert is not delivered again."""

    status: str
    attempts: int
    at: datetime  # log time


class ReceiverOff(Struct, frozen=True, array_like=True, tag="off"):
    """Row: a receiver that answered 410, by ``receiver:`` and its id, until it accepts an attempt again."""

    since: datetime


class ReceiverPaused(Struct, frozen=True, array_like=True, tag="paused"):
    """Row: a receiver that kept failing, by ``paused:`` and its id. It gets probes until it accepts one."""

    since: datetime
    recovered: datetime | None = None  # then what it missed is due, the oldest first


DeliveryRow = OpenAlert | OpenNotice | ClosedAlert | ReceiverOff | ReceiverPaused


def open_row(alert: Deliverable, trace: Trace) -> OpenAlert | OpenNotice:
    """Return the row of an alert that is not delivered yet. Raises `TypeError`."""
    match alert:
        case Alert():
            return OpenAlert(alert, trace)
        case SourceNotice():
            return OpenNotice(alert)
    raise TypeError(f"{type(alert).__name__} is nothing that is delivered")
