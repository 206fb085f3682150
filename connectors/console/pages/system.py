"""The system: what waits before each stage, how long articles take, and the messages that were refused."""

from datetime import UTC, datetime, timedelta

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from connectors.api.problems import AnyRequest
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.views.letters import LetterChoice
from streams.contract.messages import Scope

MOST_LETTERS = 50
MOST_TIMED = 2_000  # articles, and alerts, of the hour, the latest
HOUR = timedelta(hours=1)


def system_route(visitors: Visitors, data: Data) -> HTTPRouteHandler:
    @get("/system", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def system(request: AnyRequest) -> Response[bytes]:
        now = datetime.now(UTC)
        letters = data.library.letters(LetterChoice(), limit=MOST_LETTERS)
        return page(
            request,
            "system.html",
            now=now,
            waiting=data.waiting(),
            hour=_last_hour(data, now),
            most_timed=MOST_TIMED,
            letters=letters,
        )

    return system


def _last_hour(data: Data, now: datetime) -> dict[str, tuple[int, float | None, float | None]]:
    """What was filed and what was made -> its number, and the median and 95th percentile of the seconds until then."""
    return {
        "articles": _seconds(data, Family.ARTICLES, "article.filed", "article.seconds_to_file", now),
        "alerts": _seconds(data, Family.ALERTS, "alert.made", "alert.seconds_to_make", now),
    }


def _seconds(
    data: Data, family: Family, time: str, field: str, now: datetime
) -> tuple[int, float | None, float | None]:
    chosen = q.at_least(time, (now - HOUR).isoformat())
    hits = data.index.hits(family, chosen, size=MOST_TIMED, sort=[{time: {"order": "desc"}}], _source=[field])
    outer, inner = field.split(".")
    values = sorted(one for hit in hits if (one := hit["_source"].get(outer, {}).get(inner)) is not None)
    if not values:
        return len(hits), None, None
    return len(hits), values[len(values) // 2], values[min(len(values) - 1, int(0.95 * len(values)))]
