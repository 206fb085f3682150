"""Deliveries: how each receiver is, what became of each alert and notice, and sending them again."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.write.commands import Period
from connectors.console.data import Data
from connectors.console.forms import Form
from connectors.console.html import page
from connectors.console.pages.choices import one_of, text_of
from connectors.console.pages.read_back import wait_until_read
from connectors.console.visitors import Visitors
from connectors.views import receivers as receiver_views
from connectors.views.choices import AlertChoice
from streams.contract.messages import NamedReceiver, Scope

PATH = "/deliveries"
ROWS = 50
STATUSES = {
    "": "all",
    "failed": "failed",
    "retrying": "retrying",
    "pending": "waiting",
    "held": "held",
    "delivered": "delivered",
    "recorded": "recorded",
}
PERIODS = {"1": "hour", "6": "6 hours", "24": "24 hours", "168": "7 days"}  # hours, of what is sent again
DONE = {
    "sent": "Sent now, with the same id: a receiver that stores ids recognises a repeat.",
    "nothing": "There was nothing to send: such alerts are due anyway, or go to no receiver.",
    "cancelled": "The delivery is cancelled. The alert stays listed.",
    "pause": "The receiver is paused: its alerts wait, and none is lost.",
    "resume": "The receiver gets alerts again: what waits goes out, the oldest first.",
}


def deliveries_routes(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
    @get(PATH, guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def deliveries(request: AnyRequest) -> Response[bytes]:
        status = one_of(request, "status", STATUSES, "")
        choice = AlertChoice(
            track=text_of(request, "track"),
            story=text_of(request, "story"),
            receiver=text_of(request, "receiver"),
            status=status or None,
        )
        sources = text_of(request, "sources") == "1"
        found = data.library.deliveries(choice, sources=sources, limit=ROWS, after=text_of(request, "after"))
        receivers = data.receivers.all
        states = receiver_views.states(data.library.search, receivers)
        return page(
            request,
            "deliveries.html",
            receivers=[receiver_views.view(one, states.get(one.name)) for one in receivers],
            sending=receiver_views.SENDING,
            found=found,
            statuses=STATUSES,
            shown_status=status,
            only_sources=sources,
            chosen=[(name, text) for name in ("track", "story", "receiver") if (text := text_of(request, name))],
            periods=PERIODS,
            done=DONE.get(request.query_params.get("done", "")),
        )

    return [deliveries, *_delivery_forms(visitors, data), *_receiver_forms(visitors, data)]


def _delivery_forms(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    commands = known.commands.deliveries

    @post(
        f"{PATH}/{{alert_id:str}}/{{action:str}}",
        status_code=HTTP_303_SEE_OTHER,
        guards=[visitors.needs(Scope.DESK)],
        sync_to_thread=True,
    )
    def change(request: AnyRequest, alert_id: FromPath[str], action: FromPath[str]) -> Redirect:
        """Send an alert now, or cancel its delivery."""
        acts = {"retry": (commands.send_again, "sent"), "cancel": (commands.cancel, "cancelled")}
        alert = commands.latest().get(alert_id) if action in acts else None
        if alert is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no alert {alert_id[:64]}")
        act, done = acts[action]
        return _back(done if act([alert], request.auth.name) else "nothing")

    @post(
        f"{PATH}/replay",
        status_code=HTTP_303_SEE_OTHER,
        guards=[visitors.needs(Scope.DESK)],
        sync_to_thread=True,
    )
    def replay(request: AnyRequest, data: Form) -> Redirect:
        """Send the alerts of the last hours again."""
        hours = data.get("hours", "")
        if hours not in PERIODS:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"hours is one of {', '.join(PERIODS)}")
        since = datetime.now(UTC) - timedelta(hours=int(hours))
        chosen = Period(since=since, receiver=data.get("receiver") or None, failed=data.get("which") != "all")
        return _back("sent" if commands.send_again(commands.in_period(chosen), request.auth.name) else "nothing")

    return [change, replay]


def _receiver_forms(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
    commands = data.commands.receivers
    shared: dict[str, Any] = {"guards": [visitors.needs(Scope.DESK)], "sync_to_thread": True}

    def present(name: str) -> NamedReceiver | None:
        return next((one for one in data.receivers.all if one.name == name), None)

    def find(name: str) -> NamedReceiver:
        found = present(name)
        if found is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no receiver {name[:64]}")
        return found

    @post("/receivers/{name:str}/test", status_code=HTTPStatus.OK, **shared)
    def test(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        """Send a test, and show what the receiver answered."""
        find(name)
        return page(request, "receiver_test.html", name=name, made=commands.test(name, False, request.auth.name))

    @post("/receivers/{name:str}/{action:str}", status_code=HTTP_303_SEE_OTHER, **shared)
    def change(request: AnyRequest, name: FromPath[str], action: FromPath[str]) -> Redirect:
        """Pause or resume a receiver."""
        before = find(name)
        act = {"pause": commands.pause, "resume": commands.resume}.get(action)
        if act is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"a receiver cannot {action[:64]}")
        if act(name, request.auth.name) != before:
            wait_until_read(lambda: present(name) != before)
        return _back(action)

    return [test, change]


def _back(done: str) -> Redirect:
    return Redirect(f"{PATH}?{urlencode({'done': done})}", status_code=HTTP_303_SEE_OTHER)
