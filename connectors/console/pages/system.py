"""The system: what waits before each stage, how long articles take, and the messages that were refused."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from markupsafe import Markup

from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.write.commands import Commands
from connectors.console.data import Data
from connectors.console.forms import Form
from connectors.console.html import page
from connectors.console.pages.raw_page import framed, framed_text
from connectors.console.picture.bars import bars
from connectors.console.visitors import Visitors
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.views.letters import LetterChoice
from streams.contract.codec import decode
from streams.contract.deadletter import DeadLetter
from streams.contract.errors import Undecodable
from streams.contract.messages import RawArticle, Scope

MOST_LETTERS = 50
MOST_REASON = 1_000  # characters
MOST_TIMED = 2_000  # articles, and alerts, of the hour, the latest
MOST_MESSAGE = 100_000  # bytes of a refused message that is no page
HOUR = timedelta(hours=1)
MINUTES = 60


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
            hour={
                "articles, from arrival to their story": _last_hour(
                    data, Family.ARTICLES, "article.filed", "article.seconds_to_file", now
                ),
                "alerts, from arrival to the alert": _last_hour(
                    data, Family.ALERTS, "alert.made", "alert.seconds_to_make", now
                ),
            },
            letters=letters,
        )

    @get("/deadletters/{letter_id:str}/message", guards=[visitors.needs(Scope.READ)], sync_to_thread=True)
    def message(letter_id: FromPath[str]) -> Response[bytes]:
        """The page or the message that was refused, for a frame."""
        value = data.commands.rejected(_open_letter(data.commands, letter_id))
        try:
            return framed(decode(value, RawArticle))
        except Undecodable:
            return framed_text(value[:MOST_MESSAGE])

    return [system, message, *_letter_forms(visitors, data)]


def _open_letter(commands: Commands, letter_id: str) -> DeadLetter:
    letter = next((one for one in commands.letters() if one.id == letter_id and one.is_open), None)
    if letter is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, f"there is no dead letter {letter_id[:64]} in the list")
    return letter


def _letter_forms(visitors: Visitors, known: Data) -> list[HTTPRouteHandler]:
    commands = known.commands
    shared: dict[str, Any] = {
        "status_code": HTTP_303_SEE_OTHER,
        "guards": [visitors.needs(Scope.ADMIN)],
        "sync_to_thread": True,
    }

    @post("/deadletters/{letter_id:str}/replay", **shared)
    def replay(request: AnyRequest, letter_id: FromPath[str]) -> Redirect:
        """Send a dead letter to its stage again."""
        commands.replay([_open_letter(commands, letter_id)], request.auth.name)
        return Redirect("/system", status_code=HTTP_303_SEE_OTHER)

    @post("/deadletters/{letter_id:str}/drop", **shared)
    def drop(request: AnyRequest, letter_id: FromPath[str], data: Form) -> Redirect:
        """Drop a dead letter from the list, with the reason."""
        because = data.get("because", "").strip()
        if not because or len(because) > MOST_REASON:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"say why, in at most {MOST_REASON:,} characters")
        commands.drop([_open_letter(commands, letter_id)], because, request.auth.name)
        return Redirect("/system", status_code=HTTP_303_SEE_OTHER)

    return [replay, drop]


@dataclass(frozen=True)
class HourOf:
    """What the last hour brought. ``minutes``: how many in each; ``seconds``: median and 95th percentile, if known.

    The times are those of the latest `MOST_TIMED`.
    """

    total: int
    minutes: Markup
    seconds: tuple[float, float] | None


def _last_hour(data: Data, family: Family, made: str, seconds: str, now: datetime) -> HourOf:
    """``made``: the field with the time when each was made; ``seconds``: that with the time since its arrival."""
    chosen = q.at_least(made, (now - HOUR).isoformat())
    by_minute = {"date_histogram": {"field": made, "fixed_interval": "1m", "min_doc_count": 1}}
    found = data.index.aggregate(family, chosen, {"minutes": by_minute}).get("minutes", {}).get("buckets", [])
    counts = [0] * MINUTES
    for one in found:
        place = MINUTES - 1 - int((now.timestamp() - one["key"] / 1000) // 60)
        counts[max(0, min(place, MINUTES - 1))] += one["doc_count"]
    columns: dict[str, Any] = {"_source": False, "stored_fields": "_none_", "docvalue_fields": [seconds]}
    hits = data.index.hits(family, chosen, size=MOST_TIMED, sort=[{made: {"order": "desc"}}], **columns)
    times = sorted(hit["fields"][seconds][0] for hit in hits if seconds in hit.get("fields", {}))
    total = sum(counts)
    return HourOf(
        total=total,
        minutes=bars(counts, f"{total} in the last hour, by minute; {counts[-1]} in the last one"),
        seconds=(times[len(times) // 2], times[int(0.95 * (len(times) - 1))]) if times else None,
    )
