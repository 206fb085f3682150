"""An alert and its webhook -> one signed POST and what came of it, as a value: nothing a receiver does raises."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx

from connectors.http.headers import media_type, retry_after_seconds
from connectors.http.net import check_url, location_of, next_hop
from connectors.webhooks.payload import payload
from connectors.webhooks.sealing import Seal
from connectors.webhooks.signing import check_secret, sign
from streams.contract import plugins
from streams.contract.errors import UsageError
from streams.contract.messages import Alert, Webhook
from streams.runtime.unexpected import unexpected

TIMEOUT_SECONDS = 10.0  # for look-up, connection, POST and answer together: a receiver stores first and works later
ANSWER_BYTES = 4_096  # room for any error text; the status code decides, so nobody needs the rest
ANSWER_SECONDS = 1.0  # an answer that goes on longer than this after its headers is closed
ERROR_CHARACTERS = 240  # a line that a person reads in a table
GONE = 410
ASKS_FOR_TIME = (429, 503)  # the codes whose Retry-After header tells when to come again

FAILURES: dict[type[Exception], str] = {  # httpx's own texts are for programmers, and often empty
    httpx.ConnectError: "cannot connect",
    httpx.RemoteProtocolError: "no HTTP answer",
    httpx.ReadError: "connection broken before the answer",
    httpx.WriteError: "connection broken while sending",
}

Outcome = Literal["delivered", "retry", "gone", "refused", "wait"]


@dataclass(frozen=True)
class WebhookAttempt:
    """What came of one attempt. ``error`` is one line without secrets; None when delivered.

    ``delivered``: a 2xx answer. ``retry``: no answer or another one. ``gone``: a 410, the receiver wants no more.
    ``refused``: we do not send there (URL, private address, secret), and trying again would change nothing.
    ``wait``: nobody was asked, since the webhook is encrypted with a key that is not here.
    """

    at: datetime
    code: int | None
    error: str | None
    outcome: Outcome
    retry_after_seconds: float | None = None  # as asked by the receiver; the schedule bounds it


class Sender:
    """Posts alerts. ``client_for(allow_private)`` gives the client to use; who made it closes it."""

    def __init__(
        self,
        *,
        client_for: Callable[[bool], httpx.AsyncClient],
        seal: Seal | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._client_for = client_for
        self._seal = seal or Seal(None)
        self._clock = clock
        self._timeout_seconds = timeout_seconds

    async def send(self, alert: Alert, webhook: Webhook) -> WebhookAttempt:
        """One attempt, within ``timeout_seconds``. Raises nothing for what the receiver or its network does."""
        at = self._clock()
        try:
            webhook = self._seal.open(webhook)
            channel = _channel(webhook.channel)
        except UsageError as error:
            return WebhookAttempt(at, None, str(error), "wait")
        try:
            secret = check_secret(webhook.secret)
            url = check_url(webhook.url, allow_private=webhook.allow_private)
            sent = channel(alert)
            headers = {"content-type": sent.content_type, **sign(secret, alert.id, at, sent.body)}
            async with asyncio.timeout(self._timeout_seconds) as deadline:
                return await self._post(at, webhook, url, headers, sent.body, deadline)
        except UsageError as error:
            return WebhookAttempt(at, None, _line(str(error), webhook), "refused")
        except (TimeoutError, httpx.TimeoutException):
            return WebhookAttempt(at, None, f"no answer within {self._timeout_seconds:g} s", "retry")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return WebhookAttempt(at, None, _line(_failure(error), webhook), "retry")
        except Exception as error:  # the last catch: whatever a receiver sent costs this attempt and no more
            return WebhookAttempt(at, None, unexpected("webhook", error), "retry")

    async def _post(
        self,
        at: datetime,
        webhook: Webhook,
        url: httpx.URL,
        headers: dict[str, str],
        body: bytes,
        deadline: asyncio.Timeout,
    ) -> WebhookAttempt:
        client = self._client_for(webhook.allow_private)
        async with client.stream("POST", url, headers=headers, content=body, follow_redirects=False) as response:
            text = await _beginning(response, deadline)
        code = response.status_code
        if response.is_success:
            return WebhookAttempt(at, code, None, "delivered")
        if code == GONE:
            return WebhookAttempt(at, code, "410: the receiver wants no more alerts", "gone")
        location = location_of(response)
        error = f"answered {code}{text and ': '}{text}" if location is None else _redirect(url, code, location)
        asked = retry_after_seconds(response.headers.get("retry-after"), at) if code in ASKS_FOR_TIME else None
        return WebhookAttempt(at, code, _line(error, webhook), "retry", asked)


def _channel(name: str) -> plugins.Channel:
    """The channel of an installed package, for "" that of Storywatch's own JSON. Raises `UsageError` without it."""
    if not name:
        return lambda alert: plugins.Notification(payload(alert))
    channel: plugins.Channel | None = plugins.load("storywatch.channels", name)
    if channel is None:
        raise UsageError(f"the channel {name} is not installed in this worker")
    return channel


async def _beginning(response: httpx.Response, deadline: asyncio.Timeout) -> str:
    """Text of the answer for the error line, read as far as its limits allow; "" for pages and bytes.

    An answer read to its end leaves the connection usable; one that breaks off or goes on for ever changes nothing,
    since the code is known.
    """
    left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
    read = b""
    try:
        async with asyncio.timeout(min(ANSWER_SECONDS, left / 2)):  # so that the deadline never hides the code
            async for chunk in response.aiter_raw():
                read += chunk[: ANSWER_BYTES - len(read)]
                if len(read) >= ANSWER_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError, OSError):
        pass
    kind = media_type(response.headers.get("content-type"))
    plain = kind in ("text/plain", "application/json") and "content-encoding" not in response.headers
    return read.decode(errors="replace") if plain else ""


def _redirect(url: httpx.URL, code: int, location: str) -> str:
    try:
        target = next_hop(url, location).host
    except UsageError:
        target = "an invalid address"
    return f"answered {code}, a redirect to {target}: not followed; set the webhook to its final URL"


def _failure(error: Exception) -> str:
    text = str(error)
    what = FAILURES.get(type(error), type(error).__name__)
    return f"{what}: {text}" if text else what


def _line(text: str, webhook: Webhook) -> str:
    """One bounded, printable line. Receivers quote requests, and webhook URLs often carry a token: neither shows."""
    for hidden in _hidden(webhook):
        text = text.replace(hidden, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= ERROR_CHARACTERS else line[: ERROR_CHARACTERS - 1] + "…"


def _hidden(webhook: Webhook) -> list[str]:
    """What must not show: the secret, and the parts of the URL behind the host that may be tokens."""
    found = [webhook.secret, webhook.secret.removeprefix("whsec_")]
    behind = re.split(r"[/?#]", webhook.url.partition("://")[2])[1:]
    found += [word for part in behind for word in re.split(r"[&=;]", part)]
    return sorted((text for text in found if len(text) >= 8), key=len, reverse=True)  # longest first: parts of others
