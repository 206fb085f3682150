"""All commands put together: their order here is their order in `storywatch --help`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from connectors.cli.common import exits, output
from connectors.cli.common.options import lines
from connectors.cli.demo import entry as demo
from connectors.cli.ingest import ingest, watch
from connectors.cli.search import export, search, stories
from connectors.cli.stack import stack, status
from connectors.cli.trace import command as trace
from connectors.cli.track import alerts, listen, track
from connectors.cli.upkeep import deadletters, forget, reprocess, retention
from streams import __version__


@dataclass
class Shared:
    """What the global options say, for `run`."""

    debug: bool


app = typer.Typer(
    invoke_without_command=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help is plain text, the same on a terminal and in a pipe
    epilog=lines(
        "First steps:",
        "storywatch demo                     see all of it work, in a minute",
        "storywatch up                       start Kafka and Elasticsearch (embedded)",
        "storywatch init                     make topics and index templates",
        "storywatch worker                   run the pipeline (leave it running)",
        "storywatch ingest PATH...           send articles in, from another terminal",
        "storywatch stories                  see what was found",
    )
    + "\n\n"
    + lines("Exit codes:", *(f"{code:>3}  {meaning}" for code, meaning in exits.TABLE)),
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"storywatch {__version__}")
        raise typer.Exit


@app.callback()
def storywatch(
    context: typer.Context,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from. Also: STORYWATCH_DEBUG=1.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A news monitor: articles in, stories out, and an alert when a new source covers a story that you track.

    Settings come from STORYWATCH_* variables. Results go to stdout, everything else to stderr; --json gives one
    JSON document for programs. Times are UTC.
    """
    if debug:
        context.obj.debug = True
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    else:
        _warn()


def _warn() -> None:
    """Of settings that do not exist: what somebody wanted to set is not set."""
    from deploy import load_settings

    for line in load_settings.unknown():
        output.note(f"storywatch: {line}")


for group in (demo, stack, status, ingest, watch):
    app.add_typer(group.commands)
app.add_typer(track.commands, name="track")
app.add_typer(stories.commands, name="stories")
for group in (search, export, trace, alerts):
    app.add_typer(group.commands)
app.add_typer(deadletters.commands, name="deadletters")
for group in (reprocess, forget, retention, listen):
    app.add_typer(group.commands)
