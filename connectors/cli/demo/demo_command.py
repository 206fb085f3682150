"""`demo`: shows the whole pipeline on sample articles or given files."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.cli.common import connect, times
from connectors.cli.common.options import examples

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch demo",
        "storywatch demo --keep",
        "storywatch demo articles/ --track-first",
        "storywatch demo a.html b.txt --fetched-at 2026-01-13 --track-first --json result.json",
    )
)
def demo(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help="Files and folders, sent in this order.")
    ] = None,
    track_first: Annotated[
        bool, typer.Option("--track-first", help="Track the story of the first file: get alerts for its new sources.")
    ] = False,
    fetched_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the files were fetched: an ISO date or time. Default: now.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results as JSON to this file.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running with its console until Ctrl-C, to look around.")
    ] = False,
    real: Annotated[
        bool, typer.Option("--real", help="Use the real Apache Kafka and Elasticsearch, as for `storywatch up`.")
    ] = False,
) -> None:
    """Show the whole pipeline: start everything, send articles, show stories and alerts, stop everything.

    Without PATH it uses the project's sample articles (fiction) and tracks the story of the first one. Runs its own
    Kafka and Elasticsearch on free ports with a temporary folder: nothing else is touched, and nothing remains.
    """
    when = times.parse_fetched_at(fetched_at, connect.now())
    from rich.console import Console

    from connectors.cli.demo.run_demo import run_demo

    run_demo(
        paths or [],
        track_first=track_first,
        fetched_at=when,
        report=report,
        stack="real" if real else "embedded",
        keep=keep,
        console=Console(),
    )
