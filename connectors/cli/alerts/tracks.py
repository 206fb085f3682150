"""Tracks: saving, reading and removing them in Kafka, and printing them without their secrets."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import yaml
from msgspec.structs import replace

from connectors.audit import writing as audit
from connectors.audit.writing import Edit
from connectors.cli.alerts.track_selection import Selection
from connectors.cli.common import connect, output
from connectors.cli.common.times import iso_time
from connectors.cli.common.user import current_user
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from connectors.lists.durations import show
from connectors.tracks.holding import state
from connectors.webhooks.sealing import Seal
from streams.alerts import query as q
from streams.alerts.outcomes import hurried
from streams.alerts.receivers import origin, receiver_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Track, Webhook, digest
from streams.contract.urls import host_of
from streams.runtime.settings import Settings

# fields of `tracks.yaml` that `report` has as they are written there
_MORE = (
    "queries", "fires", "conditions", "linked", "report_present", "time_zone", "quiet", "digest", "most_per_hour",
    "paused", "expires_at", "labels", "owner", "notes",
)  # fmt: skip
ID_CHARACTERS = 12  # 48 bits: a collision is unlikely, and the id is short enough to type


def make_track(
    selection: Selection,
    *,
    name: str | None,
    at_sources: int | None,
    independent: bool,
    backfill: bool,
    webhook: Webhook | None,
    now: datetime,
    receivers: tuple[str, ...] = (),
) -> Track:
    """Make an unsaved track. Its id is derived from its name, its selection and ``now``."""
    name = name or selection.title
    key = digest("track", name, selection.story or "", selection.query, *selection.entities, now.isoformat())
    return Track(
        id=key[:ID_CHARACTERS],
        name=name,
        created_at=now,
        story=selection.story,
        query=selection.query,
        entities=selection.entities,
        at_sources=at_sources,
        independent=independent,
        backfill=backfill,
        webhook=webhook,
        receivers=receivers,
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
    """Change options of a track; None keeps one, except ``webhook``. ``at_sources=0`` fires for each new source."""
    return replace(
        track,
        name=name or track.name,
        webhook=webhook,
        at_sources=track.at_sources if at_sources is None else at_sources or None,
        fires=track.fires if at_sources is None else None,
        independent=track.independent if all_publishers is None else not all_publishers,
        backfill=track.backfill if backfill is None else backfill,
    )


def find_duplicate(made: Track, others: Iterable[Track]) -> Track | None:
    """The first of ``others`` that fires for the same articles and sends alerts to the same receiver."""
    return next((one for one in others if _behaviour(one) == _behaviour(made)), None)


def _behaviour(track: Track) -> tuple[object, ...]:
    receiver = receiver_id(track.webhook) if track.webhook else None
    rules = (track.firing, track.conditions, track.independent, track.backfill, track.quiet, track.digest)
    return (
        track.story,
        query(track),
        sorted(track.queries.items()),
        track.entities,
        *rules,
        receiver,
        frozenset(track.receivers),
    )


def check_room(made: Track, others: Iterable[Track]) -> None:
    """Raise `UsageError` if workers would not evaluate the track: it has no index term, and so have too many."""
    from streams.alerts.catalogue import MOST_UNINDEXED, Catalogue

    if Catalogue([made]).unindexed and (found := Catalogue(others).unindexed) >= MOST_UNINDEXED:
        raise UsageError(
            f"{found:,} tracks have queries that nearly every article answers, and more are not evaluated: "
            f"add a rarer word, or remove one of them"
        )


def retry_now(settings: Settings, track: Track, now: datetime) -> int:
    """Make alerts that wait for another attempt due now, and return their number. Raises `Unavailable`."""
    from connectors.forget import pending  # imports the logic of stories, which only `track edit` needs

    with Reader(settings, [topics.ALERTS]) as reader:
        waiting = [one for one in pending.undelivered(reader.read_to_end()) if one.track == track.id]
    due = [one for one in (hurried(alert, now) for alert in waiting) if one is not None]
    with Producer(settings) as producer:
        for one in due:
            producer.send(topics.ALERTS, one)
    return len(due)


def save(settings: Settings, track: Track, before: Track | None = None) -> None:
    """Save a track that is new, or that was ``before``, and record it in the audit log. Raises as `write`."""
    write(settings, [Edit(before, track)])


def remove(settings: Settings, track: Track) -> None:
    """Remove a track, and record it in the audit log. Raises as `write`."""
    write(settings, [Edit(track, None)])


def write(settings: Settings, edits: Sequence[Edit[Track]], *, by: str | None = None) -> None:
    """Save and remove tracks, with their webhooks encrypted if a key is set, each after its entry in the audit log.

    ``by``: who does it; by default the user. Raises `Unavailable` if Kafka does not accept them, `UsageError` before
    `storywatch init`.
    """
    connect.check_topics(settings, topics.TRACKS, topics.AUDIT)
    seal = Seal.of(settings)

    def sealed(track: Track) -> Track:
        return track if track.webhook is None else replace(track, webhook=seal.close(track.webhook))

    audit.write(settings, AUDITED, edits, by=by or current_user(), stored=sealed)


def _view(track: Track) -> dict[str, Any]:
    """The fields of a track for the audit log: of the webhook's URL only the origin, as its path may be a secret."""
    fields = report(track)
    hook = track.webhook
    shown = hook and {**fields["webhook"], "url": origin(hook.url), "resumed": hook.resumed_at}
    muted = {name: getattr(track.muted, name) for name in ("sources", "stories", "articles")}
    left = {name: value for name, value in fields.items() if name not in ("id", "created", "webhook")}
    return {**left, "muted": muted, "webhook": shown}


def _same_secret(before: Track, after: Track) -> bool:
    return before.webhook is None or after.webhook is None or before.webhook.secret == after.webhook.secret


AUDITED = audit.Audited(topics.TRACKS, "track", _view, lambda track: track.name, _same_secret)


def read_all(settings: Settings) -> list[Track]:
    """Read all tracks, the oldest first, with the webhooks decrypted that the configured keys can decrypt.

    Raises `Unavailable`, and `UsageError` before `storywatch init` or for an invalid key.
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
            found += [_decrypted(decode(value, Track), seal)] if value is not None else []
        except Undecodable as error:
            output.error(f"track {key.decode(errors='replace')} cannot be read: {error}")
    return sorted(found, key=lambda track: (track.created_at, track.id))


def _decrypted(track: Track, seal: Seal) -> Track:
    if track.webhook is None:
        return track
    with contextlib.suppress(UsageError):  # an encrypted track still has its host and can be removed
        return replace(track, webhook=seal.open(track.webhook))
    return track


def find(settings: Settings, key: str) -> Track:
    """The track with this id, prefix of an id, or name. Raises `UsageError` if there is none or more than one."""
    tracks = read_all(settings) if key else []
    exact = [track for track in tracks if track.id == key]
    found = exact or [track for track in tracks if track.id.startswith(key)]
    if len(found) > 1:
        raise UsageError(f"{key!r} is a prefix of {len(found)} tracks, such as {found[0].id} and {found[1].id}")
    found = found or [track for track in tracks if track.name == key]
    if len(found) > 1:
        raise UsageError(f"{len(found)} tracks have the name {key!r}, such as {found[0].id} and {found[1].id}")
    if not found:
        raise UsageError(f"there is no track {key!r}: `storywatch track list` shows their ids and names")
    return found[0]


def subject(track: Track) -> str:
    """What the track follows, for people."""
    if track.story is not None:
        return f"story {track.story}"
    parts = [f"query: {words}"] if (words := query(track)) else []
    parts += [f"names: {', '.join(track.entities)}"] if track.entities else []
    return "; ".join(parts)


def query(track: Track) -> str:
    """The query as it was typed; its folded words for a track of an older version."""
    typed = q.typed(track)
    return " ".join(track.words) if typed is None else typed


def trigger(track: Track) -> str:
    """When the track fires, for people."""
    counted, fires = "source" if track.independent else "publisher", track.firing
    parts = [f"each new {counted}"] if fires.new_source else []
    parts += [f"at {' and '.join(map(str, fires.at_sources))} {counted}s"] if fires.at_sources else []
    firsts = (
        ("country", fires.first_countries),
        ("language", fires.first_languages),
        ("publisher", fires.first_publishers),
        ("owner", fires.first_owners),
    )
    parts += [f"first {what}: {', '.join(names)}" for what, names in firsts if names]
    parts += [f"{fires.growth.sources} {counted}s within {show(fires.growth.within)}"] if fires.growth else []
    parts += [f"after {show(fires.silence)} of silence"] if fires.silence else []
    parts += [f"an edit that {' or '.join(fires.edits)}"] if fires.edits else []
    parts += ["merges"] if fires.merges else []
    when = ", ".join(parts)
    return f"{when}, also backfill" if track.backfill else when


def row(track: Track, off: datetime | None = None) -> tuple[str, ...]:
    """A row of `track list`. ``off``: since when the receiver is switched off."""
    host = host_of(track.webhook.url) if track.webhook else "none"
    host += f" (off since {iso_time(off)}: 410)" if off else ""
    held = state(track, connect.now())
    fires = f"{trigger(track)} ({held})" if held else trigger(track)
    host = ", ".join([*([host] if track.webhook or not track.receivers else []), *track.receivers])
    return track.id, iso_time(track.created_at), fires, host, subject(track), track.name


def details(track: Track, off: datetime | None = None) -> Iterator[tuple[str, str]]:
    """The lines of `track show`. ``off``: since when the receiver is switched off."""
    yield "track", track.id
    yield "name", track.name
    yield "created", iso_time(track.created_at)
    yield "follows", subject(track)
    yield "fires", trigger(track)
    written = _as_written(track)
    for label in ("conditions", "time_zone", "quiet", "digest", "most_per_hour", "expires_at", "labels", "owner"):
        if label in written:
            text = yaml.safe_dump(written[label], default_flow_style=True, width=1_000, allow_unicode=True)
            yield label.replace("_", " "), text.removesuffix("\n...\n").strip()
    for label, names in (("sources", track.muted.sources), ("stories", track.muted.stories)):
        if names:
            yield f"muted {label}", ", ".join(names)
    if track.muted.articles:
        yield "muted articles", ", ".join(track.muted.articles)
    if track.snoozed_until is not None:
        yield "snoozed", f"until {iso_time(track.snoozed_until)}"
    if track.paused:
        yield "paused", f"nothing fires until `storywatch track resume {track.id}`"
    if track.notes:
        yield "notes", track.notes
    yield from _destinations(track)
    if off is not None:
        yield (
            "off",
            f"since {iso_time(off)} (it answered 410); `storywatch track resume {track.id}` switches it on",
        )


def _destinations(track: Track) -> Iterator[tuple[str, str]]:
    hook = track.webhook
    if track.receivers:
        yield "to", ", ".join(track.receivers)
    if hook is None and not track.receivers:
        yield "webhook", "none: `storywatch alerts` lists what it fires"
    if hook is not None:
        yield "webhook", f"{hook.url} (encrypted; its key is not set)" if hook.sealed else hook.url
        if hook.channel:
            yield "channel", hook.channel


def report(track: Track, off: datetime | None = None) -> dict[str, Any]:
    """The track as a JSON object, without the secret. ``off``: since when the receiver is switched off."""
    hook, written = track.webhook, _as_written(track)
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
        **{name: written.get(name) for name in _MORE},
        "muted": _muted(track),
        "snoozed_until": track.snoozed_until,
        "receivers": track.receivers,
        "webhook": None
        if hook is None
        else {
            "url": hook.url,
            "channel": hook.channel or None,
            "allow_private": hook.allow_private,
            "receiver": receiver_id(hook),
            "key_missing": bool(hook.sealed),
            "off_since": off,
        },
    }


def _as_written(track: Track) -> dict[str, Any]:
    """The fields of the track as a file of tracks has them. Loads more than `track list` needs."""
    from connectors.lists.yaml_list import as_written
    from connectors.tracks.spec import to_spec

    written: dict[str, Any] = as_written(to_spec(track))
    return written


def _muted(track: Track) -> Any:
    from connectors.lists.yaml_list import as_written

    return as_written(track.muted)
