"""Builds and runs one Faust app from a list of stages: topics, tables, agents and background work.

The settings follow measurements, each with its reason beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faust
import structlog
from mode import CrashingSupervisor

from streams.contract import topics
from streams.contract.stage import App, Background, BulkStage, OrderedStage, Stage, WindowedStage
from streams.runtime import metrics
from streams.runtime.credentials import KafkaAccess, kafka_access
from streams.runtime.delivery.bulk import BulkRunner
from streams.runtime.delivery.committer import AppContext
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.delivery.ordered import OrderedRunner
from streams.runtime.delivery.runner import Runner
from streams.runtime.delivery.windowed import WindowedRunner
from streams.runtime.faust import patches
from streams.runtime.faust.group import FaustGroup
from streams.runtime.settings import Settings
from streams.runtime.state.changelog import Changelog
from streams.runtime.state.partition_states import Partitions
from streams.runtime.state.table import Rows

log = structlog.get_logger("storywatch.apps")


@dataclass(frozen=True)
class FaustApp:
    """A Faust app that is built and not started, with the runners of its stages."""

    app: Any
    group: FaustGroup
    runners: Sequence[Runner]

    def add_task(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` once the app has started."""
        self.app.task(work)

    def run(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run until SIGTERM or SIGINT; exits with a code that is not 0 on a crash."""
        worker: Any = faust.Worker(
            self.app, loop=loop, quiet=True, loglevel="WARNING", redirect_stdouts=False, override_logging=False
        )
        worker.spinner = None  # it writes to the terminal, or its control characters into a file
        worker.execute_from_commandline()


def build(name: App, stages: Sequence[Stage], settings: Settings, services: Any, data: Path) -> FaustApp:
    """The Faust app of ``stages``; nothing is started. Raises `TypeError` if two of them read one topic."""
    _check_topics(name, stages)
    patches.apply()
    app: Any = faust.App(
        settings.app_id(name),
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        broker_credentials=_credentials(kafka_access(settings)),
        datadir=str(data),
        store="memory://",
        Table=Rows,
        key_serializer="raw",
        value_serializer="raw",
        # topics are created by `init`, with the right settings, and checked before the start
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        web_enabled=False,
        agent_supervisor=CrashingSupervisor,
        table_standby_replicas=0,  # Faust loses rows of a warm copy as well
        # what is not acknowledged is handled again: stopping never waits for work that may hang
        stream_wait_empty=False,
        # without these two a backlog before one stage starves the others of the process
        broker_max_poll_records=100,
        stream_buffer_maxsize=4096,
        broker_commit_interval=settings.commit_seconds,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=max(0.3, settings.session_seconds / 10),
        broker_request_timeout=max(90.0, settings.session_seconds * 2),
        # a group's leader may assign partitions before it knows all topics (of a broker that has just started): the
        # missing ones stay idle until it looks again, which it does after five minutes by default
        consumer_metadata_max_age_ms=10_000,
        # a stage that waits for Elasticsearch may stand for hours and still owns its partitions
        broker_max_poll_interval=7 * 86_400.0,
        producer_max_batch_size=262_144,
        producer_linger=0,
        producer_max_request_size=2_000_000,
        producer_acks=-1,
    )
    group, partitions = FaustGroup(app), Partitions()
    compacted = [one.name(settings.topic_prefix) for one in topics.ALL if one.cleanup == "compact"]
    app.ledger = OffsetLedger(group, partitions, compacted, accept_deleted=settings.accept_deleted)
    used: set[topics.Topic] = {topics.DEADLETTERS, topics.RESOLUTIONS}
    for stage in stages:
        used |= {stage.reads, *stage.sends}
    # sorted, so that every process of an app declares the same topics in the same order
    channels = {topic: _channel(app, topic, settings) for topic in sorted(used, key=lambda topic: topic.base)}
    context = AppContext(group, partitions, app.ledger, settings, services, channels, data)
    return FaustApp(app, group, [_attach(app, stage, context) for stage in stages])


def _check_topics(name: App, stages: Sequence[Stage]) -> None:
    """A topic has one committed offset per app, so two stages of an app cannot read it."""
    by_topic: dict[topics.Topic, str] = {}
    for stage in stages:
        if stage.reads in by_topic:
            raise TypeError(f"{by_topic[stage.reads]} and {stage.name} of app {name} read one topic: it has one commit")
        by_topic[stage.reads] = stage.name


def _credentials(access: KafkaAccess) -> Any:
    """Faust's credentials; None if Kafka asks for none."""
    if access.user is not None:
        return faust.SASLCredentials(
            username=access.user, password=access.password, mechanism=access.mechanism, ssl_context=access.tls
        )
    return faust.SSLCredentials(context=access.tls) if access.tls is not None else None


def _channel(app: Any, topic: topics.Topic, settings: Settings) -> Any:
    return app.topic(
        topic.name(settings.topic_prefix),
        key_serializer="raw",
        value_serializer="raw",
        key_type=bytes,
        value_type=bytes,
        allow_empty=True,  # a message without a value is a dead letter, not a crash
    )


def _attach(app: Any, stage: Stage, context: AppContext) -> Runner:
    metrics.expect(stage.name)
    runner = _runner(app, stage, context)
    app.agent(context.senders[stage.reads], name=stage.name, concurrency=1)(_agent(runner))
    return runner


def _agent(runner: Runner) -> Callable[[Any], Awaitable[None]]:
    async def agent(stream: Any) -> None:
        await runner.run(stream.noack())

    return agent


def _runner(app: Any, stage: Stage, context: AppContext) -> Runner:
    if isinstance(stage, WindowedStage):
        return WindowedRunner(stage, context)
    if isinstance(stage, BulkStage):
        return BulkRunner(stage, context)
    if not isinstance(stage, OrderedStage):
        raise TypeError(f"stage {stage.name} has no shape: make it with a decorator of streams.contract.stage")
    rows: Rows = app.Table(stage.table, key_type=bytes, value_type=bytes)
    changelog = Changelog(context.settings, topics.changelog(app.conf.id, stage.table))
    rows.bind(changelog, context.partitions, stage.reads.name(context.settings.topic_prefix))
    runner = OrderedRunner(stage, context, rows)
    rows.on_recover(runner.partition_states.on_recovered)
    app.on_partitions_revoked.connect(runner.partition_states.on_revoked)
    if stage.background is not None:
        app.task(_background(app, runner, stage.background))
    return runner


def _background(app: Any, runner: OrderedRunner, background: Background) -> Callable[[], Awaitable[None]]:
    """The stage's background work, which runs as long as the app; when it fails, the app ends."""

    async def work() -> None:
        try:
            await background(runner.app.services, runner)
        except Exception as error:
            log.exception("background work failed", stage=runner.stage.name)
            await app.crash(error)

    return work
