"""One Faust app from a list of stages: topics, tables, agents and background work put together.

The settings follow measurements, each with its reason beside it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faust
import structlog
from mode import CrashingSupervisor

from streams.contract import topics
from streams.contract.stage import App, Stage
from streams.runtime import metrics
from streams.runtime.credentials import KafkaAccess, kafka_access
from streams.runtime.delivery.offsets import Ledger
from streams.runtime.delivery.runner import Runner
from streams.runtime.faust import patches
from streams.runtime.settings import Settings
from streams.runtime.state.changelog import Changelog
from streams.runtime.state.table import Rows

log = structlog.get_logger("storywatch.apps")


def build(name: App, stages: Sequence[Stage], settings: Settings, tools: Any, data: Path) -> tuple[Any, list[Runner]]:
    """The Faust app of ``stages`` and their runners. Nothing is started."""
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
        # topics are made by `init`, with the right settings, and checked before the start
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        web_enabled=False,
        agent_supervisor=CrashingSupervisor,
        table_standby_replicas=0,  # Faust loses rows of a warm copy as well
        # what is not acknowledged is done again: stopping never waits for work that may hang
        stream_wait_empty=False,
        # without these two a backlog before one stage starves the others of the process
        broker_max_poll_records=100,
        stream_buffer_maxsize=4096,
        broker_commit_interval=settings.commit_seconds,
        broker_session_timeout=settings.session_seconds,
        broker_heartbeat_interval=max(0.3, settings.session_seconds / 10),
        broker_request_timeout=max(90.0, settings.session_seconds * 2),
        # a group's leader may deal partitions out before it knows of all topics (of a broker that has just started):
        # what was left out lies idle until it looks again, which it does after five minutes unless it is told
        consumer_metadata_max_age_ms=10_000,
        # a stage that waits for Elasticsearch may stand for hours and still owns its partitions
        broker_max_poll_interval=7 * 86_400.0,
        producer_max_batch_size=262_144,
        producer_linger=0,
        producer_max_request_size=2_000_000,
        producer_acks=-1,
    )
    by_topic: dict[topics.Topic, str] = {}
    for stage in stages:
        if stage.reads in by_topic:
            raise TypeError(f"{by_topic[stage.reads]} and {stage.name} of app {name} read one topic: it has one commit")
        by_topic[stage.reads] = stage.name
    compacted = [one.name(settings.topic_prefix) for one in topics.ALL if one.cleanup == "compact"]
    app.ledger = Ledger(app, compacted, accept_deleted=settings.accept_deleted)
    sent = {topics.DEADLETTERS, topics.RESOLUTIONS, *(topic for stage in stages for topic in stage.sends)}
    # sorted, so that every process of an app declares the same topics in the same order
    read_or_sent = sorted({*sent, *(stage.reads for stage in stages)}, key=lambda topic: topic.base)
    channels = {topic: _channel(app, topic, settings) for topic in read_or_sent}
    runners = [_attach(app, stage, settings, tools, channels, data) for stage in stages]
    return app, runners


def _credentials(access: KafkaAccess) -> Any:
    """Of Faust's kinds; None where Kafka asks for nothing."""
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


def _attach(
    app: Any, stage: Stage, settings: Settings, tools: Any, channels: dict[topics.Topic, Any], folder: Path
) -> Runner:
    metrics.expect(stage.name)
    runner = Runner(app, stage, settings, tools, channels, folder)
    if stage.table:
        rows = app.Table(stage.table, key_type=bytes, value_type=bytes)
        rows.read_from(Changelog(settings, topics.changelog(app.conf.id, stage.table)))
        runner.keep_in(rows)
    app.agent(channels[stage.reads], name=stage.name, concurrency=1)(runner.run)
    if stage.background is not None:
        _run_beside(app, runner)
    return runner


def _run_beside(app: Any, runner: Runner) -> None:
    """Run the stage's background work as long as the app runs; when it fails, the app ends."""

    async def work() -> None:
        background = runner.stage.background
        if background is None:
            return
        try:
            await background(runner.tools, runner)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("background work failed", stage=runner.stage.name)
            await app.crash(error)

    app.task(work)
