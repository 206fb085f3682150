"""`track pause|snooze|mute|unmute`: what a reader decides while a track runs."""

from typing import Annotated

import typer
from msgspec.structs import replace

from connectors.cli.common import connect, output
from connectors.cli.common.options import examples
from streams.contract.errors import UsageError
from streams.contract.messages import MOST_LISTED, Muted

commands = typer.Typer()

TrackId = Annotated[str, typer.Argument(metavar="ID", help="A track's id, a prefix of it, or its name.")]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="A source, or a publisher's name, id or domain.")
]
Stories = Annotated[list[str] | None, typer.Option("--story", metavar="ID", help="A story.")]
Articles = Annotated[list[str] | None, typer.Option("--article", metavar="ID", help="An article.")]


@commands.command(epilog=examples("storywatch track pause 3f2a9c"))
def pause(track_id: TrackId) -> None:
    """Fire nothing until `storywatch track resume`. What came meanwhile is not made up for; held alerts wait."""
    from connectors.cli.alerts import tracks

    settings = connect.settings()
    found = tracks.find(settings, track_id)
    if not found.paused:
        tracks.save(settings, replace(found, paused=True), found)
    output.echo(f"track {found.id} ({found.name}) is paused", style="green")


@commands.command(
    epilog=examples("storywatch track snooze 3f2a9c --until 12h", "storywatch track snooze 3f2a9c --until 2031-05-05")
)
def snooze(
    track_id: TrackId,
    until: Annotated[str, typer.Option(metavar="TIME", help="A length of time from now (12h, 2d), or an ISO time.")],
) -> None:
    """Hold a track's alerts until a moment, and send them then, several as one summary."""
    from connectors.cli.alerts import tracks
    from connectors.cli.common.times import iso_time, parse_time
    from connectors.lists import durations

    settings, now = connect.settings(), connect.now()
    try:
        moment = now + durations.parse(until)
    except UsageError:
        moment = parse_time(until, "--until")
    if moment <= now:
        raise UsageError(f"--until {until}: it is over already: give a later moment")
    found = tracks.find(settings, track_id)
    tracks.save(settings, replace(found, snoozed_until=moment), found)
    output.echo(f"track {found.id} ({found.name}) holds its alerts until {iso_time(moment)}", style="green")


@commands.command(
    epilog=examples("storywatch track mute 3f2a9c --source 'Tarn Post'", "storywatch track mute 3f2a9c --story 9d5ed6…")
)
def mute(track_id: TrackId, source: Sources = None, story: Stories = None, article: Articles = None) -> None:
    """Fire nothing for a source, a story or an article. Other tracks are not affected."""
    _change(track_id, source, story, article, add=True)


@commands.command(epilog=examples("storywatch track unmute 3f2a9c --source 'Tarn Post'"))
def unmute(track_id: TrackId, source: Sources = None, story: Stories = None, article: Articles = None) -> None:
    """Take back `track mute`; without an option, all of it."""
    _change(track_id, source, story, article, add=False)


def _change(
    track_id: str, source: list[str] | None, story: list[str] | None, article: list[str] | None, *, add: bool
) -> None:
    from connectors.cli.alerts import tracks

    settings = connect.settings()
    found = tracks.find(settings, track_id)
    given = {"sources": source or [], "stories": story or [], "articles": article or []}
    if add and not any(given.values()):
        raise UsageError("give what to mute: --source, --story or --article")
    changed: dict[str, tuple[str, ...]] = {}
    for name, names in given.items():
        before: tuple[str, ...] = getattr(found.muted, name)
        if add:
            changed[name] = tuple(dict.fromkeys((*before, *names)))
        elif any(given.values()):
            changed[name] = tuple(one for one in before if one not in names)
        if len(changed.get(name, ())) > MOST_LISTED:
            raise UsageError(f"a track mutes at most {MOST_LISTED} {name}: narrow the query instead")
    edited = replace(found, muted=Muted(**changed))
    if edited == found:
        raise UsageError("nothing to change: `storywatch track show` lists what is muted")
    tracks.save(settings, edited, found)
    number = sum(map(len, changed.values()))
    output.echo(f"track {found.id} ({found.name}) mutes {number}", style="green")
