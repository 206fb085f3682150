"""`up`, `down`, `init` and `worker`: what has to run, started and stopped."""

from typing import Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples

commands = typer.Typer()

Port = typer.Option(
    min=0, max=65_535, help="0 takes a free one. Default: that of the last time, at first 9092 and 9200."
)


@commands.command(
    epilog=examples("storywatch up", "storywatch up --real", "storywatch up --kafka-port 0 --elasticsearch-port 0")
)
def up(
    kafka_port: Annotated[int | None, Port] = None,
    elasticsearch_port: Annotated[int | None, Port] = None,
    real: Annotated[
        bool,
        typer.Option(
            "--real", help="Apache Kafka and Elasticsearch themselves; needs Java 21 or newer, and Maven once."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a Kafka and an Elasticsearch: the embedded ones, or with --real those that people run.

    For trying out and for tests, not for production. Their data lives in the data folder (STORYWATCH_DATA_DIR) and
    is still there after `storywatch down`; a folder is for one kind of stack. A server of the real one that has ended
    while the other runs is started again, where it was. All commands find the addresses by themselves.
    """
    from deploy import launcher
    from deploy.stack import TITLES

    settings = connect.settings()
    started = launcher.up("real" if real else "embedded", settings.data_dir, kafka_port, elasticsearch_port)
    stack = started.stack
    for service in started.again:
        output.note(f"note: {TITLES[service]} had ended and is started again; the other ran on")
    if as_json:
        output.document(
            {
                "stack": stack.kind,
                "kafka": stack.kafka,
                "elasticsearch": stack.elasticsearch,
                "pids": stack.pids,
                "data": stack.data,
            }
        )
    else:
        output.echo(f"Kafka          {stack.kafka}")
        output.echo(f"Elasticsearch  {stack.elasticsearch}")
        output.echo(f"data           {stack.data}")
    used = connect.settings()
    for name, given, ours in (
        ("STORYWATCH_KAFKA", used.kafka, stack.kafka),
        ("STORYWATCH_ELASTICSEARCH", used.elasticsearch, stack.elasticsearch),
    ):
        if given != ours:
            output.note(f"note: {name} is set to {given}: commands go there, not to this stack")


@commands.command(epilog=examples("storywatch down"))
def down() -> None:
    """Stop the Kafka and Elasticsearch that `storywatch up` started. Their data stays."""
    from deploy import stack

    settings = connect.settings()
    stopped = stack.stop(settings.data_dir)
    if stopped is None:
        output.echo(f"nothing runs from {settings.data_dir}")
    else:
        output.echo(f"stopped the {stopped.kind} stack ({stopped.described}); the data stays in {stopped.data}")


@commands.command(epilog=examples("storywatch init", "storywatch init --json"))
def init(as_json: Json = False) -> None:
    """Make topics in Kafka and index templates in Elasticsearch. Safe to repeat: what is there keeps what it holds.

    Topics that are there are given the settings that this version needs; how long they keep things is left to
    `storywatch retention`.

    Where the changelog of a stage was deleted, the stage is told to read its input again from the beginning, which
    takes every worker to be stopped.
    """
    from connectors.elastic.admin.install import install
    from connectors.elastic.client import sync_client
    from connectors.kafka import admin, connectivity, reset_offsets, topic_settings
    from streams.runtime import topology

    settings = connect.settings()
    connectivity.verify_access(settings)
    wanted = topology.required_topics(settings)
    # before the topics are made: afterwards nobody could tell that one was gone
    forgotten = reset_offsets.stages_without_changelog(settings, admin.existing(settings))
    again = [stage for stage in forgotten if reset_offsets.reset_to_beginning(settings, stage)]
    made = admin.create(settings, wanted)
    changed: dict[str, list[str]] = {}
    for one in topic_settings.align(settings, wanted):
        changed.setdefault(one.topic, []).append(str(one))
    with sync_client(settings) as client:
        lines = install(client, settings)
    there = [name for name in wanted if name not in made and name not in changed]
    if as_json:
        topics = {
            "created": made,
            "changed": changed,
            "unchanged": there,
            "read_again": [stage.reads.base for stage in again],
        }
        output.document({"topics": topics, "elasticsearch": lines})
        return
    for stage in again:
        output.note(
            f"note: the changelog of stage {stage.name} was gone: it reads {stage.reads.base} again from its beginning"
        )
    topics_said = [
        *(f"created topic {name}" for name in made),
        *(f"changed topic {name}: {', '.join(how)}" for name, how in changed.items()),
        *(f"unchanged topic {name}" for name in there),
    ]
    for line in [*topics_said, *lines]:
        output.echo(line, style="" if line.startswith("unchanged") else "green")


@commands.command(epilog=examples("storywatch worker", "STORYWATCH_METRICS_PORT=9500 storywatch worker"))
def worker() -> None:
    """Run the pipeline until Ctrl-C or SIGTERM.

    Three processes (work, state, store) are started, watched, and started again when one ends. Each serves /metrics
    and /healthz, from STORYWATCH_METRICS_PORT (9464) on. Logs go to stderr. More workers share the work; the
    embedded stack bears only one, and so does a data folder.
    """
    from streams.runtime import logging
    from streams.worker import supervise

    settings = connect.settings()
    connect.check_kafka(settings)  # before the lines of a log begin
    logging.configure(settings)
    supervise(settings)
