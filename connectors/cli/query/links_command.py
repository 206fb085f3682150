"""`stories links`, `link`, `unlink`: shows which stories report the same event in other languages, and corrects it."""

from typing import Annotated, Literal

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Utc, examples
from connectors.cli.common.user import current_user

StoryId = Annotated[str, typer.Argument(metavar="ID", help="A story's id or a prefix of it.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other story, in the same way.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]


def register(commands: typer.Typer) -> None:
    """Add the commands of this module to those of `stories`."""
    commands.command(epilog=examples("storywatch stories links", "storywatch stories links 3f2a9c --json"))(links)
    commands.command(epilog=examples("storywatch stories link 3f2a9c 81d0e4"))(link)
    commands.command(
        epilog=examples("storywatch stories unlink 3f2a9c 81d0e4 --reason 'another ferry'"),
    )(unlink)


def links(
    story_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A story's id or a prefix of it.")] = None,
    limit: Limit = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List the links of a story, or of all, with their reasons, the latest first. Pairs that were cut are marked."""
    from connectors.elastic.read.find import find_story

    with connect.open_search(connect.settings()) as queries:
        id_ = None if story_id is None else find_story(queries, story_id).story.id
        found = queries.links(id_, limit)
    if as_json:
        output.document([one.link for one in found])
        return
    format_time = times.time_formatter(connect.now(), utc=utc)
    for one in found:
        pair = " and ".join(
            f"{story} ({language})" if language else story
            for story, language in zip(one.link.stories, one.link.languages, strict=True)
        )
        output.echo(f"{format_time(one.timestamp)}  {one.link.state}  {pair}", style="bold")
        for reason in one.link.reasons:
            output.echo(f"    - {reason}")
    if not found:
        output.note("no links: a worker with STORYWATCH_LINKS=true makes them")


def link(story_id: StoryId, other: Other, reason: Reason = "") -> None:
    """Link two stories that report the same event. The link is kept until `stories unlink`."""
    _correct(story_id, other, "linked", reason)


def unlink(story_id: StoryId, other: Other, reason: Reason = "") -> None:
    """Cut the link of two stories, for good: they are not linked again but by `stories link`."""
    _correct(story_id, other, "cut", reason)


def _correct(story_id: str, other: str, state: Literal["linked", "cut"], reason: str) -> None:
    from connectors.corrections import links as corrections
    from streams.contract import topics

    settings = connect.settings()
    with connect.open_search(settings) as queries:
        request = corrections.prepare(queries, story_id, other, state, reason, current_user(), connect.now())
    connect.check_topics(settings, topics.SKETCHES, topics.AUDIT)
    corrections.send(settings, request)
    second = request.correction.other if request.correction else other
    output.echo(f"{'linked' if state == 'linked' else 'cut the link of'} {request.story} and {second}", style="green")
