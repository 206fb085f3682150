"""`stories`: which stories there are, and one story with its timeline and the reasons behind it."""

from typing import Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Language, Limit, Since, Utc, examples
from streams.contract.errors import UsageError

commands = typer.Typer(invoke_without_command=True)


@commands.callback(epilog=examples("storywatch stories", "storywatch stories show 3f2a9c"))
def stories(
    context: typer.Context,
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List stories, the one that moved last first; or show one. Alone, the same as `stories list`."""
    if context.invoked_subcommand is None:
        _list(limit, since, language, utc=utc, as_json=as_json)
    elif (limit, since, language, utc, as_json) != (20, None, None, False, False):
        raise UsageError(f"options go behind the command: `storywatch stories {context.invoked_subcommand} ...`")


@commands.command("list", epilog=examples("storywatch stories list --since 2h --language en --json"))
def list_(
    limit: Limit = 20,
    since: Since = None,
    language: Language = None,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List stories, the one that took an article last first."""
    _list(limit, since, language, utc=utc, as_json=as_json)


@commands.command(epilog=examples("storywatch stories show 3f2a9c", "storywatch stories show 3f2a9c --all --utc"))
def show(
    story_id: Annotated[str, typer.Argument(metavar="ID", help="A story's id, or the beginning of it.")],
    everything: Annotated[bool, typer.Option("--all", help="Every article, name and reason.")] = False,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Show a story: sources, entities, and its articles with why each is in it and what its publisher changed.

    The newest article comes first. Of a long story those that tell most are shown: what began it, what brought a new
    source, what was edited, and the newest; --all shows the rest. --json always has all, in order of appearance.
    """
    from connectors.cli.common import renderers
    from connectors.cli.query.story_page import page

    with connect.open_search(connect.settings()) as queries:
        found = queries.story(story_id)
        if found is None:
            raise UsageError(f"there is no story {story_id}: `storywatch stories` lists their ids")
        articles = queries.in_story(found.story.id)
    if as_json:
        output.document({**renderers.story(found), "timeline": [renderers.article(each) for each in articles]})
    else:
        page(found, articles, times.time_formatter(connect.now(), utc=utc), everything=everything)


def _list(limit: int, since: str | None, language: str | None, *, utc: bool, as_json: bool) -> None:
    from connectors.cli.common import renderers

    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    with connect.open_search(connect.settings()) as queries:
        found = queries.stories(limit, since=from_, language=language)
    if as_json:
        output.document([renderers.story(each) for each in found])
    elif found:
        told = times.time_formatter(now, utc=utc)
        output.table(renderers.STORY_COLUMNS, [renderers.story_row(each, told) for each in found])
    elif since is not None or language is not None:
        output.note("no stories like that: `storywatch stories` lists all")
    else:
        output.note(
            "no stories: `storywatch ingest` sends articles in, `storywatch worker` files them; "
            "new ones show after a second"
        )
