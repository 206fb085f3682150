"""Links in messages by which a reader without a login says "not my story": made when a message is sent, and opened by
`storywatch serve`.

A link carries what it may take out, until when it works, and an HMAC-SHA256 of both. The key is derived from that for
webhooks (`STORYWATCH_SECRETS_KEY`), which workers and servers share; several keys allow rotation, as there. The same
alert has the same link in each attempt. Links are never stored: whoever has one may use it.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from streams.contract.errors import Rejected
from streams.contract.messages import Alert
from streams.runtime.credentials import secret

if TYPE_CHECKING:
    from streams.runtime.settings import Settings

PATH = "/not-mine/{token:str}"
LIFETIME = timedelta(days=30)  # from the alert on: later the topic of its updates is gone too
_PURPOSE = b"storywatch: links by which readers take stories out of tracks"
_MOST_CHARACTERS = 2_000
_INVALID = "this link is not valid: open the whole of it, as it is in the message"


class NotMine(Struct, frozen=True, array_like=True):
    """What a link may take out of which track: ids. ``until``: in seconds since 1970."""

    track: str
    article: str
    story: str
    until: int


class FeedbackLinks:
    """Makes and opens the links. Without a public address or without a key, alerts get none."""

    def __init__(self, public_url: str | None, keys: str | None) -> None:
        """``public_url``: where readers reach `storywatch serve`. ``keys``: separated by commas or blanks."""
        self._address = public_url and public_url.rstrip("/") + PATH.partition("{")[0]
        found = (keys or "").replace(",", " ").split()
        self._keys = [hmac.digest(key.encode(), _PURPOSE, hashlib.sha256) for key in found]

    @classmethod
    def of(cls, settings: "Settings") -> "FeedbackLinks":
        """Those of the settings. Raises `UsageError` for an unreadable file of the key."""
        return cls(settings.public_url, secret("SECRETS_KEY", settings.secrets_key, settings.secrets_key_file))

    def add_to(self, alert: Alert) -> Alert:
        """The alert with its link; a summary with one for each alert that it lists."""
        if self._address is None or not self._keys:
            return alert
        until = int((alert.made_at + LIFETIME).timestamp())
        if alert.summed:
            listed = tuple(
                replace(one, not_mine_url=self._url(NotMine(alert.track, one.article, one.story, until)))
                if one.article
                else one
                for one in alert.summary
            )
            return replace(alert, summary=listed)
        return replace(alert, not_mine_url=self._url(NotMine(alert.track, alert.article.id, alert.story.id, until)))

    def open(self, token: str, now: datetime) -> NotMine:
        """What the link with this token may take out.

        Raises `Rejected` for one that has expired, or that was not made with a key of this server.
        """
        text, _, given = token[:_MOST_CHARACTERS].partition(".")
        if not any(hmac.compare_digest(_signature(key, text).encode(), given.encode()) for key in self._keys):
            raise Rejected(_INVALID)
        try:
            found = msgspec.json.decode(base64.urlsafe_b64decode(text + "=="), type=NotMine)
        except (binascii.Error, msgspec.DecodeError) as error:  # signed by another version
            raise Rejected(_INVALID) from error
        if found.until <= now.timestamp():
            end = datetime.fromtimestamp(found.until, UTC)
            raise Rejected(f"this link expired on {end:%Y-%m-%d}: links work for {LIFETIME.days} days after the alert")
        return found

    def _url(self, what: NotMine) -> str:
        text = _base64(msgspec.json.encode(what))
        return f"{self._address}{text}.{_signature(self._keys[0], text)}"


def _signature(key: bytes, text: str) -> str:
    return _base64(hmac.digest(key, text.encode(), hashlib.sha256))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
