"""`stories`: lists stories, and shows one with its timeline and the reasons behind it."""

from dataclasses import replace
from typing import Annotated, Literal

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Language, Limit, Since, Utc, check_position, examples
from connectors.cli.query import correct_command, links_command

LEAST_SOURCES = 2  # of the stories that are listed by default

commands = typer.Typer(invoke_without_command=True)
correct_command.register(commands)
links_command.register(commands)

Query = Annotated[
    str | None,
    typer.Option(metavar="QUERY", help="Only those with an article that answers this, as in `storywatch search`."),
]
Sort = Annotated[
    Literal["time", "sources", "growth"],
    typer.Option(
        help="time: the one with the latest article first; sources: most independent sources; growth: most articles in "
        "the last day."
    ),
]
Sources = Annotated[int, typer.Option(min=1, metavar="N", help="Only those with this many independent sources.")]
All = Annotated[bool, typer.Option("--all", help="Also those of one source.")]


@commands.callback(epilog=examples("storywatch stories", "storywatch stories show 3f2a9c"))
def stories(
    context: typer.Context,
    query: Query = None,
    sort: Sort = "time",
    sources: Sources = LEAST_SOURCES,
    all_: All = False,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List stories, the one updated last first, or show one. Without a subcommand: `stories list`."""
    if context.invoked_subcommand is None:
        list_(query, sort, sources, all_, limit, since, language, utc, as_json)
    else:
        check_position(context)


@commands.command(
    "list",
    epilog=examples(
        "storywatch stories list --since 2h --language en --json",
        "storywatch stories list --query '(ferry OR harbour)' --sources 3 --sort growth",
    ),
)
def list_(
    query: Query = None,
    sort: Sort = "time",
    sources: Sources = LEAST_SOURCES,
    all_: All = False,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List the stories of two independent sources and more, the one that received an article last first.

    A query finds the stories that have an article which `storywatch search` finds by it.
    """
    from connectors.cli.common import renderers
    from connectors.views.choices import ArticleChoice, StoryChoice

    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    choice = StoryChoice(
        having=ArticleChoice(query=query),
        languages=() if language is None else (language,),
        least_sources=None if all_ else sources,
        since=from_,
    )
    with connect.open_library(connect.settings()) as library:
        found = library.stories(choice, sort, limit=limit).items
        hidden = not found and bool(library.stories(replace(choice, least_sources=None), limit=1).items)
    if as_json:
        output.document(found)
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        output.table(renderers.STORY_COLUMNS, [renderers.story_row(each, format_time) for each in found])
    elif hidden:
        output.note(f"no matching story has {sources} sources or more: --all lists those of one source too")
    elif any(option is not None for option in (query, since, language)):
        output.note("no matching stories: `storywatch stories` lists all")
    else:
        output.note(
            "no stories: `storywatch ingest` sends articles in, `storywatch worker` files them; "
            "new ones appear after a second"
        )


@commands.command(epilog=examples("storywatch stories show 3f2a9c", "storywatch stories show 3f2a9c --all --utc"))
def show(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="A story's id or a prefix of it.")],
    everything: Annotated[bool, typer.Option("--all", help="Show every article, name and reason.")] = False,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Show a story: its sources, entities and articles, with the reasons and edits of each article.

    The newest article comes first. Of a long story only the most informative articles are shown: the first one, those
    that brought a new source, those that were edited, and the newest; --all shows every article. --json always has
    all, in order of appearance. Of a story with more than 300 articles both have some 400 at most: `storywatch export
    articles --story` has all.
    """
    from connectors.cli.query.story_page import print_story

    with connect.open_library(connect.settings()) as library:
        found = connect.story_page(library, story_id)
    if not found.id.startswith(story_id):
        output.note(f"story {story_id} was merged into story {found.id}")
    if as_json:
        output.document(found)
    else:
        print_story(found, times.time_formatter(connect.now(), utc=utc), everything=everything)
