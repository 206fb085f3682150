"""The Typer application with all commands, in the order of `storywatch --help`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from connectors.cli.alerts import alerts_command, listen_command, track_command
from connectors.cli.common import exit_codes, output
from connectors.cli.common.options import lines
from connectors.cli.demo import demo_command
from connectors.cli.ingest import ingest_command, watch_command
from connectors.cli.maintenance import (
    audit_command,
    deadletters_command,
    forget_command,
    reprocess_command,
    retention_command,
)
from connectors.cli.query import export_command, search_command, stories_command
from connectors.cli.receivers import channel_command, deliveries_command, receiver_command
from connectors.cli.serve import key_command, serve_command
from connectors.cli.sources import source_command
from connectors.cli.stack import stack_commands, status_command
from connectors.cli.trace import trace_command
from streams import __version__


@dataclass
class GlobalOptions:
    """The global options that `invoke.run` needs."""

    debug: bool


app = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is plain text, the same on a terminal and in a pipe
    epilog=lines(
        "First steps:",
        "storywatch demo                     see the whole pipeline at work, in a minute",
        "storywatch up                       start Kafka and Elasticsearch (embedded)",
        "storywatch init                     create topics and index templates",
        "storywatch worker                   run the pipeline (leave it running)",
        "storywatch ingest PATH...           send articles in, from another terminal",
        "storywatch stories                  list the stories found",
    )
    + "\n\n"
    + lines("Exit codes:", *(f"{code:>3}  {meaning}" for code, meaning in exit_codes.TABLE)),
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"storywatch {__version__}")
        raise typer.Exit


@app.callback()
def storywatch(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error. Also: STORYWATCH_DEBUG=1.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """A news monitor: groups articles into stories and alerts you when a new source covers a story that you track.

    Settings are read from STORYWATCH_* variables. Results go to stdout, everything else to stderr; --json prints one
    JSON document for programs. Times are UTC.
    """
    if debug:
        context.obj.debug = True
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    else:
        _warn_of_unknown_settings()


def _warn_of_unknown_settings() -> None:
    """Print a line for each STORYWATCH_* variable that is no setting, since a misspelt one has no effect."""
    from deploy import load_settings

    for line in load_settings.unknown():
        output.note(f"storywatch: {line}")


for group in (demo_command, stack_commands, status_command, ingest_command, watch_command):
    app.add_typer(group.commands)
app.add_typer(source_command.commands, name="source")
app.add_typer(track_command.commands, name="track")
app.add_typer(receiver_command.commands, name="receiver")
app.add_typer(channel_command.commands, name="channel")
app.add_typer(deliveries_command.commands, name="deliveries")
app.add_typer(stories_command.commands, name="stories")
for group in (search_command, export_command, trace_command):
    app.add_typer(group.commands)
app.add_typer(alerts_command.commands, name="alerts")
app.add_typer(serve_command.commands)
app.add_typer(key_command.commands, name="key")
app.add_typer(deadletters_command.commands, name="deadletters")
for group in (audit_command, reprocess_command, forget_command, retention_command, listen_command):
    app.add_typer(group.commands)
