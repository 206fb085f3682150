"""``/v1/websub/TOKEN``: where hubs confirm subscriptions and say that a feed has news."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

import structlog
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from connectors.api.openapi import problem_responses
from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.push.body import receive
from connectors.websub.lifecycle import LEASE, confirmed, denied
from connectors.websub.signature import is_signed
from connectors.websub.subscriptions import Subscriptions
from streams.contract.messages import Subscription, SubscriptionState

log = structlog.get_logger("storywatch.serve")

MAX_NOTIFICATION_BYTES = 10_000_000
MAX_CHALLENGE = 1_000  # characters
PATH = "/v1/websub/{token:str}"

Token = Annotated[str, PathParameter(description="Of the subscription.", max_length=100)]

Ping = Callable[[str], Awaitable[None]]  # of a source's id: it has news. Raises `Unavailable`.


def intent_route(subscriptions: Subscriptions) -> HTTPRouteHandler:
    @get(
        PATH,
        summary="A hub verifies a subscription",
        tags=["WebSub"],
        security=[{}],
        media_type="text/plain",
        responses=problem_responses(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE),
    )
    async def verify_intent(
        token: Token,
        mode: Annotated[str, QueryParameter(name="hub.mode", max_length=20)],
        topic: Annotated[str, QueryParameter(name="hub.topic", max_length=8_000)] = "",
        challenge: Annotated[str, QueryParameter(name="hub.challenge", max_length=MAX_CHALLENGE)] = "",
        lease_seconds: Annotated[int | None, QueryParameter(name="hub.lease_seconds", ge=0, le=10**9)] = None,
        reason: Annotated[str, QueryParameter(name="hub.reason", max_length=300)] = "",
    ) -> Response[str]:
        """Confirms what was asked for, with the challenge; 404 for anything else, so that nobody subscribes us."""
        known = _find(subscriptions, token)
        if mode == "denied":
            await subscriptions.save(denied(known, reason, datetime.now(UTC)))
            return _text("")
        if topic != known.topic or not challenge:
            raise _not_found()
        if mode == "subscribe" and known.state in (SubscriptionState.ASKED, SubscriptionState.ACTIVE):
            seconds = LEASE.total_seconds() if lease_seconds is None else lease_seconds
            await subscriptions.save(confirmed(known, seconds, datetime.now(UTC)))
        elif mode == "unsubscribe" and known.state is SubscriptionState.ENDING:
            await subscriptions.drop(known)
        else:
            raise _not_found()
        return _text(challenge)

    return verify_intent


def news_route(subscriptions: Subscriptions, ping: Ping) -> HTTPRouteHandler:
    @post(
        PATH,
        summary="A hub says that a feed has news",
        tags=["WebSub"],
        security=[{}],
        status_code=HTTPStatus.ACCEPTED.value,
        request_max_body_size=None,
        responses=problem_responses(
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
    )
    async def take_news(token: Token, request: AnyRequest) -> None:
        """The source is polled at once if the body is signed. The content is not read: the feed itself is."""
        known = _find(subscriptions, token)
        body = await receive(request, MAX_NOTIFICATION_BYTES)
        with body.file:
            content = body.file.read()
        if not is_signed(known.secret, content, request.headers.get("x-hub-signature", "")):
            # 2xx all the same, as the recommendation has it: whoever guesses learns nothing
            log.warning("a notification of a hub is not signed by it: ignored", source=known.source)
            return
        await ping(known.source)

    return take_news


def _find(subscriptions: Subscriptions, token: str) -> Subscription:
    known = subscriptions.find(token)
    if known is None:
        raise _not_found()
    return known


def _not_found() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "there is no such subscription")


def _text(content: str) -> Response[str]:
    return Response(content, media_type="text/plain")
