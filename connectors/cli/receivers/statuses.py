"""How receivers are: sending, paused or switched off, by what Elasticsearch has of their deliveries."""

from collections.abc import Sequence
from typing import Any

from connectors.cli.common import connect, output
from connectors.cli.common.times import iso_time
from connectors.cli.receivers import registry
from streams.alerts.receivers import named_receiver_id, origin, resumed
from streams.contract import plugins
from streams.contract.errors import Unavailable, UsageError
from streams.contract.messages import NamedReceiver
from streams.runtime.settings import Settings


def states(settings: Settings, receivers: Sequence[NamedReceiver]) -> dict[str, str]:
    """Name -> how the receiver is, for people. Without Elasticsearch only what was set by hand, with an error line."""
    ids = {named_receiver_id(one.name): one for one in receivers}
    found = {one.name: f"paused by hand since {iso_time(one.paused_at)}" for one in receivers if one.paused_at}
    if not ids:
        return found
    try:
        with connect.open_search(settings) as queries:
            off, paused = queries.receivers_off(ids), queries.receivers_paused(ids)
    except (UsageError, Unavailable) as error:
        output.error(f"whether receivers fail is not known: {error}")
        return found
    for id_, since in paused.items():
        if not resumed(ids[id_].hook, since):
            found.setdefault(ids[id_].name, f"paused since {iso_time(since)}: it keeps failing, and is probed")
    for id_, since in off.items():
        if not resumed(ids[id_].hook, since):
            found[ids[id_].name] = f"off since {iso_time(since)}: it wants no more alerts"
    return found


def troubled(settings: Settings) -> dict[str, str]:
    """Name -> how each receiver is that does not simply get its alerts. Empty if Kafka is away or not set up."""
    try:
        return states(settings, registry.read_all(settings))
    except (UsageError, Unavailable):
        return {}


def report(receiver: NamedReceiver, state: str | None) -> dict[str, Any]:
    """A receiver as a JSON object, without what grants access."""
    hook = receiver.hook
    return {
        "name": receiver.name,
        "channel": hook.channel or plugins.WEBHOOK,
        "address": origin(hook.url),
        "created": receiver.created_at,
        "labels": receiver.labels,
        "concurrency": receiver.concurrency,
        "per_minute": receiver.per_minute,
        "heartbeat_minutes": receiver.heartbeat_minutes,
        "allow_private": hook.allow_private,
        "template": bool(hook.template),
        "encrypted": bool(hook.sealed),
        "two_secrets_until": hook.former_until,
        "paused": receiver.paused_at,
        "state": state or "sending",
    }
