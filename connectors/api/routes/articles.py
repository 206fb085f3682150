"""``POST /v1/articles``: articles from programs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, QueryParameter

from connectors.api.access.guard import Access
from connectors.api.openapi import ACCESS_ERRORS, SECURITY, PushOperation, problem_responses
from connectors.api.parameters import refuse_unknown
from connectors.api.problems import MEDIA_TYPE, AcceptedItem, Problem, ProblemError, busy, unavailable
from connectors.api.push import articles
from connectors.api.push.articles import BodyType, Origin
from connectors.api.push.body import Body, receive
from connectors.api.push.idempotency import Answer, Answers
from connectors.api.push.intake import Intake, NoRoom, Taken
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import ApiKey, Lane, Scope
from streams.runtime import metrics

LIVE_THREADS = 16  # while they wait for Kafka, others read articles
BACKFILL_THREADS = 2  # they wait most of the time, each for its turn
MOST_WAITING = 64  # requests that have arrived and wait for a thread
RETRY_SECONDS = {Lane.LIVE: 5, Lane.BACKFILL: 2}
# other names of JSON lines
_KINDS = {
    "application/json": BodyType.JSON,
    "application/x-ndjson": BodyType.LINES,
    "application/ndjson": BodyType.LINES,
    "application/jsonl": BodyType.LINES,
    "text/html": BodyType.HTML,
}

ERRORS = (
    *ACCESS_ERRORS,
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)

Json = msgspec.json.Encoder()


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The articles of a request, all of which Kafka has confirmed."""

    accepted: tuple[AcceptedItem, ...]


class Articles:
    """Carries requests out: in threads, since reading an article computes and confirming one waits."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._answers = Answers()
        self._threads = {
            Lane.LIVE: ThreadPoolExecutor(LIVE_THREADS, "push"),
            Lane.BACKFILL: ThreadPoolExecutor(BACKFILL_THREADS, "backfill"),
        }
        self._waiting = 0

    async def take(
        self, request: "Request[Any, ApiKey, Any]", kind: BodyType, origin: Origin, idempotency_key: str | None
    ) -> Answer:
        """The answer to a request. Raises `ProblemError` and `Rejected`."""
        if self._waiting >= MOST_WAITING:
            raise busy("too many requests at a time", 1)
        self._waiting += 1
        try:
            body = await receive(request, kind.most_bytes)
            with body.file:
                if idempotency_key is None:
                    return await self._carry_out(request, body, kind, origin)
                return await self._once(request, body, kind, origin, idempotency_key)
        finally:
            self._waiting -= 1

    async def _once(
        self, request: "Request[Any, ApiKey, Any]", body: Body, kind: BodyType, origin: Origin, key: str
    ) -> Answer:
        owner = request.auth.id
        told = f"{kind} {origin} {body.digest}"
        earlier = self._answers.begin(owner, key, told)
        if earlier is not None:
            return earlier
        try:
            answer = await self._carry_out(request, body, kind, origin)
        except BaseException:
            self._answers.abandon(owner, key)
            raise
        self._answers.finish(owner, key, answer)
        return answer

    async def _carry_out(
        self, request: "Request[Any, ApiKey, Any]", body: Body, kind: BodyType, origin: Origin
    ) -> Answer:
        loop = asyncio.get_running_loop()
        taken = await loop.run_in_executor(self._threads[origin.lane], self._take, body, kind, origin)
        accepted = tuple(taken.accepted)
        if not taken.errors:
            return Answer(HTTPStatus.ACCEPTED, "application/json", Json.encode(Accepted(accepted=accepted)))
        refused = HTTPStatus.BAD_REQUEST
        problem = Problem(
            title=refused.phrase,
            status=refused.value,
            detail=_count_refused(len(taken.errors), len(accepted), kind),
            request_id=request.scope["state"]["request_id"],
            errors=tuple(taken.errors),
            accepted=accepted,
        )
        return Answer(refused.value, MEDIA_TYPE, Json.encode(problem))

    def _take(self, body: Body, kind: BodyType, origin: Origin) -> Taken:
        number = articles.count(body.file, kind)
        taken = Taken()
        try:
            self._intake.take(articles.read(body.file, kind, origin, datetime.now(UTC)), origin.lane, taken)
        except NoRoom:
            raise busy(
                f"too many articles wait in the pipeline; {_left(taken, number)}",
                RETRY_SECONDS[origin.lane],
                **_so_far(taken),
            ) from None
        except Unavailable as error:
            raise unavailable(f"Kafka does not answer; {_left(taken, number)}", **_so_far(taken)) from error
        finally:
            metrics.PUSHED.labels("delayed").inc(number - len(taken.accepted) - len(taken.errors))
        return taken

    def close(self) -> None:
        for threads in self._threads.values():
            threads.shutdown()


def _count_refused(refused: int, accepted: int, kind: BodyType) -> str:
    if kind is not BodyType.LINES:
        return "the article was refused; errors says why"
    return f"articles refused: {refused:,}, for the reasons in errors; accepted: {accepted:,}"


def _so_far(taken: Taken) -> dict[str, Any]:
    return {"errors": tuple(taken.errors), "accepted": tuple(taken.accepted)}


def _left(taken: Taken, number: int) -> str:
    done = len(taken.accepted) + len(taken.errors)
    if not done:
        return "nothing was taken: send the request again"
    return f"{number - done:,} of {number:,} articles were not taken: send those after the last accepted one again"


def articles_route(access: Access, work: Articles) -> HTTPRouteHandler:
    @post(
        "/v1/articles",
        summary="Send articles in",
        tags=["articles"],
        status_code=HTTPStatus.ACCEPTED.value,
        guards=[access.needs(Scope.PUSH), refuse_unknown],
        security=[{SECURITY: [Scope.PUSH.value]}],
        operation_class=PushOperation,
        responses=problem_responses(*ERRORS),
        request_max_body_size=None,  # `receive` limits it, after unpacking as well
    )
    async def push(
        request: Request[Any, ApiKey, Any],
        lane: Annotated[
            Lane, QueryParameter(name="lane", description="backfill: old material, which lets live articles go first.")
        ] = Lane.LIVE,
        url: Annotated[str | None, QueryParameter(name="url", description="Of a page in HTML: its address.")] = None,
        fetched_at: Annotated[
            str | None,
            QueryParameter(name="fetched_at", description="Of a page in HTML: when it was fetched, in ISO 8601."),
        ] = None,
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(
                name="Idempotency-Key",
                min_length=1,
                max_length=255,
                description="The same request with the same key is carried out once, and answered alike, for a day.",
            ),
        ] = None,
    ) -> Response[Accepted]:
        """Answers 202 when Kafka has confirmed every article. A batch (application/x-ndjson) has one object a line.

        400 names each refused article by line and field; the others of the batch are accepted, and listed. Sending an
        article again changes nothing.
        """
        media_type, options = request.content_type
        kind = _KINDS.get(media_type)
        if kind is None:
            raise ProblemError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"the Content-Type has to be {', '.join(BodyType)}",
                headers={"Accept-Post": ", ".join(BodyType)},
            )
        if kind is not BodyType.HTML and (url is not None or fetched_at is not None):
            raise Rejected(f"url and fetched_at belong into the object; as parameters they are for {BodyType.HTML}")
        origin = Origin(f"push {request.auth.name}", lane, url, fetched_at, options.get("charset"))
        answer = await work.take(request, kind, origin, idempotency_key)
        encoded: Response[Any] = Response(answer.body, status_code=answer.status, media_type=answer.media_type)
        return encoded

    return push
