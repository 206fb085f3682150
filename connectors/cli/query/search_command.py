"""`search`: finds stored articles by words and filters."""

from collections.abc import Sequence
from typing import Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Entity, Json, Language, Limit, Publisher, Since, Until, Utc, examples
from streams.contract.errors import UsageError

commands = typer.Typer()


def check_words(words: Sequence[str]) -> None:
    """Raises `UsageError` for a word that begins with two dashes: -without is a word, --withuot a misspelt option."""
    for word in words:
        if word.startswith("--"):
            raise UsageError(f"no such option: {word} (`storywatch search --help` lists them; as a word: '\"{word}\"')")


@commands.command(
    context_settings={"ignore_unknown_options": True},  # -without is a word; `check_words` refuses an unknown --option
    epilog=examples(
        "storywatch search harbour bridge",
        "storywatch search harbour bridge -football",
        "storywatch search '\"harbour bridge\"' --since 3d --language en",
        "storywatch search 'title:(bridge OR ferry) sources:>=3 published:>now-2d'",
        "storywatch search --entity 'Jane Doe' --publisher news.example --json",
    ),
)
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY]...",
            help='Words, all of which must occur. Also: "a phrase", -without, this | that, begin*, field:value.',
        ),
    ] = None,
    entity: Entity = None,
    publisher: Publisher = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    limit: Limit = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Find articles by a query: words, names, publisher, time.

    Fields: title, body, summary, entity, person, org, place, group, publisher, owner, author, credit, section, tag,
    label, country, language, kind, lane, copies, sources, publishers, articles, words, published, modified, seen.

    --since and --until compare the time at which an article was first seen. The best match comes first; without
    words, the newest.
    """
    from connectors.cli.common import renderers
    from connectors.views.choices import ArticleChoice

    check_words(words or [])
    now = connect.now()
    from_, to = times.time_range(since, until, now)
    choice = ArticleChoice(
        query=" ".join(words or ()) or None,
        entity=entity,
        publishers=() if publisher is None else (publisher,),
        languages=() if language is None else (language,),
        since=from_,
        until=to,
    )
    with connect.open_library(connect.settings()) as library:
        found = library.articles(choice, limit=limit).items
    if as_json:
        output.document(found)
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        output.table(renderers.HIT_COLUMNS, [renderers.hit_row(each, format_time) for each in found])
    else:
        output.note("nothing found")
