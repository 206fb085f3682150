"""A webhook -> the receiver that it names: its id, its origin, and whether it is switched off."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from streams.contract import urls
from streams.contract.messages import Track, Webhook, digest


def receiver_id(webhook: Webhook) -> str:
    """One id for one URL: tracks with the same URL have the same receiver, and its queue."""
    return webhook.receiver or digest("receiver", webhook.url)


def origin(url: str) -> str:
    """``https://desk.example:8443/hook?token=x`` -> ``https://desk.example:8443/``; ``""`` for what is no URL."""
    parts = urls.split(url)
    return "" if parts is None else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def without_secrets(webhook: Webhook) -> Webhook:
    """The webhook as it may travel in candidates: which receiver it is and at which host, and nothing that lets in."""
    return replace(webhook, url=origin(webhook.url), secret="", sealed="", receiver=receiver_id(webhook))


def resumed(webhook: Webhook, off_since: datetime) -> bool:
    """Whether somebody has switched the receiver on again since it was switched off."""
    return webhook.resumed_at is not None and webhook.resumed_at > off_since


def switched_off(tracks: Iterable[Track], since: Mapping[str, datetime]) -> Iterator[tuple[Track, str]]:
    """The tracks whose receiver is switched off, with its id. ``since``: receiver id -> its last answer of 410."""
    if not since:
        return
    for track in tracks:
        if (hook := track.webhook) is not None:
            off_since = since.get(receiver := receiver_id(hook))
            if off_since is not None and not resumed(hook, off_since):
                yield track, receiver
