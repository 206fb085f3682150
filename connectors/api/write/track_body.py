"""The body of a request that makes or changes a track -> the track."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from connectors.api.write.commands import FollowedCommands
from connectors.http.net import check_url
from connectors.lists.references import is_reference
from connectors.tracks.spec import TrackSpec, WebhookSpec, to_track
from connectors.webhooks.signing import check_secret, new_secret, with_former_secret
from streams.contract import plugins
from streams.contract.errors import UsageError
from streams.contract.messages import Track, Webhook

Text = Annotated[str, Meta(max_length=2_000)]
MOST_TEXT = 100_000  # characters of a report: comparing one of this length takes some seconds of CPU time


class WebhookBody(WebhookSpec, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where alerts are sent."""

    url: Annotated[Text, Meta(description="Address of the receiver.")]
    secret: Annotated[
        Text | None, Meta(description="whsec_... that signs. Without it the present one is kept, or a new one is made.")
    ] = None
    allow_private: Annotated[
        bool, Meta(description="It may be at a private or local address; needs a key with the scope admin.")
    ] = False


class TrackBody(TrackSpec, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A track as in a file of tracks (docs/desk.md), with the secret itself in place of a reference."""

    webhook: Annotated[WebhookBody | None, Meta(description="Where to send alerts.")] = None
    article: Annotated[
        Text | None,
        Meta(description="Id or URL of an article whose story is followed; a URL that has not arrived is awaited."),
    ] = None
    text: Annotated[
        Annotated[str, Meta(max_length=MOST_TEXT)] | None,
        Meta(
            description="A report: the story in which it would be filed is followed, or else the first article with "
            "its headline or its first sentence is awaited."
        ),
    ] = None


def followed(body: TrackBody, find: FollowedCommands) -> TrackBody:
    """The body with the story or the query of its ``article`` or ``text``.

    Raises `UsageError` for what cannot be followed, and unless the body names one thing.
    """
    if body.article is None and body.text is None:
        return body
    others = (body.article, body.text, body.story, body.query or None, body.queries or None, body.entities or None)
    if sum(one is not None for one in others) > 1:
        raise UsageError("give one of story, query (or queries) with entities, article and text")
    found = find.by_article(body.article) if body.article is not None else find.by_text(body.text or "")
    return replace(body, article=None, text=None, story=found.story, query=found.query)


def track_of(body: TrackBody, now: datetime, before: Track | None) -> tuple[Track, str | None]:
    """The track, and its secret if that is a new one. ``before``: the present track.

    Raises `UsageError` with one line, which begins with the path of the field that is wrong.
    """
    hook, shown = _webhook(body.webhook, None if before is None else before.webhook, now)
    bare = None if before is None else replace(before, webhook=None)
    return replace(to_track(replace(body, webhook=None), now, bare), webhook=hook), shown


def _webhook(body: WebhookBody | None, before: Webhook | None, now: datetime) -> tuple[Webhook | None, str | None]:
    if body is None:
        return None, None
    if is_reference(body.url) or (body.secret is not None and is_reference(body.secret)):
        raise UsageError("webhook: env: and file: are for files of tracks: give the address and the secret themselves")
    try:
        url = str(check_url(body.url, allow_private=body.allow_private))
        secret = None if body.secret is None else check_secret(body.secret)
    except UsageError as error:
        raise UsageError(f"webhook: {error}") from error
    known = plugins.names("storywatch.channels")
    if body.channel and body.channel not in known:
        raise UsageError(f"webhook.channel: no channel {body.channel!r} is installed ({', '.join(known) or 'none is'})")
    shown = None
    if secret is None and before is not None:
        if before.sealed:
            raise UsageError("webhook.secret: the present one is encrypted with a key that this server does not have")
        secret = before.secret
    elif secret is None:
        secret = shown = new_secret()
    made = Webhook(url=url, secret=secret, allow_private=body.allow_private, channel=body.channel)
    if before is not None:
        made = with_former_secret(replace(made, resumed_at=before.resumed_at), before, now)
    return made, shown
