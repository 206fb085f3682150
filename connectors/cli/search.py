"""`search`: words and filters in, articles out."""

from typing import Annotated

import typer

from connectors.cli import connect, output, times
from connectors.cli.options import Json, Language, Limit, Since, Until, examples

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch search harbour bridge",
        "storywatch search '\"harbour bridge\" -football' --since 3d --language en",
        "storywatch search --entity 'Jane Doe' --publisher news.example --json",
    )
)
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help='All must occur. "a phrase", -without, this | that, begin* work.'),
    ] = None,
    entity: Annotated[str | None, typer.Option(metavar="NAME", help="Articles that name it.")] = None,
    publisher: Annotated[str | None, typer.Option(metavar="NAME", help="A name, domain or owner.")] = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Find articles by words, names, publisher and time.

    Times are those at which an article was first seen. The best match comes first; without words, the newest.
    """
    from connectors.cli import views

    now = connect.now()
    from_, to = times.bound(since, "--since", now), times.bound(until, "--until", now)
    with connect.searching(connect.settings()) as queries:
        hits = queries.search(
            " ".join(words or ()) or None,
            entity=entity,
            publisher=publisher,
            since=from_,
            until=to,
            language=language,
            limit=limit,
        )
    if as_json:
        output.document([views.hit(each) for each in hits])
    elif hits:
        output.table(
            [
                output.Column("first seen", style="dim"),
                output.Column("publisher", wrap=True),
                output.Column("story", style="cyan"),
                output.Column("id"),
                output.Column("title", wrap=True),
            ],
            [views.hit_row(each) for each in hits],
        )
    else:
        output.note("nothing found")
