"""`ingest`: files, folders, addresses and standard input -> arrivals that Kafka has confirmed, and why others were
refused."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, groupby
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, exits, output, times
from connectors.cli.common.options import Json, examples
from streams.contract.lanes import Lane

if TYPE_CHECKING:
    from connectors.files.read import RefusedInput
    from streams.contract.messages import RawArticle

commands = typer.Typer()

LaneOption = Annotated[
    Lane, typer.Option(help="live: goes first and may fire alerts; backfill: old material, which waits and does not.")
]


def _schema(wanted: bool) -> None:
    if wanted:
        from connectors.files.line_schema import schema

        output.document(schema())
        raise typer.Exit


@commands.command(
    epilog=examples(
        "storywatch ingest page.html article.txt",
        "storywatch ingest https://news.example/reef --wait",
        "storywatch ingest archive/ --lane backfill --fetched-at 2026-01-13",
        "zcat dump.jsonl.gz | storywatch ingest - --json",
    )
)
def ingest(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH|URL...", help="Files, folders and addresses of pages; - is stdin.")
    ],
    fetched_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When files were fetched from the web: an ISO date or time. Default: now."),
    ] = None,
    lane: LaneOption = Lane.LIVE,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until each article is filed or refused, with the reasons; needs a worker.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from private and local addresses.")
    ] = False,
    schema: Annotated[
        bool,
        typer.Option("--schema", help="Print the JSON Schema of a line and exit.", callback=_schema, is_eager=True),
    ] = False,
    as_json: Json = False,
) -> None:
    """Send articles into the pipeline.

    Takes HTML pages, plain text and JSON (an object, an array, or one object a line), each also packed with gzip.
    JSON fields: url, html or body, title, published, publisher, authors, language, fetched_at; --schema has them all.
    A URL is fetched as `watch` fetches pages: robots.txt and limits hold. What is refused, and what of a line is
    passed over, is told at once on stderr, the rest goes in; the exit code is 1 when something was refused. Sending
    the same article again changes nothing. In the backfill lane a few articles go in at a time, and none while live
    ones wait.
    """
    from connectors.cli.ingest.sending import Sending
    from connectors.files import read as files
    from connectors.kafka.backpressure import Backpressure
    from connectors.kafka.producer import Producer
    from streams.contract import topics

    when = times.fetched(fetched_at, connect.now())
    settings = connect.settings()
    connect.kafka(settings, topics.RAW)
    with ExitStack() as stack:
        following = None
        if wait:
            from connectors.cli.ingest.outcome import Following

            following = stack.enter_context(Following(settings))
        producer = stack.enter_context(Producer(settings))
        sending = Sending(producer, following)
        meter = files.measured([path for path in paths if not _is_url(path)])

        def read(some: list[str], *, urls: bool) -> "Iterator[RawArticle | RefusedInput]":
            if urls:
                from connectors.feeds import page_urls

                return page_urls.read(some, settings, lane=lane, allow_private=allow_private)
            return files.read(some, lane=lane, fetched_at=when, warn=sending.doubt, meter=meter)

        runs = groupby(paths, key=_is_url)  # in the order given
        found: Iterator[RawArticle | RefusedInput] = chain.from_iterable(
            read(list(some), urls=urls) for urls, some in runs
        )
        if lane is Lane.BACKFILL:
            found = stack.enter_context(Backpressure(settings, output.note)).each(found)
        try:
            with output.progress("sending") as bar:
                sending.take(found, lambda summary: bar.show(summary, meter.share))
            sending.tell_of_doubts()
            if following is not None:
                with output.progress("filing") as bar:
                    told = following.until_all_are_told(
                        lambda done, of: bar.show(f"{done:,} of {of:,}", done / of if of else None), output.note
                    )
                sending.tell_outcomes(told)
        finally:
            if as_json:
                output.document(sending.report())
            else:
                output.say(sending.summary())
    if not sending.all_taken:
        raise typer.Exit(exits.REFUSED)


def _is_url(path: str) -> bool:
    return path.lower().startswith(("http://", "https://"))
