"""`export`: writes stored articles, with their texts, stories or alerts as JSON Lines to stdout."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Entity, Language, Publisher, Since, Story, Track, Until, examples
from streams.contract.errors import FatalError, Unavailable, UsageError

if TYPE_CHECKING:
    from connectors.elastic.names import Family
    from connectors.elastic.read.clauses import Query

commands = typer.Typer()


ExportKind = Literal["articles", "stories", "alerts"]


# the filters of each kind, besides --since and --until
_FILTERS: dict[ExportKind, set[str]] = {
    "articles": {"--query", "--entity", "--publisher", "--language", "--story"},
    "stories": {"--query", "--entity", "--language"},
    "alerts": {"--story", "--track"},
}


@commands.command(
    epilog=examples(
        "storywatch export > articles.jsonl",
        "storywatch export --since 7d --publisher 'Harbour Post' | storywatch ingest - --lane backfill",
        "storywatch export --query 'section:sport -copies:yes' > sport.jsonl",
        "storywatch export stories --language en --since 2026-01-01",
        "storywatch export alerts --track 3f2a9c01b7de | jq .article_title",
    )
)
def export(
    what: Annotated[ExportKind, typer.Argument(help="What to write.")] = "articles",
    query: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Only those that this finds, as in `storywatch search`.")
    ] = None,
    entity: Entity = None,
    publisher: Publisher = None,
    story: Story = None,
    track: Track = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Continue after this place, which an interrupted export prints.")
    ] = None,
) -> None:
    """Write articles, stories or alerts as JSON Lines, the oldest first.

    The line of an article has its whole text, and `storywatch ingest` imports it under the same id, into another
    system or into this one after a loss. --since and --until compare the time at which an article was first seen, a
    story received its last article, or an alert was made. Documents written while the export runs are not included.
    The number of lines is printed to stderr.
    """
    from connectors.elastic.read.client import SearchClient
    from connectors.elastic.read.find import find_story
    from connectors.elastic.read.queries import Search
    from connectors.elastic.read.walk import Cursor, Walk
    from connectors.views.export_lines import EXPORTS

    given = {
        "--query": query,
        "--entity": entity,
        "--publisher": publisher,
        "--language": language,
        "--story": story,
        "--track": track,
    }
    for option, value in given.items():
        if value is not None and option not in _FILTERS[what]:
            accepted = ", ".join(sorted(_FILTERS[what]))
            raise UsageError(f"{what} have no filter {option}: they have {accepted}, --since, --until")
    from_, to = times.time_range(since, until, connect.now())
    place = None if after is None else Cursor.parse(after)
    settings = connect.settings()
    with SearchClient(settings) as client:
        story_id = None if story is None else find_story(Search(client, settings.index_prefix), story).story.id
        family, kind, id_field, line = EXPORTS[what]
        walk: Walk[Any] = Walk(client, settings.index_prefix, family, kind, id_field)
        filters = _filters(family, {**given, "--story": story_id}, from_, to)
        total, written = walk.count(filters), 0
        try:
            with output.progress("exporting") as show:
                for record, reached in walk.each(filters, place) if total else ():
                    output.buffered_record(line(record))
                    place = reached
                    written += 1
                    show(f"{written:,} of {total:,}", written / max(written, total))
        except (Unavailable, FatalError) as error:
            hint = f"to continue, add --after {place} to the same command" if place else "nothing was written"
            raise type(error)(f"{str(error).rstrip('.')}. {written:,} lines were written; {hint}") from error
        finally:
            output.flush()
    output.note(output.counted(written, "line"))
    if after is None and written < total:
        raise Unavailable(f"Elasticsearch returned {written:,} of {total:,}: run the export again")


def _filters(
    family: "Family", given: dict[str, str | None], since: datetime | None, until: datetime | None
) -> "list[Query]":
    from connectors.elastic.names import Family
    from connectors.elastic.read import clauses as q

    language = "article.language" if family is Family.ARTICLES else "story.language"
    filters = q.between(since, until)
    if (words := given["--query"]) is not None:
        filters.append(q.words_in(words, family))
    if (entity := given["--entity"]) is not None:
        filters.append(q.names_entity(entity))
    if (publisher := given["--publisher"]) is not None:
        filters.append(q.from_publisher(publisher))
    if (code := given["--language"]) is not None:
        filters.append(q.term(language, code.lower()))
    if (story := given["--story"]) is not None:
        filters.append(q.term("story.id", story))
    if (track := given["--track"]) is not None:
        filters.append(q.any_of(q.term("track.id", track), q.term("track.name", track)))
    return filters
