"""`ingest`: files, folders and standard input -> arrivals that Kafka has confirmed, and why the others were refused."""

from contextlib import ExitStack
from typing import Annotated

import typer

from connectors.cli import connect, exits, output, times
from connectors.cli.options import Json, examples
from streams.messages import Lane

commands = typer.Typer()

LaneOption = Annotated[
    Lane, typer.Option(help="live: goes first and may fire alerts; backfill: old material, which waits and does not.")
]


@commands.command(
    epilog=examples(
        "storywatch ingest page.html article.txt",
        "storywatch ingest archive/ --lane backfill --fetched-at 2026-01-13",
        "zcat dump.jsonl.gz | storywatch ingest - --json",
    )
)
def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders; - is standard input.")],
    fetched_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When all this was fetched from the web: an ISO date or time. Default: now."),
    ] = None,
    lane: LaneOption = Lane.LIVE,
    as_json: Json = False,
) -> None:
    """Send articles into the pipeline.

    Takes HTML pages, plain text and JSON (an object, an array, or one object a line), each also packed with gzip.
    JSON fields: url, html or body, title, published, publisher, authors, language, fetched_at. What is refused is
    told at once on stderr, the rest goes in; the exit code is then 1. Sending the same article again changes nothing.
    In the backfill lane a few articles go in at a time, and none while live ones wait.
    """
    from connectors import files
    from connectors.cli.sending import Sending
    from connectors.kafka.admission import Admission
    from connectors.kafka.producer import Producer
    from streams import topics

    when = times.fetched(fetched_at, connect.now())
    settings = connect.settings()
    connect.kafka(settings, topics.RAW)
    with Producer(settings) as producer, output.progress("sending") as bar, ExitStack() as stack:
        sending = Sending(producer)
        found = files.read(paths, lane=lane, fetched_at=when)
        if lane is Lane.BACKFILL:
            found = stack.enter_context(Admission(settings, output.note)).each(found)
        try:
            sending.take(found, bar.show)
        finally:
            if as_json:
                output.document(sending.report())
            else:
                output.say(sending.summary())
    if sending.refused:
        raise typer.Exit(exits.REFUSED)
