"""`alerts`: what has fired, why, and how far the delivery has come."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Since, Utc, examples
from streams.contract.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from connectors.elastic.read.queries import Search
    from streams.runtime.settings import Settings

commands = typer.Typer()


@commands.command(epilog=examples("storywatch alerts", "storywatch alerts --track 3f2a9c01b7de --since 2h --json"))
def alerts(
    track: Annotated[str | None, typer.Option(metavar="ID|NAME", help="Only of this track.")] = None,
    story: Annotated[
        str | None, typer.Option(metavar="ID", help="Only on this story (its id or the beginning).")
    ] = None,
    since: Since = None,
    limit: Limit = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List alerts, the newest first.

    Each comes with the headline that fired it, its story, its reason and the state of its delivery.
    """
    from connectors.cli.common import renderers, unstored
    from streams.contract import topics

    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    settings = connect.settings()
    with connect.open_search(settings) as queries:
        story_id = None
        if story is not None:
            found_story = queries.story(story)
            if found_story is None:
                raise UsageError(f"there is no story {story}: `storywatch stories` lists their ids")
            story_id = found_story.story.id
        found = queries.alerts(limit, track=track, story=story_id, since=from_)
        if track is not None and not found:
            _check_track(settings, queries, track)
    if as_json:
        output.document([renderers.alert(each) for each in found])
    elif found:
        told = times.time_formatter(now, utc=utc)
        output.table(renderers.ALERT_COLUMNS, [renderers.alert_row(each, told) for each in found])
    else:
        filtered = any(option is not None for option in (track, story, since))
        said = "no alerts like that" if filtered else "no alerts"
        left = unstored.waiting(settings, topics.ALERTS)
        output.note(f"{said} so far; messages about alerts that are not stored yet: {left}" if left else said)


def _check_track(settings: "Settings", queries: "Search", track: str) -> None:
    """Raises `UsageError` for one that neither is there nor has ever fired."""
    from connectors.cli.alerts import tracks

    if queries.alerts(1, track=track):
        return  # it may be removed by now
    try:
        known = any(track in (one.id, one.name) for one in tracks.read_all(settings))
    except Unavailable:
        return  # alerts are told without Kafka
    if not known:
        raise UsageError(f"there is no track {track!r}: `storywatch track list` shows their ids and names")
