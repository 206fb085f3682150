"""`stories`: which stories there are, and one story with its timeline and the reasons behind it."""

from typing import Annotated

import typer

from connectors.cli import connect, output, times
from connectors.cli.options import Json, Language, Limit, Since, examples
from streams.errors import Misuse

commands = typer.Typer(invoke_without_command=True)


@commands.callback(epilog=examples("storywatch stories", "storywatch stories show 3f2a9c"))
def stories(
    context: typer.Context,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """List stories, the one that moved last first; or show one. Alone, the same as `stories list`."""
    if context.invoked_subcommand is None:
        _list(limit, since, language, as_json)
    elif (limit, since, language, as_json) != (20, None, None, False):
        raise Misuse(f"options go behind the command: `storywatch stories {context.invoked_subcommand} ...`")


@commands.command("list", epilog=examples("storywatch stories list --since 2h --language en --json"))
def list_(
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """List stories, the one that took an article last first."""
    _list(limit, since, language, as_json)


@commands.command(epilog=examples("storywatch stories show 3f2a9c", "storywatch stories show 3f2a9c --json"))
def show(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="A story's id, or the beginning of it.")],
    as_json: Json = False,
) -> None:
    """Show a story: timeline, sources, copies, entities, and why each article is in it."""
    from connectors.cli import views
    from connectors.cli.storypage import page

    with connect.searching(connect.settings()) as queries:
        found = queries.story(story_id)
        if found is None:
            raise Misuse(f"there is no story {story_id}: `storywatch stories` lists their ids")
        articles = queries.in_story(found.story.id)
    if as_json:
        output.document({**views.story(found), "timeline": [views.article(each) for each in articles]})
    else:
        page(found, articles)


def _list(limit: int, since: str | None, language: str | None, as_json: bool) -> None:
    from connectors.cli import views

    from_ = times.bound(since, "--since", connect.now())
    with connect.searching(connect.settings()) as queries:
        found = queries.stories(limit, since=from_, language=language)
    if as_json:
        output.document([views.story(each) for each in found])
    elif found:
        output.table(
            [
                output.Column("story", style="cyan"),
                output.Column("last seen", style="dim"),
                output.Column("sources", right=True),
                output.Column("articles", right=True),
                output.Column("lang"),
                output.Column("title", wrap=True),
            ],
            [views.story_row(each) for each in found],
        )
    elif since is not None or language is not None:
        output.note("no stories like that: `storywatch stories` lists all")
    else:
        output.note(
            "no stories: `storywatch ingest` sends articles in, `storywatch worker` files them; "
            "new ones show after a second"
        )
