"""`trace`: shows one article's path through the pipeline, from its arrival to the alerts that it fired."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples
from streams.contract.errors import Unavailable, UsageError
from streams.contract.urls import is_url

if TYPE_CHECKING:
    from connectors.cli.trace.locate import TopicScan
    from connectors.views.traces import ArticleTrace
    from streams.contract.messages import Forgotten
    from streams.runtime.settings import Settings

SCANNED_MESSAGES = 2_000  # of each topic: takes some seconds, and covers half an hour of a busy day

DOWN = "Elasticsearch does not answer, so whether it is stored is not known"

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch trace 3f2a9c01",
        "storywatch trace https://gazette.example/news/bridge --json",
        "storywatch trace https://gazette.example/news/bridge --scan 50000",
    )
)
def trace(
    article: Annotated[str, typer.Argument(metavar="ARTICLE|URL", help="An article's id, a prefix of it, or its URL.")],
    scan: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="MESSAGES",
            help=f"Scan this many messages of each topic. Default: {SCANNED_MESSAGES:,} if the article is not stored.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the path of one article through the pipeline.

    When it arrived at and left each stage, what each stage decided and why, its story, and its alerts with every
    answer of their receivers. For an article that is not stored: where it waits, or which stage refused it and why.
    """
    settings = connect.settings()
    found, down = _find_stored(settings, article)
    scanned: TopicScan | None = None
    if found is None or scan is not None:
        scanned = _scan_topics(settings, found, article, scan or SCANNED_MESSAGES)
    forgotten = None if found is not None else _find_forgotten(settings, article, scanned)
    if found is None and forgotten is None and (scanned is None or not scanned.occurrences):
        raise UsageError(_not_found(article, scanned, down=down))
    status = None if found is not None else _status(forgotten, scanned, down=down)
    if as_json:
        _print_json(found, scanned, status, down=down)
    else:
        _print_text(found, scanned, status, down=down)


def _find_stored(settings: "Settings", what: str) -> "tuple[ArticleTrace | None, bool]":
    """The stored article, and True if Elasticsearch is away, when only the topics can answer."""
    from connectors.views.traces import find_trace

    try:
        with connect.open_search(settings) as queries:
            return find_trace(queries, what), False
    except Unavailable as error:
        output.note(f"only the topics are scanned: {error}")
        return None, True


def _scan_topics(settings: "Settings", found: "ArticleTrace | None", what: str, most: int) -> "TopicScan":
    from connectors.cli.trace import locate
    from connectors.views import traces

    connect.check_topics(settings, *locate.TOPICS)
    return locate.scan(settings, traces.message_keys(found) if found else [what], most)


def _find_forgotten(settings: "Settings", what: str, scanned: "TopicScan | None") -> "Forgotten | None":
    """The record of a forgotten article that is still blocked, by its URL, its id or a prefix of it."""
    from connectors.elastic.read.queries import PREFIX_CHARACTERS
    from connectors.forget import records
    from streams.contract import identity, topics

    connect.check_topics(settings, topics.FORGOTTEN)
    of_url = identity.of_url(what) if is_url(what) else None
    ids = {of_url, *(one.article for one in scanned.occurrences)} if scanned else {of_url}
    for one in records.latest(settings).values():
        is_prefix = len(what) >= PREFIX_CHARACTERS and one.id.startswith(what)
        if one.blocked and (one.id in ids or is_prefix):
            return one
    return None


def _status(forgotten: "Forgotten | None", scanned: "TopicScan | None", *, down: bool) -> str | None:
    from connectors.cli.common.times import iso_time

    if forgotten is not None:
        return f"forgotten on {iso_time(forgotten.at)} by {forgotten.by}: {forgotten.reason}"
    return scanned.status(down=down) if scanned else None


def _not_found(what: str, scanned: "TopicScan | None", *, down: bool) -> str:
    from connectors.cli.common.times import iso_time

    topics = "there are no messages"
    if scanned is not None and scanned.oldest is not None:
        topics = f"the latest {scanned.scanned:,} messages (back to {iso_time(scanned.oldest)}) do not have it"
    return (
        f"no article {what} is known: {DOWN if down else 'it is not stored'}, and {topics}. `--scan` scans further "
        f"back, `storywatch search` lists ids, `storywatch ingest` sends an article in"
    )


def _print_json(found: "ArticleTrace | None", scanned: "TopicScan | None", status: str | None, *, down: bool) -> None:
    from msgspec import structs

    from connectors.views.traces import report

    stored = {"stored": None if down else found is not None, **(structs.asdict(report(found)) if found else {})}
    topics = {"now": status, "messages": scanned.report()} if scanned else {}
    output.document({**stored, **topics})


def _print_text(found: "ArticleTrace | None", scanned: "TopicScan | None", status: str | None, *, down: bool) -> None:
    from connectors.cli.trace import trace_page

    if found is not None:
        trace_page.print_trace(found)
    else:
        output.echo(f"{DOWN if down else 'not stored'}: {status}")
    if scanned is not None and scanned.occurrences:
        output.echo()
        trace_page.print_occurrences(scanned)
