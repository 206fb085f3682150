"""What the worker's app `sources` polls with: an HTTP client for all of its sources, and the poller."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import structlog

from connectors.http.page_client import page_client
from connectors.watch.kinds import Reading
from streams.contract.messages import WatchedSource
from streams.contract.urls import host_of
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.sources")

MAX_REQUESTS = 64  # at once: a few dozen hosts that hang until their time-out leave room for the others
MAX_CONNECTIONS = MAX_REQUESTS + 16


_host_of = lru_cache(100_000)(host_of)  # it is asked about each source, for each request


def open_reading(settings: Settings, sources: Callable[[], Mapping[str, WatchedSource]]) -> Reading:
    """The poller of a worker. ``sources``: all of them, which say what hosts may be private."""

    def may_be_private(host: str) -> bool:
        return any(one.allow_private and _host_of(one.url) == host for one in sources().values())

    client = page_client(settings, allow_private=may_be_private, max_connections=MAX_CONNECTIONS)
    return Reading(
        client,
        settings,
        report=lambda line: log.info("source", line=line),
        now=lambda: datetime.now(UTC),
        max_requests=MAX_REQUESTS,
    )
