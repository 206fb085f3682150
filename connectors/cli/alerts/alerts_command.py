"""`alerts`: lists the alerts that fired, with their reasons and the state of their deliveries; says why one fired."""

from typing import TYPE_CHECKING

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Since, Story, Track, Utc, check_position, examples
from connectors.cli.desk import why_command
from streams.contract.errors import FatalError, Unavailable, UsageError

if TYPE_CHECKING:
    from connectors.cli.common.remote_library import RemoteLibrary
    from connectors.views.library import Library
    from streams.runtime.settings import Settings

commands = typer.Typer(invoke_without_command=True)
why_command.register(commands)


@commands.callback(
    epilog=examples(
        "storywatch alerts",
        "storywatch alerts --track 3f2a9c01b7de --since 2h --json",
        "storywatch alerts why 7b1f0c",
    )
)
def alerts(
    context: typer.Context,
    track: Track = None,
    story: Story = None,
    since: Since = None,
    limit: Limit = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List alerts, the newest first, or say why one was made or not.

    Each with the headline that fired it, its story, its reason and the state of its delivery.
    """
    if context.invoked_subcommand is not None:
        check_position(context)
        return
    from connectors.cli.common import renderers
    from connectors.views.choices import AlertChoice

    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    settings = connect.settings()
    with connect.open_library(settings) as library:
        story_id = None if story is None else connect.story_page(library, story).id
        found = library.alerts(AlertChoice(track=track, story=story_id, since=from_), limit=limit).items
        if track is not None and not found and settings.api is None:
            _check_track(settings, library, track)
    if as_json:
        output.document(found)
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        output.table(renderers.ALERT_COLUMNS, [renderers.alert_row(each, format_time) for each in found])
    else:
        filtered = any(option is not None for option in (track, story, since))
        message = "no matching alerts" if filtered else "no alerts"
        unstored = 0 if settings.api is not None else _count_unstored(settings)
        note = f" so far; messages about alerts that are not stored yet: {unstored}" if unstored else ""
        output.note(f"{message}{note}")


def _count_unstored(settings: "Settings") -> int:
    """How many messages of the topic of alerts are not stored yet: why the list may be empty. 0 if Kafka is away."""
    from connectors.kafka import admin
    from streams.contract import topics
    from streams.contract.stage import STORE

    group, topic = settings.app_id(STORE), topics.ALERTS.name(settings.topic_prefix)
    try:
        connect.check_kafka(settings)
        return sum(admin.lag(settings, {group: [topic]}).values())
    except (Unavailable, UsageError, FatalError):
        return 0


def _check_track(settings: "Settings", library: "Library | RemoteLibrary", track: str) -> None:
    """Raises `UsageError` for a track that neither exists nor has ever fired."""
    from connectors.cli.alerts import tracks
    from connectors.views.choices import AlertChoice

    if library.alerts(AlertChoice(track=track), limit=1).items:
        return  # the track may have been removed
    try:
        known = any(track in (one.id, one.name) for one in tracks.read_all(settings))
    except Unavailable:
        return  # stored alerts are listed without Kafka
    if not known:
        raise UsageError(f"there is no track {track!r}: `storywatch track list` shows their ids and names")
