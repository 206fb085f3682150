"""The deliveries in the log: reading their latest states, and asking for attempts or ending them by hand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.audit import writing as audit
from connectors.audit.writing import Audited, Edit
from connectors.cli.common import connect
from connectors.kafka.reader import Reader
from streams.alerts.outcomes import D, closed, is_current, requested
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Alert, Deliverable, SourceNotice
from streams.runtime.settings import Settings

PREFIX_CHARACTERS = 6
CANCELLED = "cancelled by hand"


def latest(settings: Settings) -> dict[str, Deliverable]:
    """Id -> latest state, of all alerts and notices that the log has. Raises `Unavailable`."""
    found: dict[str, Deliverable] = {}
    with Reader(settings, [topics.ALERTS]) as reader:
        for record in reader.read_to_end():
            try:
                alert = decode(record.value, Deliverable)
            except Undecodable:
                continue  # a dead letter
            if is_current(alert, found.get(alert.id)):
                found[alert.id] = alert
    return found


def select(known: Mapping[str, D], keys: Sequence[str]) -> list[D]:
    """The alerts with these ids or prefixes of them. Raises `UsageError` for one that is none's or several ones'."""
    chosen: list[D] = []
    for key in keys:
        found = [alert for id_, alert in known.items() if id_.startswith(key)] if len(key) >= PREFIX_CHARACTERS else []
        if key in known:
            found = [known[key]]
        if not found:
            raise UsageError(
                f"there is no alert {key!r}: `storywatch deliveries list` shows their ids; give at least "
                f"{PREFIX_CHARACTERS} characters of one"
            )
        if len(found) > 1:
            raise UsageError(f"{key!r} is a prefix of {len(found)} alerts: give more of it")
        chosen += found
    return chosen


def in_range(
    known: dict[str, Deliverable],
    since: datetime,
    until: datetime | None,
    *,
    receiver: str | None,
    track: str | None,
    failed: bool,
) -> list[Deliverable]:
    """The alerts and notices made in [since, until), the oldest first: of a receiver or track, or those that failed."""
    chosen = [
        alert
        for alert in known.values()
        if alert.made_at >= since
        and (until is None or alert.made_at < until)
        and (receiver is None or alert.receiver_name == receiver)
        and (track is None or (isinstance(alert, Alert) and track in (alert.track, alert.track_name)))
        and (not failed or alert.delivery.status == "failed")
    ]
    return sorted(chosen, key=lambda alert: (alert.made_at, alert.id))


def send_again(settings: Settings, alerts: Iterable[Deliverable], now: datetime, *, by: str) -> list[Deliverable]:
    """Make alerts due now, however their deliveries ended, and return those that were not due anyway.

    ``by``: who asks for it, for the audit log. Raises `Unavailable`, and `UsageError` before `storywatch init`.
    """
    return _write(settings, alerts, lambda alert: requested(alert, now), by)


def cancel(settings: Settings, alerts: Iterable[Deliverable], *, by: str) -> list[Deliverable]:
    """End the deliveries of alerts that wait, and return them. ``by`` and errors are those of `send_again`."""

    def ended(alert: Deliverable) -> Deliverable | None:
        waits = alert.delivery.status in ("pending", "retrying")
        return closed(alert, CANCELLED, "cancelled") if waits else None

    return _write(settings, alerts, ended, by)


def _write(
    settings: Settings, alerts: Iterable[Deliverable], change: Callable[[Deliverable], Deliverable | None], by: str
) -> list[Deliverable]:
    edits = [Edit(one, changed) for one in alerts if (changed := change(one)) is not None]
    if edits:
        connect.check_topics(settings, topics.ALERTS, topics.AUDIT)
        audit.write(settings, AUDITED, edits, by=by)
    return [one.known for one in edits]


def _name(alert: Deliverable) -> str:
    if isinstance(alert, Alert):
        return alert.track_name
    return alert.source_name if isinstance(alert, SourceNotice) else ""


def _view(alert: Deliverable) -> dict[str, Any]:
    state = alert.delivery
    return {"status": state.status, "attempts": state.attempts, "next": state.next_at}


AUDITED = Audited(topics.ALERTS, "delivery", _view, _name, subject=lambda alert: alert.id)
