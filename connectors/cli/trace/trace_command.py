"""`trace`: the way of one article, from its arrival to the alerts that it caused."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples
from streams.contract.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from connectors.cli.trace.locate import TopicScan
    from connectors.cli.trace.trace_report import ArticleTrace
    from streams.contract.messages import Forgotten
    from streams.runtime.settings import Settings

LOOKED_AT = 2_000  # messages of each topic: some seconds, and half an hour of a busy day

DOWN = "Elasticsearch does not answer, so nobody knows whether it is stored"

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch trace 3f2a9c01",
        "storywatch trace https://gazette.example/news/bridge --json",
        "storywatch trace https://gazette.example/news/bridge --scan 50000",
    )
)
def trace(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE|URL", help="An article's id, the beginning of it, or its URL.")
    ],
    scan: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="MESSAGES",
            help=f"Look through this many messages of each topic. Without it: {LOOKED_AT:,}, if it is not stored.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the way of one article.

    When it arrived and left each stage, what each decided and why, its story, and its alerts with every answer of
    their receivers. For an article that is not stored: where it waits, or which stage refused it and why.
    """
    settings = connect.settings()
    found, down = _stored(settings, article)
    seen: TopicScan | None = None
    if found is None or scan is not None:
        seen = _look(settings, found, article, scan or LOOKED_AT)
    gone = None if found is not None else _forgotten(settings, article, seen)
    if found is None and gone is None and (seen is None or not seen.sightings):
        raise UsageError(_unknown(article, seen, down=down))
    now = None if found is not None else _now(gone, seen, down=down)
    if as_json:
        _report(found, seen, now, down=down)
    else:
        _show(found, seen, now, down=down)


def _stored(settings: "Settings", what: str) -> "tuple[ArticleTrace | None, bool]":
    """What Elasticsearch has of it, and whether that is away: the topics may still tell then."""
    from connectors.cli.trace.trace_report import find_trace

    try:
        with connect.open_search(settings) as queries:
            return find_trace(queries, what), False
    except Unavailable as error:
        output.note(f"only the topics are looked through: {error}")
        return None, True


def _look(settings: "Settings", found: "ArticleTrace | None", what: str, most: int) -> "TopicScan":
    from connectors.cli.trace import locate, trace_report

    connect.check_topics(settings, *locate.TOPICS)
    return locate.scan(settings, trace_report.message_keys(found) if found else [what], most)


def _forgotten(settings: "Settings", what: str, seen: "TopicScan | None") -> "Forgotten | None":
    """The record of an article that may not come in, by any of its names."""
    from connectors.elastic.read.queries import PREFIX_CHARACTERS
    from connectors.forget import records
    from streams.contract import identity, topics

    connect.check_topics(settings, topics.FORGOTTEN)
    of_url = identity.of_url(what) if what.lower().startswith(("http://", "https://")) else None
    ids = {of_url, *(one.article for one in seen.sightings)} if seen else {of_url}
    for one in records.latest(settings).values():
        begins = len(what) >= PREFIX_CHARACTERS and one.id.startswith(what)
        if one.blocked and (one.id in ids or begins):
            return one
    return None


def _now(gone: "Forgotten | None", seen: "TopicScan | None", *, down: bool) -> str | None:
    from connectors.cli.common.times import iso_time

    if gone is not None:
        return f"forgotten on {iso_time(gone.at)} by {gone.by}: {gone.reason}"
    return seen.sentence(down=down) if seen else None


def _unknown(what: str, seen: "TopicScan | None", *, down: bool) -> str:
    from connectors.cli.common.times import iso_time

    looked = "there are no messages"
    if seen is not None and seen.back_to is not None:
        looked = f"the latest {seen.looked:,} messages (back to {iso_time(seen.back_to)}) do not have it"
    return (
        f"nothing is known of {what}: {DOWN if down else 'it is not stored'}, and {looked}. `--scan` looks further "
        f"back, `storywatch search` lists ids, `storywatch ingest` sends an article in"
    )


def _report(found: "ArticleTrace | None", seen: "TopicScan | None", now: str | None, *, down: bool) -> None:
    from connectors.cli.trace.trace_report import report

    stored = {"stored": None if down else found is not None, **(report(found) if found else {})}
    looked = {"now": now, "messages": seen.report()} if seen else {}
    output.document({**stored, **looked})


def _show(found: "ArticleTrace | None", seen: "TopicScan | None", now: str | None, *, down: bool) -> None:
    from connectors.cli.trace import trace_page

    if found is not None:
        trace_page.page(found)
    else:
        output.echo(f"{DOWN if down else 'not stored'}: {now}")
    if seen is not None and seen.sightings:
        output.echo()
        trace_page.sightings(seen)
