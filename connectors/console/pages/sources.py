"""Sources: which went silent, late or changed shape, the worst first, with what each brought in the last four weeks."""

from datetime import UTC, datetime

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.pages.day_counts import DAY, counts_a_day
from connectors.console.picture.days import DAYS, days
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.views.sources import SourceHealth
from streams.contract.messages import Scope

MOST = 500  # sources on the page, the worst first
BAD = {"silent": "flag", "broken": "flag", "changed": "doubtful", "late": "doubtful"}


def sources_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/sources", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def sources(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        found = data.watched.assess(now)
        shown = found[:MOST]
        counts = counts_a_day(
            data.index, Family.ARTICLES, "article.origin", [one.source.url for one in shown], DAYS, now
        )
        rows = [
            (one, days(counts[one.source.url], bad=_bad_days(one, now), kind=BAD.get(one.health, "none")))
            for one in shown
        ]
        states = {
            state: sum(one.health == state for one in found) for state in dict.fromkeys(one.health for one in found)
        }
        return page(request, "sources.html", now=now, rows=rows, total=len(found), states=states, bad=BAD)

    return sources


def _bad_days(health: SourceHealth, now: datetime) -> int:
    last = health.status.last_news if health.status else None
    return 0 if health.health not in BAD else 1 if last is None else min(DAYS, 1 + (now - last) // DAY)
