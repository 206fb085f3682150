"""The receiver behind a webhook: its id, its origin, and whether it is switched off."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from streams.contract import urls
from streams.contract.messages import Track, Webhook, digest


def receiver_id(webhook: Webhook) -> str:
    """Return the receiver's id. Tracks with the same URL share one receiver and its queue."""
    return webhook.receiver or digest("receiver", webhook.url)


def origin(url: str) -> str:
    """Return ``https://desk.example:8443/`` for ``https://desk.example:8443/hook?token=x``; ``""`` if not a URL."""
    parts = urls.split(url)
    return "" if parts is None else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def without_secrets(webhook: Webhook) -> Webhook:
    """Return the webhook as it travels in candidates: receiver and host, without anything that grants access."""
    return replace(webhook, url=origin(webhook.url), secret="", sealed="", receiver=receiver_id(webhook))


def shareable(track: Track) -> Track:
    """Return the track as it travels in candidates: without its secret and the tokens in its URL, which `deliver` reads
    from the track itself, and without what decides nothing."""
    return replace(track, webhook=without_secrets(track.webhook) if track.webhook else None, queries={}, notes="")


def resumed(webhook: Webhook, off_since: datetime) -> bool:
    """Return whether the receiver was switched on again by hand since it was switched off."""
    return webhook.resumed_at is not None and webhook.resumed_at > off_since


def switched_off(tracks: Iterable[Track], since: Mapping[str, datetime]) -> Iterator[tuple[Track, str]]:
    """Yield the tracks whose receiver is switched off, with its id. ``since``: receiver id -> last answer of 410."""
    if not since:
        return
    for track in tracks:
        if (hook := track.webhook) is not None:
            off_since = since.get(receiver := receiver_id(hook))
            if off_since is not None and not resumed(hook, off_since):
                yield track, receiver
