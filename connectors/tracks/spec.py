"""A track as people write it in `tracks.yaml`, and the `Track` that it becomes.

What readers decide while a track runs (`muted`, `snoozed_until`) is not in the file: applying one keeps it.
"""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, field
from msgspec.structs import replace

from connectors.http.net import check_url
from connectors.lists import references
from connectors.webhooks.signing import check_secret, with_former_secret
from streams.alerts import query as q
from streams.alerts import validity
from streams.contract import plugins
from streams.contract.errors import UsageError
from streams.contract.messages import (
    MOST_PER_HOUR,
    Conditions,
    Digest,
    EntityType,
    Fires,
    Moment,
    Quiet,
    Track,
    Webhook,
    digest,
)
from streams.entities.canonical import fold

ID_CHARACTERS = 12  # 48 bits: a collision is unlikely, and the id is short enough to type
NEW_SOURCE = Fires(new_source=True)
_STORY = re.compile("[0-9a-f]{32}")

Text = Annotated[str, Meta(max_length=2_000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Label = Annotated[str, Meta(min_length=1, max_length=50)]


class WebhookSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where alerts are sent."""

    url: Annotated[Text, Meta(description="Address of the receiver; env:NAME or file:PATH for one that is secret.")]
    secret: Annotated[
        Text | None,
        Meta(description="env:NAME or file:PATH of the secret that signs. Without it, the present one is kept."),
    ] = None
    allow_private: Annotated[bool, Meta(description="It may be at a private or local address.")] = False
    channel: Annotated[Text, Meta(description="Name of an installed channel, for another body than JSON.")] = ""


class TrackSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One track of a file."""

    name: Annotated[Name, Meta(description="What the track is known by; different for each track of the file.")]
    id: Annotated[Text | None, Meta(description="Id of an existing track that gets this name.")] = None
    story: Annotated[Text | None, Meta(description="Id of the story to follow.")] = None
    query: Annotated[Text, Meta(description="Follow every story with an article that answers it.")] = ""
    queries: Annotated[
        dict[str, Text], Meta(max_length=20, description="Queries by language, in place of `query`, such as en.")
    ] = field(default_factory=dict)
    entities: Annotated[
        tuple[Name, ...], Meta(max_length=20, description="Names that the article has to have, all of them.")
    ] = ()
    broad: Annotated[bool, Meta(description="The query may be one that nearly every article answers.")] = False
    fires: Annotated[Fires | None, Meta(description="What fires an alert. Default: each new source.")] = None
    conditions: Annotated[Conditions, Meta(description="What an update has to meet to fire.")] = Conditions()
    independent: Annotated[bool, Meta(description="Count copies of one text and sister sites once.")] = True
    backfill: Annotated[bool, Meta(description="Also fire for backfilled and for old articles.")] = False
    linked: Annotated[bool, Meta(description="Also follow stories of other languages linked with its own.")] = False
    report_present: Annotated[bool, Meta(description="Begin with a message about the present sources.")] = False
    webhook: Annotated[WebhookSpec | None, Meta(description="Where to send alerts.")] = None
    receivers: Annotated[tuple[Name, ...], Meta(max_length=100, description="Names of receivers, beside it.")] = ()
    time_zone: Annotated[Name, Meta(description="Of quiet and digest, such as Europe/Berlin.")] = "UTC"
    quiet: Annotated[tuple[Quiet, ...], Meta(max_length=20, description="Hours in which nothing is sent.")] = ()
    digest: Annotated[Digest | None, Meta(description="Send what was found as one summary at these times.")] = None
    most_per_hour: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_PER_HOUR)] | None, Meta(description="More alerts become one summary.")
    ] = None
    paused: Annotated[bool, Meta(description="Nothing fires.")] = False
    expires_at: Annotated[Moment | None, Meta(description="Nothing fires from then on.")] = None
    labels: Annotated[tuple[Label, ...], Meta(max_length=20, description="Words to select tracks by.")] = ()
    owner: Annotated[str, Meta(max_length=200, description="Who looks after it.")] = ""
    notes: Annotated[Text, Meta(description="For people.")] = ""


def to_track(spec: TrackSpec, now: datetime, before: Track | None = None) -> Track:
    """The track to store; ``before`` is the present one of the same name.

    A track that follows something else than before is a new one: its id is another. Raises `UsageError` with one line,
    which begins with the path of the field that is wrong.
    """
    entities = tuple(sorted({fold_entity(name) for name in spec.entities}))
    query = " ".join(spec.query.split())
    if spec.story is not None and not _STORY.fullmatch(spec.story):
        raise UsageError(f"story: {spec.story[:50]!r} is no whole id of a story: `storywatch stories show` prints it")
    key = digest("track", spec.name, spec.story or "", query, *spec.queries.values(), *entities, now.isoformat())
    track = Track(
        id=key[:ID_CHARACTERS],
        name=spec.name,
        created_at=now,
        story=spec.story,
        query=query,
        queries=spec.queries,
        entities=entities,
        fires=spec.fires or NEW_SOURCE,
        conditions=spec.conditions,
        independent=spec.independent,
        backfill=spec.backfill,
        linked=spec.linked,
        report_present=spec.report_present,
        time_zone=spec.time_zone,
        quiet=spec.quiet,
        digest=spec.digest,
        most_per_hour=spec.most_per_hour,
        paused=spec.paused,
        expires_at=spec.expires_at,
        labels=tuple(dict.fromkeys(spec.labels)),
        owner=spec.owner,
        notes=spec.notes,
        webhook=_webhook(spec.webhook, None if before is None else before.webhook, now),
        receivers=tuple(dict.fromkeys(spec.receivers)),
    )
    if before is not None:
        track = replace(track, muted=before.muted, snoozed_until=before.snoozed_until)
        if subject(before) == subject(track):
            track = replace(track, id=before.id, created_at=before.created_at, words=before.words, query=before.query)
    validity.check(track)
    if not spec.broad and (why := broad(track)) is not None:
        raise UsageError(f"query: {why}; `broad: true` allows it as it is")
    return track


def to_spec(track: Track) -> TrackSpec:
    """The specification of a track, without its secret and without whether its query is broad."""
    hook = track.webhook
    return TrackSpec(
        name=track.name,
        story=track.story,
        query=query_of(track),
        queries=track.queries,
        entities=track.entities,
        fires=None if track.firing == NEW_SOURCE else track.firing,
        conditions=track.conditions,
        independent=track.independent,
        backfill=track.backfill,
        linked=track.linked,
        report_present=track.report_present,
        webhook=None
        if hook is None
        else WebhookSpec(url=hook.url, allow_private=hook.allow_private, channel=hook.channel),
        receivers=track.receivers,
        time_zone=track.time_zone,
        quiet=track.quiet,
        digest=track.digest,
        most_per_hour=track.most_per_hour,
        paused=track.paused,
        expires_at=track.expires_at,
        labels=track.labels,
        owner=track.owner,
        notes=track.notes,
    )


def subject(track: Track) -> tuple[object, ...]:
    """What a track follows."""
    return (track.story, query_of(track), tuple(sorted(track.queries.items())), track.entities)


def query_of(track: Track) -> str:
    """The query as it was typed; its folded words for a track of an older version."""
    typed = q.typed(track)
    return " ".join(track.words) if typed is None else typed


def broad(track: Track) -> str | None:
    """Why nearly every article answers the track's query; None if that is not so, or it also needs a name."""
    parsed = None if track.entities or track.story is not None else q.parsed(track)
    return None if parsed is None else q.why_broad(parsed)


def fold_entity(name: str) -> str:
    """Fold a name as the keys of entities are folded; "person:Jane Doe" keeps its type. Raises `UsageError`."""
    kind, colon, rest = name.partition(":")
    typed = bool(colon) and kind.strip().lower() in set(EntityType)
    folded = fold(rest if typed else name)
    if not folded:
        raise UsageError(f"entities: there is no name in {name!r}")
    return f"{kind.strip().lower()}:{folded}" if typed else folded


def _webhook(spec: WebhookSpec | None, before: Webhook | None, now: datetime) -> Webhook | None:
    if spec is None:
        return None
    given = references.resolve(spec.url, "webhook.url:") if references.is_reference(spec.url) else spec.url
    try:
        url = str(check_url(given, allow_private=spec.allow_private))
    except UsageError as error:
        raise UsageError(f"webhook.url: {error}") from error
    known = plugins.names("storywatch.channels")
    if spec.channel and spec.channel not in known:
        raise UsageError(f"webhook.channel: no channel {spec.channel!r} is installed ({', '.join(known) or 'none is'})")
    made = Webhook(url=url, secret=_secret(spec, before), allow_private=spec.allow_private, channel=spec.channel)
    if before is None:
        return made
    return with_former_secret(replace(made, resumed_at=before.resumed_at), before, now)


def _secret(spec: WebhookSpec, before: Webhook | None) -> str:
    if spec.secret is None:
        if before is None:
            raise UsageError("webhook: a new webhook needs a secret: write `secret: env:NAME` or `secret: file:PATH`")
        if before.sealed:
            raise UsageError("webhook: the present secret is encrypted, and its key is not set here: set the key")
        return before.secret
    if not references.is_reference(spec.secret):
        raise UsageError(
            "webhook.secret: write env:NAME or file:PATH in place of the secret, so that no secret is in the file"
        )
    try:
        return check_secret(references.resolve(spec.secret, "it"))
    except UsageError as error:
        raise UsageError(f"webhook.secret: {error}") from error
