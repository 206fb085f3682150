"""``/v1/deliveries``: how alerts and notices about sources reached their receivers, and sending them again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, PathParameter, QueryParameter
from msgspec import Meta, Struct

from connectors.api.access.guard import Access
from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.api.write.commands import DeliveryCommands, Period
from connectors.api.write.shared import KeyRequest, by_key, write_options
from connectors.views.choices import AlertChoice
from connectors.views.deliveries import Delivery
from connectors.views.library import DeliveryList, Library
from streams.contract.messages import Deliverable

PATH = "/v1/deliveries"
ONE = "/v1/deliveries/{alert_id:str}"

AlertId = Annotated[str, PathParameter(description="The whole id of the alert or notice.", max_length=64)]
Sources = Annotated[
    bool, QueryParameter(name="sources", description="Only notices that a source is silent, broken or well again.")
]
Time = Annotated[str, Meta(min_length=1, max_length=40)]
Name = Annotated[str, Meta(min_length=1, max_length=300)]


class Replay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts are sent again: as the options of `storywatch deliveries replay`."""

    since: Annotated[Time, Meta(description="Alerts made from then on: ISO 8601, or 2h, 3d before now.")]
    until: Annotated[Time | None, Meta(description="And before then.")] = None
    receiver: Annotated[Name | None, Meta(description="Only to this receiver.")] = None
    track: Annotated[Name | None, Meta(description="Only of this track: its id or name.")] = None
    failed: Annotated[bool, Meta(description="Only those that failed.")] = False
    dry_run: Annotated[bool, Meta(description="Only say which would be sent.")] = False


class ChangedDeliveries(Struct, frozen=True, kw_only=True):
    """The ids of the alerts whose deliveries were changed, the oldest alert first."""

    alerts: tuple[str, ...]


def list_deliveries_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, PATH, "List deliveries", "deliveries")
    async def list_deliveries(
        request: AnyRequest,
        track: p.Track = None,
        receiver: p.Receiver = None,
        status: p.Status = None,
        sources: Sources = False,
        since: p.Since = None,
        until: p.Until = None,
        limit: p.Limit = 20,
        cursor: p.Cursor = None,
    ) -> Response[DeliveryList]:
        """One for each receiver of an alert and for each notice about a source, those made last first.

        Each with its attempts and their answers. Of a notice, what concerns a track, a story or an article is null.
        """
        from_, to = p.period(since, until, datetime.now(UTC))
        choice = AlertChoice(track=track, receiver=receiver, status=status, since=from_, until=to)
        return await answers.answer(
            request, lambda: library.deliveries(choice, sources=sources, limit=limit, after=cursor)
        )

    return list_deliveries


def delivery_route(access: Access, library: Library, answers: Answers) -> HTTPRouteHandler:
    @read_route(access, ONE, "Show a delivery", "deliveries", HTTPStatus.NOT_FOUND)
    async def show_delivery(request: AnyRequest, alert_id: p.Id) -> Response[Delivery]:
        """Each attempt with its time, status, duration, and the beginning of the answer."""

        def ask() -> Any:
            found = library.delivery(alert_id)
            if found is None:
                raise p.not_found("delivery")
            return found

        return await answers.answer(request, ask)

    return show_delivery


def send_again_routes(access: Access, commands: DeliveryCommands, answers: Answers) -> list[HTTPRouteHandler]:
    shared = write_options(access, "deliveries", status_code=HTTPStatus.OK.value)

    async def change(
        alert_id: str, act: Callable[[Sequence[Deliverable]], Sequence[Deliverable]], otherwise: str
    ) -> ChangedDeliveries:
        def run() -> ChangedDeliveries:
            alert = commands.latest().get(alert_id)
            if alert is None:
                raise p.not_found("delivery")
            changed = act([alert])
            if not changed:
                raise ProblemError(HTTPStatus.CONFLICT, otherwise.format(alert.delivery.status))
            return _changed(changed)

        return await answers.run(run)

    @post(f"{ONE}/retry", summary="Send an alert now", **shared)
    async def retry(request: KeyRequest, alert_id: AlertId) -> ChangedDeliveries:
        """Whether it waits, failed or was delivered; it gets all its attempts again. The webhook-id is the same."""
        by = by_key(request.auth)
        return await change(
            alert_id, lambda found: commands.send_again(found, by), "this delivery is {}: there is nothing to send now"
        )

    @post(f"{ONE}/cancel", summary="End a delivery", **shared)
    async def cancel(request: KeyRequest, alert_id: AlertId) -> ChangedDeliveries:
        """Of an alert that waits for its receiver. The alert stays listed, as cancelled."""
        by = by_key(request.auth)
        return await change(alert_id, lambda found: commands.cancel(found, by), "this delivery does not wait: it is {}")

    @post(f"{PATH}/replay", summary="Send the alerts of a time again", **shared)
    async def replay(
        request: KeyRequest, data: Annotated[Replay, Body(description="Which alerts.")]
    ) -> ChangedDeliveries:
        """The oldest first, with the same webhook-ids. Those that are due anyway are left out."""
        since, until = p.period(data.since, data.until, datetime.now(UTC))
        if since is None:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "since: a time, such as 2h")
        chosen = Period(since=since, until=until, receiver=data.receiver, track=data.track, failed=data.failed)

        def run() -> ChangedDeliveries:
            found = commands.in_period(chosen)
            return _changed(found if data.dry_run else commands.send_again(found, by_key(request.auth)))

        return await answers.run(run)

    return [retry, cancel, replay]


def _changed(alerts: Sequence[Deliverable]) -> ChangedDeliveries:
    return ChangedDeliveries(alerts=tuple(one.id for one in alerts))
