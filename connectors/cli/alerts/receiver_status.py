"""Receivers of tracks: which a 410 switched off, switching them on again, and encrypting their secrets again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from connectors.audit.writing import Edit
from connectors.cli.alerts import tracks
from connectors.cli.common import connect, output
from connectors.cli.receivers import registry
from connectors.webhooks.sealing import NAMES, Seal
from streams.alerts.receivers import receiver_id, switched_off
from streams.contract.errors import Unavailable, UsageError
from streams.contract.messages import Track
from streams.contract.urls import host_of
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class SwitchedOffReceiver:
    """A receiver that is switched off. ``tracks``: id -> name of the tracks that use it, at least one."""

    host: str
    since: datetime
    tracks: dict[str, str]


def switched_off_since(settings: Settings, found: Sequence[Track]) -> dict[str, datetime]:
    """Track id -> since when its receiver is switched off. Empty, with an error line, if alerts cannot be queried."""
    hooks = {track.id: track.webhook for track in found if track.webhook is not None}
    if not hooks:
        return {}
    try:
        with connect.open_search(settings) as queries:
            since = queries.receivers_off({receiver_id(hook) for hook in hooks.values()})
    except (UsageError, Unavailable) as error:
        output.error(f"whether receivers are switched off is not known: {error}")
        return {}
    return {track.id: since[receiver] for track, receiver in switched_off(found, since)}


def switched_off_receivers(settings: Settings) -> tuple[SwitchedOffReceiver, ...]:
    """All receivers that are switched off. Empty, with an error line, if Kafka or Elasticsearch is away."""
    try:
        found = tracks.read_all(settings)
    except (UsageError, Unavailable) as error:
        output.error(f"whether receivers are switched off is not known: {error}")
        return ()
    off = switched_off_since(settings, found)
    receivers: dict[str, SwitchedOffReceiver] = {}
    for track in found:
        if track.id in off and track.webhook is not None:
            one = SwitchedOffReceiver(host_of(track.webhook.url), off[track.id], {})
            receivers.setdefault(receiver_id(track.webhook), one).tracks[track.id] = track.name
    return tuple(receivers.values())


def resume(settings: Settings, track: Track, now: datetime) -> list[Track]:
    """Switch the track's receiver on again and return the saved tracks that use it.

    Raises `UsageError` for a track without a webhook, `Unavailable` if Kafka does not accept them.
    """
    if track.webhook is None:
        raise UsageError(f"track {track.id} has no webhook: there is nothing to switch on")
    receiver = receiver_id(track.webhook)
    edits = [
        Edit(one, replace(one, webhook=replace(one.webhook, resumed_at=now)))
        for one in tracks.read_all(settings)
        if one.webhook is not None and receiver_id(one.webhook) == receiver
    ]
    tracks.write(settings, edits)
    return [edit.after for edit in edits if edit.after is not None]


def reencrypt(settings: Settings) -> int:
    """Save every track with a webhook and every receiver, encrypted with the first key, and return their number.

    Raises `UsageError` without a key, and before anything is written if none of the keys decrypts a webhook.
    """
    seal = Seal.of(settings)
    if not seal.has_key:
        raise UsageError(f"there is no key to encrypt with: set {NAMES}")
    with_webhook = [one for one in tracks.read_all(settings) if one.webhook is not None]
    for one in with_webhook:
        if one.webhook is not None:
            seal.open(one.webhook)
    receivers = registry.read_all(settings)
    for receiver in receivers:
        seal.open(receiver.hook)
    tracks.write(settings, [Edit(one, one) for one in with_webhook])
    registry.write(settings, [Edit(one, one) for one in receivers])
    return len(with_webhook) + len(receivers)
