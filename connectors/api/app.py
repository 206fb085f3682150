"""Puts the HTTP API together: its parts, its routes, and what it starts and stops with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from connectors.api import openapi, problems
from connectors.api.access.guard import Access
from connectors.api.access.key_book import KeyBook
from connectors.api.access.rate_limit import RateLimit
from connectors.api.hubs import Hubs
from connectors.api.push.intake import Intake
from connectors.api.requests import RequestLog
from connectors.api.routes.articles import Articles, articles_route
from connectors.api.routes.operations import health_route, metrics_route
from connectors.api.routes.websub import intent_route, news_route
from connectors.kafka.load import PipelineLoad
from connectors.kafka.shared_producer import SharedProducer
from streams.contract import topics
from streams.contract.messages import KeyUse
from streams.runtime.settings import Settings

if TYPE_CHECKING:
    from litestar.types import ASGIApp

MAX_BODY_BYTES = 1_000_000  # of routes that do not set a limit of their own


def make_app(settings: Settings) -> "ASGIApp":
    """The API as an ASGI application. It connects to servers when it is started, or first used."""
    return RequestLog(make_litestar(settings))


def make_litestar(settings: Settings) -> Litestar:
    """The routes of `make_app`, without what surrounds every request."""
    load = PipelineLoad(settings)
    producer = SharedProducer(settings)
    notes = ThreadPoolExecutor(1, "key-use")

    async def send_use(use: KeyUse) -> None:
        await asyncio.get_running_loop().run_in_executor(notes, producer.send_all, topics.KEY_USES, [use])

    keys = KeyBook(settings, send_use)
    access = Access(keys, RateLimit(settings.serve_requests_per_second))
    hubs = Hubs(settings, producer)
    work = Articles(Intake(settings, load, producer))

    @contextlib.asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        await keys.start()
        await hubs.start()
        try:
            yield
        finally:
            await hubs.stop()
            await keys.stop()
            for close in (work.close, notes.shutdown, producer.close, load.close):
                await asyncio.to_thread(close)

    routes: list[ControllerRouterHandler] = [
        articles_route(access, work),
        intent_route(hubs.subscriptions),
        news_route(hubs.subscriptions, hubs.ping),
        health_route(keys, load),
        metrics_route(access),
    ]
    return Litestar(
        route_handlers=routes,
        lifespan=[running],
        exception_handlers=problems.HANDLERS,
        openapi_config=openapi.config(),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
