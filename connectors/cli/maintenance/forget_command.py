"""`forget`: removes an article from everything and blocks it; lists what was forgotten."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import structs

from connectors.cli.common import connect, exit_codes, output, times
from connectors.cli.common.options import Json, examples
from streams.contract.errors import UsageError
from streams.contract.urls import is_url

if TYPE_CHECKING:
    from connectors.forget.run import ErasureResult, Target
    from streams.contract.messages import Forgotten
    from streams.runtime.settings import Settings

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch forget https://news.example/a-story --reason 'asked for by the publisher'",
        "storywatch forget --list",
        "storywatch forget --restore",
        "storywatch forget https://news.example/a-story --undo --reason 'a mistake'",
    )
)
def forget(
    article: Annotated[str | None, typer.Argument(metavar="ARTICLE|URL", help="The article's id or URL.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the record.")] = None,
    by: Annotated[str | None, typer.Option(help="Who asked for it, for the record. Default: the user's name.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Accept the article again when it next arrives.")] = False,
    listed: Annotated[
        bool, typer.Option("--list", help="List forgotten articles: id, time, who asked for it and why.")
    ] = False,
    restore: Annotated[
        bool,
        typer.Option("--restore", help="Restore headlines that were removed although their article is stored."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Remove an article from everything, for good.

    Removes its rows, its documents, its place in its story, alerts about it and their deliveries, and its headline from
    the reasons of other articles. It is not accepted again, from feeds or by replays, until --undo. A record stays: a
    hash, when, by whom and why. Messages in Kafka's topics expire with their retention (docs/reprocessing.md).
    Exit code 1: no worker has removed the rows yet; a worker removes them when it starts.
    """
    from streams.contract.messages import Forgotten

    settings = connect.settings()
    if listed:
        _print_forgotten(settings, as_json)
        return
    if restore:
        _restore(settings, as_json)
        return
    if article is None or not reason:
        raise UsageError("give an article's id or URL and a --reason, or --list or --restore")
    known = _find(article, settings)
    record = Forgotten(id=known.id, at=connect.now(), by=by or getpass.getuser(), reason=reason, blocked=not undo)
    if undo:
        _undo(settings, record)
        return
    done = _forget(settings, known, record)
    if as_json:
        report = {"documents": done.documents, "alerts": done.alerts, "rows_removed": done.rows_removed}
        output.document({"id": known.id, **report})
    else:
        counts = f"documents deleted or changed: {done.documents}, waiting alerts: {done.alerts}"
        output.echo(f"{known.id} is forgotten: {counts}")
    if not done.rows_removed:
        output.error("no worker has removed its rows yet: run this again while a worker runs, to see that it is done")
        raise typer.Exit(exit_codes.REFUSED)


def _find(what: str, settings: "Settings") -> "Target":
    """The stored article, else its id, which is enough to block it. Raises `UsageError` for neither an id nor a URL."""
    from connectors.elastic.admin.erase import headlines
    from connectors.forget.run import Target
    from streams.contract import identity

    with connect.open_search(settings) as queries:
        found = queries.article_by_url(what) if is_url(what) else queries.article(what)
    if found is not None:
        return Target(found.article.id, headlines(found), found.story.id)
    id_ = identity.of_url(what) if is_url(what) else what if len(what) == ID_LENGTH else None
    if id_ is None:
        raise UsageError(f"{what} is neither a stored article's id nor a URL: `storywatch search` lists ids")
    return Target(id_)


ID_LENGTH = 32  # hexadecimal digits of `digest`


def _forget(settings: "Settings", known: "Target", record: "Forgotten") -> "ErasureResult":
    from connectors.elastic.admin.erase import Eraser
    from connectors.elastic.client import sync_client
    from connectors.forget import run
    from connectors.kafka.producer import Producer
    from streams.contract import topics

    connect.check_topics(settings, topics.FORGOTTEN)
    with Producer(settings) as producer, sync_client(settings) as client:
        return run.forget(settings, producer, Eraser(client, settings.index_prefix), known, record)


def _undo(settings: "Settings", record: "Forgotten") -> None:
    from connectors.kafka.producer import Producer
    from streams.contract import topics

    connect.check_topics(settings, topics.FORGOTTEN)
    with Producer(settings) as producer:
        producer.send(topics.FORGOTTEN, record)
    output.echo(f"{record.id} is accepted again")


def _restore(settings: "Settings", as_json: bool) -> None:
    from connectors.elastic.admin.erase import Eraser
    from connectors.elastic.client import sync_client

    with sync_client(settings) as client:
        changed = Eraser(client, settings.index_prefix).restore()
    if as_json:
        output.document({"documents": changed})
    else:
        output.echo(f"documents with restored headlines: {changed}")


def _print_forgotten(settings: "Settings", as_json: bool) -> None:
    from connectors.forget import records
    from streams.contract import topics

    connect.check_topics(settings, topics.FORGOTTEN)
    found = sorted(records.latest(settings).values(), key=lambda one: one.at, reverse=True)
    if as_json:
        output.document([structs.asdict(one) for one in found])
    elif found:
        output.table(
            [
                output.Column("time", style="dim"),
                output.Column("article", style="cyan"),
                output.Column("blocked"),
                output.Column("by"),
                output.Column("reason", wrap=True),
            ],
            [(times.iso_time(one.at), one.id, "yes" if one.blocked else "no", one.by, one.reason) for one in found],
        )
    else:
        output.note("nothing was forgotten")
