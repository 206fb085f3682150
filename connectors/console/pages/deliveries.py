"""Deliveries: the alerts that were made, what became of each, and what failed first."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.pages.choices import one_of, text_of
from connectors.console.visitors import Visitors
from connectors.views.choices import AlertChoice
from streams.contract.messages import Scope

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


def deliveries_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/deliveries", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def deliveries(request: AnyRequest) -> Response[bytes]:
        status = one_of(request, "status", STATUSES, "")
        choice = AlertChoice(track=text_of(request, "track"), story=text_of(request, "story"), status=status or None)
        found = data.library.alerts(choice, limit=ROWS, after=text_of(request, "after"))
        return page(request, "deliveries.html", found=found, statuses=STATUSES, chosen=status, track=choice.track)

    return deliveries
