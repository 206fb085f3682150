"""``/healthz`` and ``/metrics``: for those who run the server."""

import asyncio
from http import HTTPStatus
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from connectors.api import openapi
from connectors.api.access.guard import Access
from connectors.api.access.key_book import KeyBook
from connectors.kafka.load import PipelineLoad
from streams.contract.errors import StorywatchError
from streams.contract.messages import Scope


class Health(msgspec.Struct, frozen=True):
    """As ``/healthz`` of a worker. ``problems`` are sentences, without addresses: anybody may ask."""

    app: Literal["serve"]
    status: Literal["ok", "failing"]
    problems: tuple[str, ...]


def health_route(keys: KeyBook, load: PipelineLoad) -> HTTPRouteHandler:
    @get(
        "/healthz",
        summary="Whether this server can do its work",
        tags=["operations"],
        security=[{}],
        responses={
            HTTPStatus.SERVICE_UNAVAILABLE.value: ResponseSpec(
                Health, generate_examples=False, description="It cannot do its work now."
            )
        },
    )
    async def health() -> Response[Health]:
        """200, or 503 while Kafka does not answer. Needs no API key."""
        problems = []
        if not keys.loaded:
            problems.append("the API keys have not been read yet")
        try:
            await asyncio.to_thread(load.measure)
        except StorywatchError:
            problems.append("Kafka does not answer")
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        return Response(Health("serve", "failing" if problems else "ok", tuple(problems)), status_code=status.value)

    return health


def metrics_route(access: Access) -> HTTPRouteHandler:
    @get(
        "/metrics",
        summary="Metrics for Prometheus",
        tags=["operations"],
        guards=[access.needs(Scope.READ)],
        media_type=CONTENT_TYPE_LATEST,
        security=[{openapi.SECURITY: [Scope.READ.value]}],
        responses=openapi.problem_responses(*openapi.ACCESS_ERRORS),
    )
    async def metrics() -> bytes:
        """The metrics of this process. Needs an API key with the scope read."""
        return generate_latest()

    return metrics
