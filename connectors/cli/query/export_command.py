"""`export`: what is stored -> JSON Lines on stdout; articles with their texts, for other programs or another system."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Language, Since, Until, examples
from streams.contract.errors import FatalError, Unavailable, UsageError

if TYPE_CHECKING:
    from connectors.elastic.read.clauses import Query

commands = typer.Typer()


class What(StrEnum):
    ARTICLES = "articles"
    STORIES = "stories"
    ALERTS = "alerts"


# the filters that each kind of document has
_HAS = {
    What.ARTICLES: {"--query", "--entity", "--publisher", "--language", "--story"},
    What.STORIES: {"--query", "--entity", "--language"},
    What.ALERTS: {"--story", "--track"},
}


@commands.command(
    epilog=examples(
        "storywatch export > articles.jsonl",
        "storywatch export --since 7d --publisher 'Harbour Post' | storywatch ingest - --lane backfill",
        "storywatch export stories --language en --since 2026-01-01",
        "storywatch export alerts --track 3f2a9c01b7de | jq .article_title",
    )
)
def export(
    what: Annotated[What, typer.Argument(help="What to write.")] = What.ARTICLES,
    query: Annotated[
        str | None, typer.Option(metavar="WORDS", help="With these words, as `storywatch search` takes them.")
    ] = None,
    entity: Annotated[str | None, typer.Option(metavar="NAME", help="That name it.")] = None,
    publisher: Annotated[str | None, typer.Option(metavar="NAME", help="A name, domain or owner.")] = None,
    story: Annotated[str | None, typer.Option(metavar="ID", help="Of this story (its id or the beginning).")] = None,
    track: Annotated[str | None, typer.Option(metavar="ID|NAME", help="Of this track.")] = None,
    since: Since = None,
    until: Until = None,
    language: Language = None,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Go on behind this place, which a broken export has named.")
    ] = None,
) -> None:
    """Write articles, stories or alerts as JSON Lines, the oldest first.

    An article's line has its whole text, and `storywatch ingest` takes it back to the same id: into another system,
    or into this one after a loss. Times are those at which an article was first seen, a story took its last article,
    an alert was made. What is written while the export runs is not in it. The number of lines goes to stderr.
    """
    from connectors.cli.query import export_lines
    from connectors.elastic import records as r
    from connectors.elastic.names import Family
    from connectors.elastic.read.client import SearchClient
    from connectors.elastic.read.queries import Search
    from connectors.elastic.read.walk import Cursor, Walk

    given = {
        "--query": query,
        "--entity": entity,
        "--publisher": publisher,
        "--language": language,
        "--story": story,
        "--track": track,
    }
    for option, value in given.items():
        if value is not None and option not in _HAS[what]:
            raise UsageError(
                f"{option} is no filter of {what}: they have {', '.join(sorted(_HAS[what]))}, --since, --until"
            )
    from_, to = times.time_range(since, until, connect.now())
    place = None if after is None else Cursor.parse(after)
    settings = connect.settings()
    with SearchClient(settings) as client:
        story_id = None if story is None else _story(Search(client, settings.index_prefix), story)
        kinds: dict[What, tuple[Family, type[r.DocumentPart], str, Callable[[Any], dict[str, Any]]]] = {
            What.ARTICLES: (Family.ARTICLES, r.ArticleRecord, "article.id", export_lines.article),
            What.STORIES: (Family.STORIES, r.StoryRecord, "story.id", export_lines.story),
            What.ALERTS: (Family.ALERTS, r.AlertRecord, "alert.id", export_lines.alert),
        }
        family, kind, id_field, line = kinds[what]
        walk: Walk[Any] = Walk(client, settings.index_prefix, family, kind, id_field)
        filters = _filters(family, {**given, "--story": story_id}, from_, to)
        total, written = walk.count(filters), 0
        try:
            with output.progress("exporting") as bar:
                for record, reached in walk.each(filters, place) if total else ():
                    output.line(line(record))
                    place = reached
                    written += 1
                    bar.show(f"{written:,} of {total:,}", written / max(written, total))
        except (Unavailable, FatalError) as error:
            go_on = f"to go on: the same command with --after {place}" if place else "nothing was written"
            raise type(error)(f"{str(error).rstrip('.')}. {written:,} lines were written; {go_on}") from error
        finally:
            output.flush()
    output.note(output.counted(written, "line"))
    if after is None and written < total:
        raise Unavailable(f"Elasticsearch gave {written:,} of {total:,}: run the export again")


def _story(queries: Any, key: str) -> str:
    found = queries.story(key)
    if found is None:
        raise UsageError(f"there is no story {key}: `storywatch stories` lists their ids")
    return str(found.story.id)


def _filters(family: Any, given: dict[str, str | None], since: Any, until: Any) -> "list[Query]":
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
