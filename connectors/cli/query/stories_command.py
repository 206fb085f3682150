"""`stories`: lists stories, and shows one with its timeline and the reasons behind it."""

from typing import Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Language, Limit, Since, Utc, check_position, examples

commands = typer.Typer(invoke_without_command=True)

Query = Annotated[
    str | None,
    typer.Option(
        metavar="QUERY", help="Only those that answer this, as in `storywatch search`: words are searched in titles."
    ),
]


@commands.callback(epilog=examples("storywatch stories", "storywatch stories show 3f2a9c"))
def stories(
    context: typer.Context,
    query: Query = None,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List stories, the one updated last first, or show one. Without a subcommand: `stories list`."""
    if context.invoked_subcommand is None:
        list_(query, limit, since, language, utc, as_json)
    else:
        check_position(context)


@commands.command(
    "list",
    epilog=examples(
        "storywatch stories list --since 2h --language en --json",
        "storywatch stories list --query '(ferry OR harbour) sources:>=3'",
    ),
)
def list_(
    query: Query = None,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List stories, the one that received an article last first.

    Fields of a query: title, entity, person, org, place, group, publisher, owner, country, language, kind, lane,
    copies, sources, publishers, articles, published, seen. Those of an article are those of the story's latest one.
    """
    from connectors.cli.common import renderers
    from connectors.views import stories as views

    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    with connect.open_search(connect.settings()) as queries:
        found = [views.story(one) for one in queries.stories(limit, since=from_, language=language, words=query)]
    if as_json:
        output.document(found)
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        output.table(renderers.STORY_COLUMNS, [renderers.story_row(each, format_time) for each in found])
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
    all, in order of appearance.
    """
    from connectors.cli.query.story_page import print_story
    from connectors.views import story_page
    from connectors.views.library import MOST_ALERTS

    with connect.open_search(connect.settings()) as queries:
        found = connect.find_story(queries, story_id)
        articles = queries.in_story(found.story.id)
        fired = queries.alerts(MOST_ALERTS, story=found.story.id) if as_json else []
    if as_json:
        output.document(story_page.page(found, articles, fired, None, connect.now()))
    else:
        print_story(found, articles, times.time_formatter(connect.now(), utc=utc), everything=everything)
