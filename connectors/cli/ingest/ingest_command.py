"""`ingest`: sends articles from files, folders, URLs and standard input into the pipeline."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, groupby
from os.path import lexists
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, exit_codes, output, times
from connectors.cli.common.options import Json, examples
from connectors.cli.ingest import installed_source
from streams.contract import plugins
from streams.contract.errors import UsageError
from streams.contract.lanes import Lane
from streams.contract.urls import is_url

if TYPE_CHECKING:
    from connectors.archives.warc import Found

commands = typer.Typer()

URL = "url"
KAFKA = "kafka"

LaneOption = Annotated[
    Lane, typer.Option(help="live: goes first and may fire alerts; backfill: old material that does neither.")
]


def _print_schema(requested: bool) -> None:
    if requested:
        from connectors.files.line_schema import schema

        output.document(schema())
        raise typer.Exit


@commands.command(
    epilog=examples(
        "storywatch ingest page.html article.txt",
        "storywatch ingest https://news.example/reef https://news.example/sitemap.xml --wait",
        "storywatch ingest archive/ --lane backfill --fetched-at 2026-01-13",
        "storywatch ingest CC-NEWS-20260112.warc.gz --lane backfill",
        "zcat dump.jsonl.gz | storywatch ingest - --json",
    )
)
def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL|kafka:TOPIC|SOURCE:ADDRESS...",
            help="Files, folders, URLs, or topics of your own; - is stdin.",
        ),
    ],
    fetched_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When the files were fetched from the web: an ISO date or time. Default: now."
        ),
    ] = None,
    lane: LaneOption = Lane.LIVE,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until each article is filed or refused; needs a worker.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch from private and local addresses.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Read web archives and mbox files from their beginning, also if they were read before."
        ),
    ] = False,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Print the JSON Schema of a line and exit.", callback=_print_schema, is_eager=True
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Send articles into the pipeline.

    Accepts HTML pages, plain text, JSON (an object, an array, or one object per line), web archives (WARC) and mail
    (mbox), each also gzip-compressed, and WACZ, .eml files and maildirs. An archive is resumed where an earlier run was
    interrupted, and an mbox that has grown is read on.
    JSON fields: url, html or body, title, published, publisher, authors, language, fetched_at; --schema lists all.
    A topic of your own (kafka:TOPIC) holds such JSON objects: what is new in it is read to its present end;
    `storywatch source add kafka:TOPIC` follows it.
    SOURCE is the name of an installed extension that reads the address.
    A URL is fetched as `watch` fetches pages: robots.txt and limits apply. Of a sitemap or feed all pages are fetched.
    Articles that are refused, and values that are ignored, are reported at once on stderr, and the rest is sent; the
    exit code is 1 if anything was refused.
    Sending the same article again changes nothing. In the backfill lane only a few articles are sent at a time, and
    none while live ones wait.
    """
    from connectors.archives.progress import ProgressStore
    from connectors.cli.ingest.article_sender import ArticleSender
    from connectors.files import read as files
    from connectors.kafka.backpressure import Backpressure
    from connectors.kafka.producer import Producer
    from streams.contract import topics

    when = times.parse_fetched_at(fetched_at, connect.now())
    _check_any_exists(paths)
    settings = connect.settings()
    connect.check_topics(settings, topics.RAW)
    with ExitStack() as stack:
        tracker = None
        if wait:
            from connectors.cli.ingest.outcomes import OutcomeTracker

            tracker = stack.enter_context(OutcomeTracker(settings))
        producer = stack.enter_context(Producer(settings))
        sender = ArticleSender(producer, tracker)
        meter = files.measured([path for path in paths if not _scheme(path)])

        progress = ProgressStore(settings.data_dir, settings.topic_prefix, again=again)

        def read(group: list[str], scheme: str) -> "Iterator[Found]":
            if scheme == URL:
                from connectors.feeds import page_urls

                return page_urls.read(group, settings, lane=lane, allow_private=allow_private, report=output.error)
            if scheme == KAFKA:
                return read_topics(group)
            if scheme:
                return installed_source.read(scheme, group, lane=lane)
            return files.read_resumable(
                group,
                lane=lane,
                fetched_at=when,
                warn=sender.report_ignored,
                note=lambda where, line: output.note(f"{where}: {line}"),
                meter=meter,
                progress=progress,
            )

        def read_topics(group: list[str]) -> "Iterator[Found]":
            from connectors.kafka.topic_source import TopicSource

            for path in group:
                topic = path.removeprefix(f"{KAFKA}:")
                source = stack.enter_context(TopicSource(settings, topic, lane=lane, warn=sender.report_ignored))
                yield from source.read()

        groups = groupby(paths, key=_scheme)  # keeps the order given
        found: Iterator[Found] = chain.from_iterable(read(list(group), scheme) for scheme, group in groups)
        if lane is Lane.BACKFILL:
            found = stack.enter_context(Backpressure(settings, output.note)).each(found, producer.flush)
        try:
            with output.progress("sending") as show:
                sender.send_all(found, lambda summary: show(summary, meter.share))
            sender.report_ignored_totals()
            if tracker is not None:
                with output.progress("filing") as show:
                    outcomes = tracker.wait_for_all(
                        lambda done, of: show(f"{done:,} of {of:,}", done / of if of else None), output.note
                    )
                sender.report_outcomes(outcomes)
        finally:
            if as_json:
                output.document(sender.report())
            else:
                output.echo(sender.summary())
    if not sender.nothing_refused:
        raise typer.Exit(exit_codes.REFUSED)


def _check_any_exists(paths: list[str]) -> None:
    """Raises `UsageError` if all are files that do not exist: nothing could be sent, whatever the servers say."""
    if all(not _scheme(path) and path != "-" and not lexists(path) for path in paths):
        raise UsageError(f"there is no such file: {', '.join(paths)}")


def _scheme(path: str) -> str:
    """What reads a path: `URL` for http(s), `KAFKA` for a topic, the scheme of an installed source, "" for files."""
    if is_url(path):
        return URL
    scheme, colon, _ = path.partition(":")
    if colon and scheme == KAFKA:
        return KAFKA
    return scheme if colon and scheme in plugins.names("storywatch.sources") else ""
