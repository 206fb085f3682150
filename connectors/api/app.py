"""Puts the HTTP API together: its parts, its routes, and what it starts and stops with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.types import ControllerRouterHandler

from connectors.api import openapi, problems
from connectors.api.access.guard import Access
from connectors.api.access.key_book import KeyBook
from connectors.api.access.rate_limit import RateLimit
from connectors.api.events.stream import EventStream
from connectors.api.hubs import Hubs
from connectors.api.json_request import JsonRequest
from connectors.api.push.intake import Intake
from connectors.api.read.answers import Answers
from connectors.api.read.corrected import Corrected
from connectors.api.read.receivers import Receivers
from connectors.api.read.tracked import Tracked
from connectors.api.read.watched import Watched
from connectors.api.requests import RequestLog
from connectors.api.routes.alerts import alerts_route, letters_route
from connectors.api.routes.articles import Articles, articles_route
from connectors.api.routes.corrections import correction_routes
from connectors.api.routes.deliveries import delivery_route, list_deliveries_route, send_again_routes
from connectors.api.routes.entities import entities_route, entity_route
from connectors.api.routes.events import PATH as EVENTS_PATH
from connectors.api.routes.events import events_route
from connectors.api.routes.export import Exports, export_route
from connectors.api.routes.found_articles import article_route, found_articles_route
from connectors.api.routes.links import link_routes
from connectors.api.routes.operations import health_route, metrics_route
from connectors.api.routes.receivers import receiver_routes
from connectors.api.routes.resolve_letters import letter_routes
from connectors.api.routes.stories import stories_route, story_route
from connectors.api.routes.system import sources_route, status_route
from connectors.api.routes.tracks import track_routes
from connectors.api.routes.websub import intent_route, news_route
from connectors.api.write.commands import Commands
from connectors.console.app import console_router, not_found
from connectors.console.data import Data
from connectors.console.pages.live import PATH as LIVE_PATH
from connectors.console.visitors import Visitors
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.index import Index
from connectors.kafka.load import PipelineLoad
from connectors.kafka.shared_producer import SharedProducer
from connectors.views.library import Library
from streams.contract import topics
from streams.contract.messages import KeyUse
from streams.runtime.settings import Settings

MAX_BODY_BYTES = 1_000_000  # of routes that do not set a limit of their own


def make_app(settings: Settings, commands: Commands) -> RequestLog:
    """The API as an ASGI application. It connects to servers when it is started, or first used."""
    events = EventStream(settings)
    return RequestLog(make_litestar(settings, events, commands), events.end)


def make_litestar(settings: Settings, events: EventStream, commands: Commands) -> Litestar:
    """The routes of `make_app`, without what surrounds every request."""
    load = PipelineLoad(settings)
    producer = SharedProducer(settings)
    notes = ThreadPoolExecutor(1, "key-use")

    async def send_use(use: KeyUse) -> None:
        await asyncio.get_running_loop().run_in_executor(notes, producer.send_all, topics.KEY_USES, [use])

    keys = KeyBook(settings, send_use)
    access = Access(keys, RateLimit(settings.serve_requests_per_second))
    hubs = Hubs(settings, producer)
    tracked, watched, receivers = Tracked(settings), Watched(settings), Receivers(settings)
    corrected = Corrected(settings)
    answers = Answers()
    client = SearchClient(settings)
    library = Library(client, settings.index_prefix)
    index = Index(client, settings.index_prefix)
    exports = Exports(library, answers)
    work = Articles(Intake(settings, load, producer))
    data = Data(settings, library, index, tracked, watched, receivers, corrected, events, commands, exports)

    @contextlib.asynccontextmanager
    async def running(_app: Litestar) -> AsyncIterator[None]:
        await keys.start()
        await hubs.start()
        for following in (tracked, watched, receivers, corrected, events):
            await following.start()
        try:
            yield
        finally:
            for following in (events, corrected, receivers, tracked, watched):
                await following.stop()
            await hubs.stop()
            await keys.stop()
            for close in (work.close, answers.close, notes.shutdown, producer.close, load.close):
                await asyncio.to_thread(close)

    routes: list[ControllerRouterHandler] = [
        articles_route(access, work),
        found_articles_route(access, library, answers),
        article_route(access, library, answers),
        stories_route(access, library, tracked, answers),
        story_route(access, library, tracked, answers),
        alerts_route(access, library, answers),
        list_deliveries_route(access, library, answers),
        delivery_route(access, library, answers),
        *send_again_routes(access, commands.deliveries, answers),
        *receiver_routes(access, commands.receivers, library, answers),
        entities_route(access, library, answers),
        entity_route(access, library, answers),
        sources_route(access, watched, answers),
        letters_route(access, library, answers),
        status_route(access, commands.status, answers),
        events_route(access, keys, events),
        *track_routes(access, settings, commands, answers),
        *letter_routes(access, commands, answers),
        *correction_routes(access, commands.stories, library, corrected, answers),
        *link_routes(access, commands.stories, library, answers),
        export_route(access, exports),
        intent_route(hubs.subscriptions),
        news_route(hubs.subscriptions, hubs.ping),
        health_route(keys, load),
        metrics_route(access),
        console_router(Visitors(settings, keys), data),
    ]
    return Litestar(
        route_handlers=routes,
        lifespan=[running],
        exception_handlers={**problems.HANDLERS, HTTPStatus.NOT_FOUND.value: not_found},
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=4, gzip_compress_level=5, exclude=[f"^({EVENTS_PATH}|{LIVE_PATH})$"]
        ),
        openapi_config=openapi.config(),
        request_class=JsonRequest,
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
