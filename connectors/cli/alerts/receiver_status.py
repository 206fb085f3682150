"""Receivers of tracks: switched off by a 410, switched on again, and their secrets encrypted anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from connectors.cli.alerts import tracks
from connectors.cli.common import connect, output
from connectors.webhooks.sealing import NAMES, Seal
from streams.alerts.receivers import receiver_id
from streams.alerts.receivers import switched_off as off_tracks
from streams.contract.errors import Unavailable, UsageError
from streams.contract.messages import Track
from streams.contract.urls import host_of
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class SwitchedOffReceiver:
    """A receiver that is switched off. ``tracks``: id -> name of those that have it, at least one."""

    host: str
    since: datetime
    tracks: dict[str, str]


def switched_off(settings: Settings, found: Sequence[Track]) -> dict[str, datetime]:
    """Track id -> since when its receiver is switched off. Where the alerts cannot be asked: none, and a line why."""
    hooks = {track.id: track.webhook for track in found if track.webhook is not None}
    if not hooks:
        return {}
    try:
        with connect.open_search(settings) as queries:
            since = queries.receivers_off({receiver_id(hook) for hook in hooks.values()})
    except (UsageError, Unavailable) as error:
        output.problem(f"whether receivers are switched off is not known: {error}")
        return {}
    return {track.id: since[receiver] for track, receiver in off_tracks(found, since)}


def switched_off_receivers(settings: Settings) -> tuple[SwitchedOffReceiver, ...]:
    """The receivers of all tracks that are switched off. Where that cannot be told: none, and a line why."""
    try:
        found = tracks.read_all(settings)
    except (UsageError, Unavailable) as error:
        output.problem(f"whether receivers are switched off is not known: {error}")
        return ()
    off = switched_off(settings, found)
    gone: dict[str, SwitchedOffReceiver] = {}
    for track in found:
        if track.id in off and track.webhook is not None:
            one = SwitchedOffReceiver(host_of(track.webhook.url), off[track.id], {})
            gone.setdefault(receiver_id(track.webhook), one).tracks[track.id] = track.name
    return tuple(gone.values())


def resume(settings: Settings, track: Track, now: datetime) -> list[Track]:
    """Switch the track's receiver on: the tracks that have it, as they are saved now.

    Raises `UsageError` for a track without a webhook, `Unavailable` when Kafka does not take them.
    """
    if track.webhook is None:
        raise UsageError(f"track {track.id} has no webhook: there is nothing to switch on")
    receiver = receiver_id(track.webhook)
    mine = [
        replace(one, webhook=replace(one.webhook, resumed_at=now))
        for one in tracks.read_all(settings)
        if one.webhook is not None and receiver_id(one.webhook) == receiver
    ]
    for one in mine:
        tracks.save(settings, one)
    return mine


def reencrypt(settings: Settings) -> int:
    """Save every track with a webhook, encrypted by the first key; how many there are.

    Raises `UsageError` without a key, and before anything is written for a webhook that none of the keys opens.
    """
    seal = Seal.of(settings)
    if not seal.has_key:
        raise UsageError(f"there is no key to encrypt with: set {NAMES}")
    mine = [one for one in tracks.read_all(settings) if one.webhook is not None]
    for one in mine:
        if one.webhook is not None:
            seal.open(one.webhook)
    for one in mine:
        tracks.save(settings, one)
    return len(mine)
