"""Sends an alert to its webhook as one signed POST; returns the outcome as a value, whatever the receiver does."""

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
from streams.runtime.metrics import report_unexpected

TIMEOUT_SECONDS = 10.0  # for lookup, connection, POST and answer together: a receiver stores first and works later
ANSWER_BYTES = 4_096  # enough for an error text; only the status code matters
ANSWER_SECONDS = 1.0  # from the headers until the connection is closed
ERROR_CHARACTERS = 240  # fits a table
GONE = 410
ASKS_FOR_TIME = (429, 503)  # statuses whose Retry-After header is used

FAILURES: dict[type[Exception], str] = {  # in place of httpx's own texts, which are often empty
    httpx.ConnectError: "cannot connect",
    httpx.RemoteProtocolError: "no HTTP answer",
    httpx.ReadError: "connection broken before the answer",
    httpx.WriteError: "connection broken while sending",
}

Outcome = Literal["delivered", "retry", "gone", "refused", "wait"]


@dataclass(frozen=True)
class WebhookAttempt:
    """The outcome of one attempt. ``error``: one line without secrets; None when delivered.

    ``delivered``: a 2xx answer. ``retry``: no answer or another one. ``gone``: a 410, the receiver wants no more.
    ``refused``: not sent because of its URL, private address or secret; a retry would change nothing. ``wait``: not
    sent because the webhook is encrypted with a key that is missing here.
    """

    at: datetime
    code: int | None
    error: str | None
    outcome: Outcome
    retry_after_seconds: float | None = None  # as the receiver asked; the schedule limits it


class Sender:
    """Posts alerts. ``client_for(allow_private)`` returns the client to use, which the caller closes."""

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
        """One attempt within ``timeout_seconds``. Raises no error of the receiver or the network."""
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
        except Exception as error:  # the last resort: an unexpected error costs one attempt
            return WebhookAttempt(at, None, report_unexpected("webhook", error), "retry")

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
    """The beginning of the answer's text for the error line; "" for HTML and binary data.

    An answer that is read to its end leaves the connection usable. Its errors do not matter: the status is known.
    """
    left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
    read = b""
    try:
        async with asyncio.timeout(min(ANSWER_SECONDS, left / 2)):  # so that the deadline never hides the status
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
    """One bounded, printable line without secrets: receivers quote requests, and webhook URLs often hold a token."""
    for hidden in _secrets_of(webhook):
        text = text.replace(hidden, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= ERROR_CHARACTERS else line[: ERROR_CHARACTERS - 1] + "…"


def _secrets_of(webhook: Webhook) -> list[str]:
    """The texts to mask: the secret, and parts of the URL after the host that may be tokens."""
    found = [webhook.secret, webhook.secret.removeprefix("whsec_")]
    behind = re.split(r"[/?#]", webhook.url.partition("://")[2])[1:]
    found += [word for part in behind for word in re.split(r"[&=;]", part)]
    return sorted((text for text in found if len(text) >= 8), key=len, reverse=True)  # longest first: parts of others
