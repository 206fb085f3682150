"""The system: what waits before each stage, how long articles take, and the messages that were refused."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from connectors.api.problems import AnyRequest, ProblemError
from connectors.console.data import Data
from connectors.console.html import page
from connectors.console.visitors import Form, Visitors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.views.letters import LetterChoice
from streams.contract.deadletter import DeadLetter
from streams.contract.messages import Scope

MOST_LETTERS = 50
MOST_REASON = 1_000  # characters
MOST_TIMED = 2_000  # articles, and alerts, of the hour, the latest
HOUR = timedelta(hours=1)


def system_routes(visitors: Visitors, data: Data) -> list[HTTPRouteHandler]:
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

    return [system, *_letter_forms(visitors, data)]


def _letter_forms(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    commands = known.commands
    shared: dict[str, Any] = {
        "status_code": HTTP_303_SEE_OTHER,
        "guards": [visitors.needs(Scope.ADMIN)],
        "sync_to_thread": True,
    }

    def find(letter_id: str) -> DeadLetter:
        letter = next((one for one in commands.letters() if one.id == letter_id and one.is_open), None)
        if letter is None:
            raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no dead letter {letter_id[:64]} in the list")
        return letter

    @post("/deadletters/{letter_id:str}/replay", **shared)
    def replay(request: AnyRequest, letter_id: FromPath[str]) -> Redirect:
        """Send a dead letter to its stage again."""
        commands.replay([find(letter_id)], request.auth.name)
        return Redirect("/system", status_code=HTTP_303_SEE_OTHER)

    @post("/deadletters/{letter_id:str}/drop", **shared)
    def drop(request: AnyRequest, letter_id: FromPath[str], data: Form) -> Redirect:
        """Drop a dead letter from the list, with the reason."""
        because = data.get("because", "").strip()
        if not because or len(because) > MOST_REASON:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"say why, in at most {MOST_REASON:,} characters")
        commands.drop([find(letter_id)], because, request.auth.name)
        return Redirect("/system", status_code=HTTP_303_SEE_OTHER)

    return [replay, drop]


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
