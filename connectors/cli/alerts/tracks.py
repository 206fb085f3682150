"""Tracks in Kafka: written, read back as they stand now, removed; and shown without their secrets."""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from connectors.cli.alerts.track_selection import Selection
from connectors.cli.common import connect, output
from connectors.cli.common.times import iso_time
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from connectors.webhooks.sealing import Seal
from streams.alerts import query as q
from streams.alerts.deliver import hurried
from streams.alerts.receivers import receiver_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Track, Webhook, digest
from streams.contract.urls import host_of
from streams.runtime.settings import Settings

ID_CHARACTERS = 12  # 48 bits: no two of a desk's tracks meet, and a person can read it out


def new(
    target: Selection,
    *,
    name: str | None,
    at_sources: int | None,
    independent: bool,
    backfill: bool,
    webhook: Webhook | None,
    now: datetime,
) -> Track:
    """A track that has not been saved. Its id comes from its name, what it follows and when it was made."""
    chosen = name or target.title
    key = digest("track", chosen, target.story or "", *target.words, *target.entities, now.isoformat())
    return Track(
        id=key[:ID_CHARACTERS],
        name=chosen,
        created_at=now,
        story=target.story,
        words=target.words,
        entities=target.entities,
        at_sources=at_sources,
        independent=independent,
        backfill=backfill,
        webhook=webhook,
    )


def edited(
    track: Track,
    *,
    name: str | None,
    webhook: Webhook | None,
    at_sources: int | None,
    all_publishers: bool | None,
    backfill: bool | None,
) -> Track:
    """The same track with other options: None leaves all but the webhook as it is, 0 sources are each new one."""
    return replace(
        track,
        name=name or track.name,
        webhook=webhook,
        at_sources=track.at_sources if at_sources is None else at_sources or None,
        independent=track.independent if all_publishers is None else not all_publishers,
        backfill=track.backfill if backfill is None else backfill,
    )


def find_duplicate(made: Track, others: Iterable[Track]) -> Track | None:
    """One of ``others`` that fires for the same and sends it to the same place."""
    return next((one for one in others if _does(one) == _does(made)), None)


def _does(track: Track) -> tuple[object, ...]:
    receiver = receiver_id(track.webhook) if track.webhook else None
    conditions = (track.at_sources, track.independent, track.backfill)
    return (track.story, track.words, track.entities, *conditions, receiver)


def retry_now(settings: Settings, track: Track, now: datetime) -> int:
    """Make the alerts that wait for another attempt due now; how many. Raises `Unavailable`."""
    from connectors.forget import pending  # it loads what changes documents

    with Reader(settings, [topics.ALERTS]) as reader:
        from connectors.forget import pending  # loads the stories' tables: only who edits or removes waits for them

        waiting = [one for one in pending.undelivered(reader.read_to_end()) if one.track == track.id]
    sooner = [one for one in (hurried(alert, now) for alert in waiting) if one is not None]
    with Producer(settings) as producer:
        for one in sooner:
            producer.send(topics.ALERTS, one)
    return len(sooner)


def save(settings: Settings, track: Track) -> None:
    """With its webhook encrypted, where a key is set. Raises `Unavailable` when Kafka does not take it."""
    if track.webhook is not None:
        track = replace(track, webhook=Seal.of(settings).close(track.webhook))
    with Producer(settings) as producer:
        producer.send(topics.TRACKS, track)


def remove(settings: Settings, track: Track) -> None:
    """Raises `Unavailable` when Kafka does not take it."""
    connect.check_kafka(settings)
    with Producer(settings) as producer:
        producer.remove(topics.TRACKS, track.id)


def read_all(settings: Settings) -> list[Track]:
    """All tracks, the oldest first, with webhooks as far as the keys here open them.

    Raises `Unavailable`, and `UsageError` before `storywatch init` and for a key that is none.
    """
    connect.check_kafka(settings)
    seal = Seal.of(settings)
    values: dict[bytes, bytes | None] = {}
    with Reader(settings, [topics.TRACKS]) as reader:
        for record in reader.read_to_end():
            values[record.key or b""] = record.value
    found: list[Track] = []
    for key, value in values.items():
        try:
            found += [_opened(decode(value, Track), seal)] if value is not None else []
        except Undecodable as error:
            output.problem(f"track {key.decode(errors='replace')} cannot be read: {error}")
    return sorted(found, key=lambda track: (track.created_at, track.id))


def _opened(track: Track, seal: Seal) -> Track:
    if track.webhook is None:
        return track
    with contextlib.suppress(UsageError):  # its host is known all the same, and it can be removed
        return replace(track, webhook=seal.open(track.webhook))
    return track


def one(settings: Settings, key: str) -> Track:
    """The track with this id or beginning of an id. Raises `UsageError` when there is none, or more than one."""
    found = [track for track in read_all(settings) if track.id.startswith(key)]
    if not found or not key:
        raise UsageError(f"there is no track {key!r}: `storywatch track list` shows their ids")
    if len(found) > 1 and found[0].id != key:
        raise UsageError(f"{key!r} is the beginning of {len(found)} tracks, such as {found[0].id} and {found[1].id}")
    return found[0]


def what(track: Track) -> str:
    """What it follows, for people."""
    if track.story is not None:
        return f"story {track.story}"
    parts = [f"query: {asked}"] if (asked := query(track)) else []
    parts += [f"names: {', '.join(track.entities)}"] if track.entities else []
    return "; ".join(parts)


def query(track: Track) -> str:
    """The words that an article has to have, as they were typed; folded in a track of an older version."""
    typed = q.typed(track.words)
    return " ".join(track.words) if typed is None else typed


def fires(track: Track) -> str:
    counted = "source" if track.independent else "publisher"
    when = f"at {track.at_sources} {counted}s" if track.at_sources else f"each new {counted}"
    return f"{when}, also backfill" if track.backfill else when


def row(track: Track, off: datetime | None = None) -> tuple[str, ...]:
    """``off``: since when the receiver is switched off."""
    host = host_of(track.webhook.url) if track.webhook else "none"
    host += f" (off since {iso_time(off)}: 410)" if off else ""
    return track.id, iso_time(track.created_at), fires(track), host, what(track), track.name


def details(track: Track, off: datetime | None = None) -> Iterator[tuple[str, str]]:
    """``off``: since when the receiver is switched off."""
    yield "track", track.id
    yield "name", track.name
    yield "created", iso_time(track.created_at)
    yield "follows", what(track)
    yield "fires", fires(track)
    hook = track.webhook
    if hook is None:
        yield "webhook", "none: `storywatch alerts` lists what it fires"
    else:
        yield "webhook", f"{hook.url} (encrypted; the key is not here)" if hook.sealed else hook.url
        if hook.channel:
            yield "channel", hook.channel
    if off is not None:
        yield (
            "off",
            f"since {iso_time(off)} (it answered 410); `storywatch track resume {track.id}` switches it on",
        )


def report(track: Track, off: datetime | None = None) -> dict[str, Any]:
    """For programs; without the secret. ``off``: since when the receiver is switched off."""
    hook = track.webhook
    return {
        "id": track.id,
        "name": track.name,
        "created": track.created_at,
        "story": track.story,
        "query": query(track) or None,
        "words": track.words,
        "entities": track.entities,
        "at_sources": track.at_sources,
        "independent": track.independent,
        "backfill": track.backfill,
        "webhook": None
        if hook is None
        else {
            "url": hook.url,
            "channel": hook.channel or None,
            "allow_private": hook.allow_private,
            "receiver": receiver_id(hook),
            "encrypted": bool(hook.sealed),
            "off_since": off,
        },
    }
