"""`alerts`: what has fired, why, and how far the delivery has come."""

from typing import Annotated

import typer

from connectors.cli import connect, output, times
from connectors.cli.options import Json, Limit, Since, examples
from streams.errors import Misuse

commands = typer.Typer()


@commands.command(epilog=examples("storywatch alerts", "storywatch alerts --track 3f2a9c01b7de --since 2h --json"))
def alerts(
    track: Annotated[str | None, typer.Option(metavar="ID|NAME", help="Only of this track.")] = None,
    story: Annotated[
        str | None, typer.Option(metavar="ID", help="Only on this story (its id or the beginning).")
    ] = None,
    since: Since = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List alerts, the newest first.

    Each comes with its reason and the state of its delivery.
    """
    from connectors.cli import views

    from_ = times.bound(since, "--since", connect.now())
    with connect.searching(connect.settings()) as queries:
        story_id = None
        if story is not None:
            found_story = queries.story(story)
            if found_story is None:
                raise Misuse(f"there is no story {story}: `storywatch stories` lists their ids")
            story_id = found_story.story.id
        found = queries.alerts(limit, track=track, story=story_id, since=from_)
    if as_json:
        output.document([views.alert(each) for each in found])
    elif found:
        output.table(
            [
                output.Column("made", style="dim"),
                output.Column("track", wrap=True),
                output.Column("source", wrap=True),
                output.Column("delivery", wrap=True),
                output.Column("story", style="cyan"),
                output.Column("reason", wrap=True),
            ],
            [views.alert_row(each) for each in found],
        )
    else:
        output.note("no alerts")
