"""The receivers in Kafka: making, reading, finding, saving and removing them."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from connectors.audit import writing as audit
from connectors.audit.writing import Edit
from connectors.channels.template import MOST_TEMPLATE_CHARACTERS, check_template
from connectors.cli.alerts import tracks
from connectors.cli.common import connect, webhook_secret
from connectors.cli.common.user import current_user
from connectors.cli.sources.registry import read_latest
from connectors.webhooks.sealing import NAMES, Seal
from connectors.webhooks.signing import OVERLAP, check_secret, new_secret, with_former_secret
from streams.alerts.receivers import origin
from streams.contract import plugins, topics
from streams.contract.errors import UsageError
from streams.contract.messages import NamedReceiver, Track, WatchedSource, Webhook
from streams.contract.plugins import ServiceChannel
from streams.runtime.settings import Settings

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class HookOptions:
    """The options of `receiver add` and `receiver edit` that make its hook; None keeps the present value."""

    channel: str | None = None
    url: str | None = None
    secret: str | None = None
    secret_file: Path | None = None
    new_secret: bool = False
    overlap: timedelta = OVERLAP
    template: Path | None = None
    no_template: bool = False
    content_type: str | None = None
    allow_private: bool | None = None

    def apply(self, before: Webhook | None, now: datetime) -> tuple[Webhook, str | None]:
        """Return the hook, and its secret if that is to be shown. Raises `UsageError` for what cannot be used."""
        if before is not None and before.sealed:
            raise UsageError(f"the receiver is encrypted: set {NAMES} to the key that it was stored with")
        name = self.channel if self.channel is not None else before.channel if before else ""
        channel = channel_named(name)
        url = self.url or (before.url if before else "")
        if not url:
            raise UsageError("give the receiver's address with --url")
        hook = replace(before or Webhook(url=url), url=url, channel="" if name == plugins.WEBHOOK else name)
        if self.allow_private is not None:
            hook = replace(hook, allow_private=self.allow_private)
        hook, shown = self._with_secret(hook, channel, now)
        hook = self._with_template(hook, channel)
        from connectors.webhooks.sending import check_address

        return replace(hook, url=check_address(hook, channel)), shown

    def _with_secret(self, hook: Webhook, channel: ServiceChannel, now: datetime) -> tuple[Webhook, str | None]:
        given = None
        if self.secret is not None or self.secret_file is not None:
            given = webhook_secret.read_secret(self.secret, self.secret_file)
        elif channel.signed and not hook.secret and not self.new_secret:
            given = webhook_secret.read_secret(None, None)  # of the environment
        if given is not None and self.new_secret:
            raise UsageError("give either a secret or --new-secret")
        if not channel.signed:
            if self.new_secret:
                raise UsageError(f"the channel {hook.channel} does not sign, so it has no secret to make")
            return (hook if given is None else replace(hook, secret=given)), None
        made = new_secret() if self.new_secret or not (given or hook.secret) else None
        secret = made or (hook.secret if given is None else check_secret(given))
        return with_former_secret(replace(hook, secret=secret), hook, now, self.overlap), made

    def _with_template(self, hook: Webhook, channel: ServiceChannel) -> Webhook:
        if self.no_template:
            return replace(hook, template="", content_type="")
        if self.template is not None:
            hook = replace(hook, template=read_template(self.template))
        if hook.template and channel.send is not None:
            raise UsageError(f"the channel {hook.channel} does not POST, so it takes no template")
        if self.content_type is not None:
            if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(?:; ?charset=utf-8)?", self.content_type, re.ASCII):
                raise UsageError(f"--content-type: {self.content_type!r} is no media type such as text/plain")
            hook = replace(hook, content_type=self.content_type)
        return hook


def channel_named(name: str) -> ServiceChannel:
    """The installed channel with this name. Raises `UsageError`, which lists the others."""
    known = plugins.names("storywatch.channels")
    if name and name not in known:
        raise UsageError(f"there is no channel {name} (installed: {', '.join(known)})")
    return plugins.channel(name)


def read_template(path: Path) -> str:
    """The text of a template file. Raises `UsageError` with the line of a syntax error."""
    try:
        with path.open(encoding="utf-8") as stream:
            return check_template(stream.read(MOST_TEMPLATE_CHARACTERS + 1))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"--template: {path} cannot be read ({reason})") from error


def check_name(name: str) -> str:
    """The name, if a receiver can have it. Raises `UsageError`."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a receiver: up to 63 of a-z, 0-9 and . _ - such as desk-slack")
    return name


def read_all(settings: Settings) -> list[NamedReceiver]:
    """All receivers by name, decrypted where the configured keys can. Raises `Unavailable` and `UsageError`."""
    seal = Seal.of(settings)
    found = read_latest(settings, topics.RECEIVERS, NamedReceiver)
    return [_opened(found[name], seal) for name in sorted(found)]


def _opened(receiver: NamedReceiver, seal: Seal) -> NamedReceiver:
    with contextlib.suppress(UsageError):  # an encrypted receiver can still be listed and removed
        return replace(receiver, hook=seal.open(receiver.hook))
    return receiver


def find(settings: Settings, name: str) -> NamedReceiver:
    """The receiver with this name. Raises `UsageError` if there is none."""
    found = {one.name: one for one in read_all(settings)}
    if name not in found:
        raise UsageError(f"there is no receiver {name!r}: `storywatch receiver list` shows them")
    return found[name]


def check_known(settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """The names without repeats, if all of them are receivers. Raises `UsageError`."""
    if not names:
        return ()
    known = {one.name for one in read_all(settings)}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no receiver {name!r}: `storywatch receiver add` makes one")
    return tuple(dict.fromkeys(names))


def users(settings: Settings, name: str) -> list[Track]:
    """The tracks that send to a receiver."""
    return [track for track in tracks.read_all(settings) if name in track.receivers]


def pause(settings: Settings, name: str, now: datetime, *, by: str) -> NamedReceiver:
    """Let the alerts of a receiver wait, and return it. ``by``: who does it, for the audit log. Raises as `write`."""
    found = find(settings, name)
    if found.paused_at is not None:
        return found
    paused = replace(found, paused_at=now)
    write(settings, [Edit(found, paused)], by=by)
    return paused


def resume(settings: Settings, name: str, now: datetime, *, by: str) -> NamedReceiver:
    """Send to a receiver again, whatever stopped it, and return it. ``by`` and errors are those of `pause`."""
    found = find(settings, name)
    resumed = replace(found, paused_at=None, hook=replace(found.hook, resumed_at=now))
    write(settings, [Edit(found, resumed)], by=by)
    return resumed


def sources_of(settings: Settings, name: str) -> list[WatchedSource]:
    """The sources of which a receiver is told."""
    return [one for one in read_latest(settings, topics.SOURCES, WatchedSource).values() if one.alert == name]


def save(settings: Settings, receiver: NamedReceiver, before: NamedReceiver | None = None) -> None:
    """Save a receiver that is new, or that was ``before``, and record it in the audit log. Raises as `write`."""
    write(settings, [Edit(before, receiver)])


def remove(settings: Settings, receiver: NamedReceiver) -> None:
    """Remove a receiver: alerts that wait for it are given up. Raises as `write`."""
    write(settings, [Edit(receiver, None)])


def write(settings: Settings, edits: Sequence[Edit[NamedReceiver]], *, by: str | None = None) -> None:
    """Save and remove receivers, encrypted if a key is set, each after its entry in the audit log.

    ``by``: who does it; by default the user of the command.
    Raises `Unavailable` if Kafka does not accept them, `UsageError` before `storywatch init`.
    """
    connect.check_topics(settings, topics.RECEIVERS, topics.AUDIT)
    seal = Seal.of(settings)

    def sealed(receiver: NamedReceiver) -> NamedReceiver:
        return replace(receiver, hook=seal.close(receiver.hook))

    audit.write(settings, AUDITED, edits, by=by or current_user(), stored=sealed)


def _view(receiver: NamedReceiver) -> dict[str, Any]:
    """The fields of a receiver for the audit log, without what grants access."""
    hook = receiver.hook
    return {
        **{name: getattr(receiver, name) for name in ("concurrency", "per_minute", "heartbeat_minutes", "labels")},
        "paused": receiver.paused_at,
        "channel": hook.channel or plugins.WEBHOOK,
        "address": origin(hook.url),
        "allow_private": hook.allow_private,
        "template": hook.template,
        "content_type": hook.content_type,
        "resumed": hook.resumed_at,
    }


def _same_secret(before: NamedReceiver, after: NamedReceiver) -> bool:
    return (before.hook.secret, before.hook.url) == (after.hook.secret, after.hook.url)


AUDITED = audit.Audited(topics.RECEIVERS, "receiver", _view, lambda receiver: receiver.name, _same_secret)
