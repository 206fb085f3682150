"""A local webhook receiver that prints what it receives."""

import asyncio
from typing import Any

import httpx
from aiohttp import web

from connectors.cli.alerts.simulated import Simulated
from connectors.cli.common import output
from connectors.cli.common.connect import now
from connectors.cli.common.run_until_signal import run_until_signal
from connectors.cli.common.times import iso_time
from connectors.http.net import check_url, guarded_client
from connectors.webhooks.receiving import Received, Receiver
from connectors.webhooks.signing import HEADERS
from streams.contract.errors import UsageError

FORWARD_SECONDS = 10.0  # as long as a sender waits
SLOW_SECONDS = 30.0
MOST_FORWARDED = 1_000  # characters of an answer that is passed back


async def receive(
    secret: str | None, port: int, *, as_json: bool, forward: str | None = None, simulate: Simulated | None = None
) -> None:
    """Receive and print webhooks until SIGINT or SIGTERM.

    ``forward``: the URL that each verified webhook is passed on to, whose answer is given. Raises `UsageError` for an
    invalid secret or URL, and for a taken port.
    """
    url = None if forward is None else check_url(forward, allow_private=True)
    printer = _JsonPrinter() if as_json else _TextPrinter()
    client = guarded_client(allow_private=True, timeout_seconds=FORWARD_SECONDS, user_agent="Storywatch/listen")
    async with client, _PrintingReceiver(secret, port, printer, client, url, simulate) as receiver:
        unchecked = "" if secret else "; signatures are not checked because no --secret is given"
        output.note(f"listening on {receiver.url}{unchecked}; Ctrl-C ends")
        await run_until_signal(asyncio.Event().wait())


class _TextPrinter:
    """Prints a line for people."""

    def taken(self, event: Received) -> None:
        marks = ["[repeat]"] if event.repeat else []
        marks += [] if event.verified else ["[not checked]"]
        parts = [iso_time(event.at), _summary(event.payload), f"id {event.id or 'none'}", *marks]
        output.echo("  ".join(parts), style="dim" if event.repeat else "green")

    def refused(self, status: int, reason: str) -> None:
        output.echo(f"{iso_time(now())}  refused with {status}: {reason}", style="red")


class _JsonPrinter:
    """Prints a line of JSON for programs."""

    def taken(self, event: Received) -> None:
        output.record(
            {
                "id": event.id,
                "at": event.at,
                "verified": event.verified,
                "repeat": event.repeat,
                "payload": event.payload,
            }
        )

    def refused(self, status: int, reason: str) -> None:
        output.record({"at": now(), "refused": reason, "status": status})


class _PrintingReceiver(Receiver):
    """A receiver that also prints what it refuses."""

    def __init__(
        self,
        secret: str | None,
        port: int,
        printer: _TextPrinter | _JsonPrinter,
        client: httpx.AsyncClient,
        forward: httpx.URL | None,
        simulate: Simulated | None,
    ) -> None:
        super().__init__(secret, port=port, on_event=printer.taken)
        self._printer = printer
        self._client = client
        self._forward = forward
        self._simulate = simulate

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        if answer.status < web.HTTPBadRequest.status_code:
            answer = await self._outcome(request, answer)
        if answer.status >= web.HTTPBadRequest.status_code:
            self._printer.refused(answer.status, (answer.text or "").strip())
        return answer

    async def _outcome(self, request: web.Request, accepted: web.Response) -> web.Response:
        """The answer to a verified webhook: that of a simulated fault, or of the receiver behind this one."""
        if self._simulate is Simulated.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        elif self._simulate is not None:
            return web.Response(status=int(self._simulate), text="simulated\n")
        if self._forward is None:
            return accepted
        headers = {name: request.headers[name] for name in (*HEADERS, "content-type") if name in request.headers}
        try:
            passed = await self._client.post(self._forward, content=await request.read(), headers=headers)
        except (httpx.HTTPError, UsageError, OSError) as error:
            return web.Response(status=502, text=f"not forwarded: {error or type(error).__name__}\n")
        return web.Response(status=passed.status_code, text=passed.text[:MOST_FORWARDED])


def _summary(payload: dict[str, Any]) -> str:
    """An alert in a line: the headline, its source, its URL and the reason; of a note (how a source is) its text."""
    data = payload.get("data")
    try:
        article = data["article"]  # type: ignore[index]
        where = f"  {article['url']}" if article.get("url") else ""
        article_line = f"{article['title']} ({data['source']['name']}){where}"  # type: ignore[index]
        reason = f"{data['alert']['reason']}; story: {data['story']['title']}"  # type: ignore[index]
        return f"alert for {data['track']['name']}: {article_line}  {reason}"  # type: ignore[index]
    except (KeyError, TypeError, AttributeError):
        kind, text = payload.get("type", "no type"), data.get("text") if isinstance(data, dict) else None
        return f"{kind}: {text}" if isinstance(text, str) else f"not an alert of Storywatch: {kind}"
