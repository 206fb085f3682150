"""More than a hundred services by Apprise, such as ntfy, Telegram and PagerDuty: its URL is the receiver's address.

Each message is sent by a process of its own, in which every connection to an address that `connectors.http.networks`
forbids fails: see `connectors.channels.services_child`.
"""

import importlib.util
import re

import msgspec

from connectors.channels.brief import MOST_HEADLINE, NOT_MINE, brief, line
from connectors.channels.child import ChildFailed, ask
from streams.contract.errors import UsageError
from streams.contract.messages import Alert, Webhook
from streams.contract.plugins import Judgement, Note, Notification, Sending, ServiceChannel

MODULE = "connectors.channels.services_child"
MOST_URL = 2_000
_SCHEME = re.compile(r"([a-z0-9]{2,30})://", re.IGNORECASE)


class ServiceText(msgspec.Struct, frozen=True):
    title: str
    text: str


class ServiceRequest(msgspec.Struct, frozen=True):
    url: str
    allow_private: bool
    said: ServiceText | None  # None: only checks the URL


class ServiceAnswer(msgspec.Struct, frozen=True):
    """``error``: None when the service accepted. ``valid``: whether Apprise knows the URL. ``private``: a connection
    was refused because of its address."""

    error: str | None = None
    valid: bool = True
    private: bool = False


def message(alert: Alert) -> Notification:
    said = brief(alert)
    listed = "".join(
        f"\n* {item.headline} ({item.source}) {item.url or ''}{_not_mine(item.not_mine_url)}" for item in said.items
    )
    link = f"\n{said.url}" if said.url else ""
    story = "" if said.items else f"\nStory: {said.story}{f' {said.story_url}' if said.story_url else ''}"
    why = f"\nIn it because: {said.why}" if said.why else ""
    excerpt = f"\n{said.excerpt}" if said.excerpt else ""
    text = (
        f"{said.source}: {said.reason}{excerpt}{listed}{link}{story}{why}\n{said.details}{_not_mine(said.not_mine_url)}"
    )
    return _notification(ServiceText(f"{said.track}: {said.headline}", text))


def _not_mine(url: str | None) -> str:
    return f"\n{NOT_MINE}: {url}" if url else ""


def note(note: Note) -> Notification:
    return _notification(ServiceText(line(note.title, MOST_HEADLINE) or "Storywatch", line(note.text, 1_000)))


def check(webhook: Webhook) -> str:
    """Raises `UsageError` for a URL that cannot be one of Apprise, and if Apprise is not installed."""
    if not _SCHEME.match(webhook.url) or len(webhook.url) > MOST_URL:
        raise UsageError("the address of a service is a URL of Apprise, such as ntfys://TOPIC or tgram://TOKEN/CHAT")
    if importlib.util.find_spec("apprise") is None:
        raise UsageError("the channel apprise needs the package: pip install 'storywatch[apprise]'")
    return webhook.url


async def send(sending: Sending) -> Judgement:
    said = msgspec.json.decode(sending.notification.body, type=ServiceText)
    request = ServiceRequest(sending.url, sending.allow_private, said)
    try:
        answer = msgspec.json.decode(
            await ask(MODULE, msgspec.json.encode(request), wall_seconds=sending.timeout_seconds), type=ServiceAnswer
        )
    except (ChildFailed, msgspec.DecodeError) as error:
        return Judgement("retry", f"Apprise {error}")
    if answer.error is None:
        return Judgement("delivered")
    return Judgement("retry" if answer.valid and not answer.private else "refused", answer.error)


def _notification(said: ServiceText) -> Notification:
    return Notification(msgspec.json.encode(said), content_type="application/vnd.storywatch.text+json")


CHANNEL = ServiceChannel(message=message, note=note, send=send, check=check)
