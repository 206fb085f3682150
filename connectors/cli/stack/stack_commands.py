"""`up`, `down`, `init` and `worker`: start, stop and prepare the servers, and run the pipeline."""

from typing import Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples

commands = typer.Typer()

Port = typer.Option(
    min=0, max=65_535, help="0 chooses a free port. Default: the port of the last start, at first 9092 and 9200."
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
            "--real", help="Use the real Apache Kafka and Elasticsearch; needs Java 21 or newer, and Maven once."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a Kafka and an Elasticsearch: embedded servers, or with --real the real ones.

    For evaluation and tests, not for production. Their data is stored in the data folder (STORYWATCH_DATA_DIR) and
    remains after `storywatch down`; a folder is for one kind of stack. If one of the real servers has ended while the
    other runs, it is started again at its address. All commands find the addresses by themselves.
    """
    from deploy import launcher
    from deploy.stack import TITLES

    settings = connect.settings()
    started = launcher.up("real" if real else "embedded", settings.data_dir, kafka_port, elasticsearch_port)
    stack = started.stack
    for service in started.again:
        output.note(f"note: {TITLES[service]} had ended and was started again; the other server kept running")
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
    for name, given, own in (
        ("STORYWATCH_KAFKA", used.kafka, stack.kafka),
        ("STORYWATCH_ELASTICSEARCH", used.elasticsearch, stack.elasticsearch),
    ):
        if given != own:
            output.note(f"note: {name} is set to {given}: commands use that address, not this stack")


@commands.command(epilog=examples("storywatch down"))
def down() -> None:
    """Stop the Kafka and Elasticsearch that `storywatch up` started. Their data remains."""
    from deploy import stack

    settings = connect.settings()
    stopped = stack.stop(settings.data_dir)
    if stopped is None:
        output.echo(f"nothing runs from {settings.data_dir}")
    else:
        output.echo(f"stopped the {stopped.kind} stack ({stopped.described}); the data remains in {stopped.data}")


@commands.command(epilog=examples("storywatch init", "storywatch init --json"))
def init(as_json: Json = False) -> None:
    """Create topics in Kafka and index templates in Elasticsearch. Safe to repeat: existing data is kept.

    Existing topics get the settings that this version needs, except their retention, which `storywatch retention` sets.

    If the changelog of a stage was deleted, the stage reads its input again from the beginning; this requires that
    every worker is stopped.
    """
    from connectors.elastic.admin.install import install
    from connectors.elastic.client import sync_client
    from connectors.kafka import admin, connectivity, reset_offsets, topic_settings
    from streams.runtime import topology

    settings = connect.settings()
    connectivity.verify_access(settings)
    required = topology.required_topics(settings)
    # before the topics are created: afterwards a missing changelog could not be told from a new one
    forgotten = reset_offsets.stages_without_changelog(settings, admin.existing(settings))
    again = [stage for stage in forgotten if reset_offsets.reset_to_beginning(settings, stage)]
    created = admin.create(settings, required)
    changed: dict[str, list[str]] = {}
    for one in topic_settings.align(settings, required):
        changed.setdefault(one.topic, []).append(str(one))
    with sync_client(settings) as client:
        lines = install(client, settings)
    unchanged = [name for name in required if name not in created and name not in changed]
    if as_json:
        topics = {
            "created": created,
            "changed": changed,
            "unchanged": unchanged,
            "read_again": [stage.reads.base for stage in again],
        }
        output.document({"topics": topics, "elasticsearch": lines})
        return
    for stage in again:
        output.note(
            f"note: the changelog of stage {stage.name} was missing: it reads {stage.reads.base} from the beginning"
        )
    topic_lines = [
        *(f"created topic {name}" for name in created),
        *(f"changed topic {name}: {', '.join(changes)}" for name, changes in changed.items()),
        *(f"unchanged topic {name}" for name in unchanged),
    ]
    for line in [*topic_lines, *lines]:
        output.echo(line, style="" if line.startswith("unchanged") else "green")


@commands.command(epilog=examples("storywatch worker", "STORYWATCH_METRICS_PORT=9500 storywatch worker"))
def worker() -> None:
    """Run the pipeline until Ctrl-C or SIGTERM.

    Starts and supervises four processes (work, state, store, sources), and restarts one that ends. Each serves
    /metrics and /healthz, on ports from STORYWATCH_METRICS_PORT (9464) on. Logs go to stderr. Several workers share the
    load; the embedded stack supports only one, and so does a data folder.
    """
    from streams.runtime import logging
    from streams.worker import supervise

    settings = connect.settings()
    connect.check_kafka(settings)  # an error line before the log starts
    logging.configure(settings)
    supervise(settings)
