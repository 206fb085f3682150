"""The receivers of alerts: their ids and origins, and whether they are switched off."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from streams.contract import urls
from streams.contract.messages import Alert, NamedReceiver, Track, Webhook, digest

MAIL_SCHEMES = ("smtp", "smtps")


def receiver_id(webhook: Webhook) -> str:
    """Return the receiver's id. Tracks with the same URL share one receiver and its queue."""
    return webhook.receiver or digest("receiver", webhook.url)


@lru_cache(maxsize=10_000)
def named_receiver_id(name: str) -> str:
    """Return the id of a receiver with a name, whatever its address."""
    return digest("named receiver", name)


def for_receivers(alert: Alert, track: Track) -> tuple[Alert, ...]:
    """Return one alert for each receiver of the track, from the alert of one fact.

    That of the track's own webhook, or of a track without any receiver, is ``alert`` itself. The id of each other is a
    digest of the fact and of the receiver's name, so that one fact stays one alert for each receiver; so are the ids
    that a correction or a summary names.
    """
    named = tuple(_to(alert, name) for name in dict.fromkeys(track.receivers))
    return named if named and track.webhook is None else (alert, *named)


def _to(alert: Alert, name: str) -> Alert:
    delivery = alert.delivery
    return replace(
        alert,
        id=_id_for(alert.id, name),
        receiver=named_receiver_id(name),
        receiver_name=name,
        url=None,
        corrects=tuple(_id_for(id_, name) for id_ in alert.corrects),
        summary=tuple(replace(one, id=_id_for(one.id, name)) for one in alert.summary),
        delivery=replace(delivery, status="pending") if delivery.status == "recorded" else delivery,
    )


def _id_for(id_: str, name: str) -> str:
    return digest(id_, "to", name)


def origin(url: str) -> str:
    """Return ``https://desk.example:8443/`` for ``https://desk.example:8443/hook?token=x``.

    Of an address of another kind, only what never grants access: the host of a mail server, else the scheme; ``""`` if
    it is no URL.
    """
    parts = urls.split(url)
    if parts is not None:
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    scheme, sign, rest = url.partition("://")
    if not sign or not scheme.isalnum():
        return ""
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}/" if scheme in MAIL_SCHEMES else f"{scheme}://"


def without_secrets(webhook: Webhook) -> Webhook:
    """Return the webhook as it travels in candidates: receiver and host, without anything that grants access."""
    return replace(
        webhook,
        url=origin(webhook.url),
        secret="",
        former_secret="",
        sealed="",
        template="",
        receiver=receiver_id(webhook),
    )


def shareable(track: Track) -> Track:
    """Return the track as it travels in candidates: without its secret and the tokens in its URL, which `deliver` reads
    from the track itself, and without what decides nothing."""
    return replace(track, webhook=without_secrets(track.webhook) if track.webhook else None, queries={}, notes="")


def resumed(webhook: Webhook, off_since: datetime) -> bool:
    """Return whether the receiver was switched on again by hand since it was switched off."""
    return webhook.resumed_at is not None and webhook.resumed_at > off_since


def switched_off(
    tracks: Iterable[Track], since: Mapping[str, datetime], named: Mapping[str, NamedReceiver] | None = None
) -> Iterator[tuple[Track, str]]:
    """Yield the tracks with a receiver that is switched off, with its id. ``since``: receiver id -> last 410."""
    if not since:
        return
    for track in tracks:
        hooks = {} if track.webhook is None else {receiver_id(track.webhook): track.webhook}
        hooks |= {named_receiver_id(name): named[name].hook for name in track.receivers if named and name in named}
        for receiver, hook in hooks.items():
            off_since = since.get(receiver)
            if off_since is not None and not resumed(hook, off_since):
                yield track, receiver
