"""Webhooks -> printed lines."""

from typing import Any

from aiohttp import web

from connectors.cli.common import output
from connectors.cli.common.connect import now
from connectors.cli.common.run_until_signal import forever, run_until_signal
from connectors.cli.common.times import iso_time
from connectors.webhooks.receiving import Received, Receiver


async def receive(secret: str | None, port: int, *, as_json: bool) -> None:
    """Until told to end. Raises `UsageError` for a secret that is none and a port that is taken."""
    printer = _Json() if as_json else _Lines()
    async with _Telling(secret, port, printer) as receiver:
        checked = "" if secret else "; signatures are not checked, since no --secret is given"
        output.note(f"listening on {receiver.url}{checked}; Ctrl-C ends")
        await run_until_signal(forever())


class _Lines:
    """For people."""

    def taken(self, event: Received) -> None:
        marks = [word for word, holds in (("repeat", event.repeat), ("not checked", not event.verified)) if holds]
        output.echo(
            "  ".join(
                [iso_time(event.at), _gist(event.payload), f"id {event.id or 'none'}", *(f"[{m}]" for m in marks)]
            ),
            style="dim" if event.repeat else "green",
        )

    def refused(self, status: int, reason: str) -> None:
        output.echo(f"{iso_time(now())}  refused with {status}: {reason}", style="red")


class _Json:
    """For programs."""

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


class _Telling(Receiver):
    """A receiver that also tells of what it refuses."""

    def __init__(self, secret: str | None, port: int, printer: "_Lines | _Json") -> None:
        super().__init__(secret, port=port, on_event=printer.taken)
        self._printer = printer

    async def _take(self, request: web.Request) -> web.Response:
        answer = await super()._take(request)
        if answer.status >= web.HTTPBadRequest.status_code:
            self._printer.refused(answer.status, (answer.text or "").strip())
        return answer


def _gist(payload: dict[str, Any]) -> str:
    """What an alert says in a line: the headline, who has it, where, and why; of anything else its type."""
    data = payload.get("data")
    try:
        article = data["article"]  # type: ignore[index]
        where = f"  {article['url']}" if article.get("url") else ""
        told = f"{data['track']['name']}: {article['title']} ({data['source']['name']}){where}"  # type: ignore[index]
        return f"alert for {told}  {data['alert']['reason']}; story: {data['story']['title']}"  # type: ignore[index]
    except (KeyError, TypeError, AttributeError):
        return f"not an alert of Storywatch: {payload.get('type', 'no type')}"
