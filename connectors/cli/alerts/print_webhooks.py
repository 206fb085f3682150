"""A local webhook receiver that prints what it receives."""

import asyncio
from typing import Any

from aiohttp import web

from connectors.cli.common import output
from connectors.cli.common.connect import now
from connectors.cli.common.run_until_signal import run_until_signal
from connectors.cli.common.times import iso_time
from connectors.webhooks.receiving import Received, Receiver


async def receive(secret: str | None, port: int, *, as_json: bool) -> None:
    """Receive and print webhooks until SIGINT or SIGTERM. Raises `UsageError` for an invalid secret or a taken port."""
    async with _PrintingReceiver(secret, port, _JsonPrinter() if as_json else _TextPrinter()) as receiver:
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

    def __init__(self, secret: str | None, port: int, printer: _TextPrinter | _JsonPrinter) -> None:
        super().__init__(secret, port=port, on_event=printer.taken)
        self._printer = printer

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        if answer.status >= web.HTTPBadRequest.status_code:
            self._printer.refused(answer.status, (answer.text or "").strip())
        return answer


def _summary(payload: dict[str, Any]) -> str:
    """An alert in a line: the headline, its source, its URL and the reason; of anything else its type."""
    data = payload.get("data")
    try:
        article = data["article"]  # type: ignore[index]
        where = f"  {article['url']}" if article.get("url") else ""
        article_line = f"{article['title']} ({data['source']['name']}){where}"  # type: ignore[index]
        reason = f"{data['alert']['reason']}; story: {data['story']['title']}"  # type: ignore[index]
        return f"alert for {data['track']['name']}: {article_line}  {reason}"  # type: ignore[index]
    except (KeyError, TypeError, AttributeError):
        return f"not an alert of Storywatch: {payload.get('type', 'no type')}"
