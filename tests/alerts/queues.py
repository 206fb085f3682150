"""Delivery queues and the outcomes of attempts, for the tests of the queues."""

from datetime import datetime

from streams.alerts.deliver.queues import Queues
from streams.alerts.outcomes import after_attempt
from streams.contract.messages import Alert, Deliverable
from tests.fiction import NOON


def ids(found: list[Deliverable]) -> list[str]:
    return [one.id for one in found]


def queued(*alerts: Alert) -> Queues:
    queues = Queues()
    for one in alerts:
        assert queues.take(one, NOON)[0] == "queued"
    return queues


def failed_once(of: Alert, at: datetime = NOON) -> Alert:
    return after_attempt(of, at, delivered=False, code=503, error="busy")


def delivered(of: Alert) -> Alert:
    return after_attempt(of, NOON, delivered=True, code=200)


def given_up(of: Alert) -> Alert:
    return after_attempt(of, NOON, delivered=False, give_up=True, code=410, error="gone")
