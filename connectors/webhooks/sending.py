"""Sends a message to its receiver once; returns the outcome as a value, whatever the receiver does."""

import asyncio
import dataclasses
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx
import structlog
from msgspec.structs import replace

from connectors.channels.template import render
from connectors.connectivity import failure_reason
from connectors.http.headers import media_type, retry_after_seconds
from connectors.http.net import GuardedClient, check_url, location_of, next_hop
from connectors.tracks.feedback_links import FeedbackLinks
from connectors.webhooks.payload import payload
from connectors.webhooks.sealing import Seal
from connectors.webhooks.signing import check_secret, sign
from streams.alerts.receivers import MAIL_SCHEMES
from streams.contract import plugins
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import Alert, Webhook
from streams.contract.plugins import Judgement, Note, Notification, Reply, Sending, ServiceChannel
from streams.runtime.metrics import report_unexpected

log = structlog.get_logger("storywatch.deliver")

TIMEOUT_SECONDS = 10.0  # for lookup, connection, POST and answer together: a receiver stores first and works later
ANSWER_BYTES = 4_096  # enough for an error text; only the status code matters
ANSWER_SECONDS = 1.0  # from the headers until the connection is closed
ERROR_CHARACTERS = 240  # fits a table
GONE = 410
ASKS_FOR_TIME = (429, 503)  # statuses whose Retry-After header is used

BROKEN: dict[type[Exception], str] = {  # what the texts of httpx, which are often empty, do not say
    httpx.ReadError: "connection broken before the answer",
    httpx.WriteError: "connection broken while sending",
}

Outcome = Literal["delivered", "retry", "gone", "refused", "wait"]

# A message, and what the receiver's owner has to know of it, if anything
Written = Callable[[ServiceChannel, Webhook], Awaitable[tuple[Notification, str | None]]]


@dataclass(frozen=True)
class WebhookAttempt:
    """The outcome of one attempt. ``error``: one line without secrets; None when delivered.

    ``delivered``: a 2xx answer. ``retry``: no answer or another one. ``gone``: a 410 or what means it for the channel,
    the receiver wants no more. ``refused``: not sent because of its address or secret, or refused for good by the
    service; a retry would change nothing. ``wait``: not sent because the webhook is encrypted with a key that is
    missing here. ``ms``: how long it took. ``excerpt``: the beginning of the answer, without secrets.
    """

    at: datetime
    code: int | None
    error: str | None
    outcome: Outcome
    retry_after_seconds: float | None = None  # as the receiver asked; the schedule limits it
    ms: int | None = None
    excerpt: str | None = None


class Sender:
    """Sends messages. ``client_for`` returns the client for a receiver, which the caller closes."""

    def __init__(
        self,
        *,
        client_for: Callable[[Webhook], GuardedClient],
        seal: Seal | None = None,
        links: FeedbackLinks | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._client_for = client_for
        self._seal = seal or Seal(None)
        self._links = links or FeedbackLinks(None, None)
        self._clock = clock
        self._timeout_seconds = timeout_seconds

    async def send(self, alert: Alert, webhook: Webhook) -> WebhookAttempt:
        """One attempt within ``timeout_seconds``. Raises no error of the receiver or the network."""
        alert = self._links.add_to(alert)

        async def written(channel: ServiceChannel, webhook: Webhook) -> tuple[Notification, str | None]:
            if not webhook.template or channel.send is not None:
                return channel.message(alert), None
            try:
                return await templated(alert, webhook, channel), None
            except Rejected as error:
                log.warning("a template failed: the plain body is sent", alert=alert.id, error=str(error))
                return channel.message(alert), f"the template failed, the plain body was sent: {error}"

        return await self._attempt(webhook, alert.id, written)

    async def send_note(self, note: Note, id_: str, webhook: Webhook) -> WebhookAttempt:
        """As `send`, of what is no alert. Refused by a channel that has no form for it."""

        async def written(channel: ServiceChannel, webhook: Webhook) -> tuple[Notification, str | None]:
            if channel.note is None:
                raise UsageError(f"the channel {webhook.channel} has no form for what is no alert")
            return channel.note(note), None

        return await self._attempt(webhook, id_, written)

    async def _attempt(self, webhook: Webhook, id_: str, written: Written) -> WebhookAttempt:
        at, began = self._clock(), time.monotonic()
        try:
            webhook = self._seal.open(webhook)
            channel = plugins.channel(webhook.channel)
        except UsageError as error:
            return WebhookAttempt(at, None, str(error), "wait")
        try:
            secrets = _secrets(webhook, at) if channel.signed else []
            address = check_address(webhook, channel)
            sent, notice = await written(channel, webhook)
            if channel.send is not None:
                sending = Sending(
                    id=id_,
                    at=at,
                    url=webhook.url,
                    secret=webhook.secret,
                    allow_private=webhook.allow_private,
                    notification=sent,
                    timeout_seconds=self._timeout_seconds,
                )
                async with asyncio.timeout(self._timeout_seconds):
                    judgement = await channel.send(sending)
            else:
                headers = {"content-type": sent.content_type} | (sign(secrets, id_, at, sent.body) if secrets else {})
                async with asyncio.timeout(self._timeout_seconds) as deadline:
                    judgement = await self._post(at, webhook, channel, address, headers, sent.body, deadline)
            if notice is not None:
                judgement = replace(judgement, excerpt=notice)
            attempt = _attempt(at, judgement, webhook)
        except UsageError as error:
            attempt = WebhookAttempt(at, None, _line(str(error), webhook), "refused")
        except (TimeoutError, httpx.TimeoutException):
            attempt = WebhookAttempt(at, None, f"no answer within {self._timeout_seconds:g} s", "retry")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            attempt = WebhookAttempt(at, None, _line(_failure(error), webhook), "retry")
        except Exception as error:  # the last resort: an unexpected error costs one attempt
            attempt = WebhookAttempt(at, None, report_unexpected("webhook", error), "retry")
        return dataclasses.replace(attempt, ms=round((time.monotonic() - began) * 1000))

    async def _post(
        self,
        at: datetime,
        webhook: Webhook,
        channel: ServiceChannel,
        url: str,
        headers: dict[str, str],
        body: bytes,
        deadline: asyncio.Timeout,
    ) -> Judgement:
        client = self._client_for(webhook)
        target = check_url(url, allow_private=webhook.allow_private)  # parsed before, and remembered
        response = await client.post_directly(target, headers, body)
        try:
            raw = await _beginning(response, deadline)
        finally:
            await response.aclose()
        code, text = response.status_code, raw if _is_plain(response) else ""
        asked = retry_after_seconds(response.headers.get("retry-after"), at)
        judged = channel.judge(Reply(code, raw, asked))
        if judged is None:
            judged = _judge(response, target, text, asked)
        return replace(judged, code=code, excerpt=text)


def _judge(response: httpx.Response, url: httpx.URL, text: str, asked: float | None) -> Judgement:
    """What an answer means by the rules of docs/webhooks.md."""
    code = response.status_code
    if response.is_success:
        return Judgement("delivered")
    if code == GONE:
        return Judgement("gone", "410: the receiver wants no more alerts")
    location = location_of(response)
    error = f"answered {code}{text and ': '}{text}" if location is None else _redirect(url, code, location)
    return Judgement("retry", error, retry_after_seconds=asked if code in ASKS_FOR_TIME else None)


def _attempt(at: datetime, judged: Judgement, webhook: Webhook) -> WebhookAttempt:
    error = None if judged.outcome == "delivered" else _line(judged.error or judged.outcome, webhook)
    excerpt = _line(judged.excerpt, webhook) if judged.excerpt else None
    return WebhookAttempt(at, judged.code, error, judged.outcome, judged.retry_after_seconds, excerpt=excerpt or None)


async def templated(alert: Alert, webhook: Webhook, channel: ServiceChannel) -> Notification:
    """The body that the receiver's template makes of an alert. Raises `Rejected` for a template that fails."""
    content_type = webhook.content_type or channel.message(alert).content_type
    body = await render(webhook.template, payload(alert), escape="html" in content_type)
    return Notification(body, content_type)


def check_address(webhook: Webhook, channel: ServiceChannel) -> str:
    """The receiver's address in its canonical form. Raises `UsageError` for one that cannot be used."""
    if channel.send is not None:
        return channel.check(webhook)
    return str(check_url(webhook.url, allow_private=webhook.allow_private))


def _secrets(webhook: Webhook, at: datetime) -> list[str]:
    """The secrets to sign with: also the former one, while it is replaced. Raises `UsageError` for an invalid one."""
    secrets = [check_secret(webhook.secret)]
    if webhook.former_secret and webhook.former_until is not None and at < webhook.former_until:
        secrets.append(check_secret(webhook.former_secret))
    return secrets


async def _beginning(response: httpx.Response, deadline: asyncio.Timeout) -> str:
    """The beginning of the answer's text; "" if it is compressed.

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
    return "" if "content-encoding" in response.headers else read.decode(errors="replace")


def _is_plain(response: httpx.Response) -> bool:
    """Whether the answer can be shown to a person: no HTML, no binary data."""
    return media_type(response.headers.get("content-type")) in ("text/plain", "application/json")


def _redirect(url: httpx.URL, code: int, location: str) -> str:
    try:
        target = next_hop(url, location).host
    except UsageError:
        target = "an invalid address"
    return f"answered {code}, a redirect to {target}: not followed; set the webhook to its final URL"


def _failure(error: Exception) -> str:
    """Why there is no answer. What came instead of one is not shown: it may be anything."""
    if isinstance(error, httpx.RemoteProtocolError):
        closed = "disconnected" in str(error)
        return f"no HTTP answer: {'the connection was closed' if closed else 'what came is something else'}"
    return f"{BROKEN.get(type(error), 'cannot connect')}: {failure_reason(error, str(error))}"


def _line(text: str, webhook: Webhook) -> str:
    """One bounded, printable line without secrets: receivers quote requests, and webhook URLs often hold a token."""
    for hidden in _secrets_of(webhook):
        text = text.replace(hidden, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= ERROR_CHARACTERS else line[: ERROR_CHARACTERS - 1] + "…"


def _secrets_of(webhook: Webhook) -> list[str]:
    """The texts to mask: the secret, and parts of the URL after the host that may be tokens."""
    given = [webhook.secret, webhook.former_secret]
    found = given + [one.removeprefix("whsec_") for one in given]
    scheme, _, rest = webhook.url.partition("://")
    if scheme not in MAIL_SCHEMES:
        parts = re.split(r"[/?#]", rest)
        behind = parts[1:] if scheme in ("http", "https") else parts  # other addresses may begin with a token
        found += [word for part in behind for word in re.split(r"[&=;@:]", part)]
    return sorted({text for text in found if len(text) >= 8}, key=len, reverse=True)  # longest first: parts of others
