"""`track test`: what tracks would have sent in the past days, from the updates that are still in the log."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Utc, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.tracks.trial import Trial
    from streams.alerts.dry_run import Outcome
    from streams.contract.messages import Track
    from streams.runtime.settings import Settings

MOST_UPDATES = 2_000_000  # some minutes
BAR = 50  # characters of the longest bar
MOST_TITLES = 90  # characters


def register(commands: typer.Typer) -> None:
    """Add the command of this module to those of `track`."""
    commands.command(
        "test",
        epilog=examples(
            "storywatch track test 3f2a9c --last 7d",
            "storywatch track test --file tracks.yaml --name 'Harbour wall'",
        ),
    )(dry_run)


def dry_run(
    track_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A track's id, a prefix of it, or its name.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="Tracks of a file, whether they are applied or not.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only the track of this name in the file.")] = None,
    last: Annotated[str, typer.Option("--last", metavar="TIME", help="How far back: 12h, 7d, or a date.")] = "7d",
    limit: Annotated[int, typer.Option(min=0, help="Show at most this many messages of a track.")] = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Show what a track would have sent, without sending anything.

    Every update of a story in this time is decided on as by a worker, for a track that was made when the time begins:
    what it would have sent and when, how many a day, and what it left out and why. Updates are in the log for 30 days
    at most; how far they reach is said.
    """
    from connectors.cli.desk import track_files

    if (track_id is None) == (file is None) or (name is not None and file is None):
        raise UsageError("give a track's id, or --file and perhaps --name")
    settings, now = connect.settings(), connect.now()
    since = times.parse_bound(last, "--last", now) or now
    if since >= now:
        raise UsageError(f"--last {last} is not in the past")
    tracks = [_present(settings, track_id)] if track_id is not None else track_files.of_file(settings, file or "", name)
    trial = _run(settings, tracks, since, now)
    run, reaches = trial.run, trial.reaches
    begin = max(since, reaches) if reaches is not None else now
    if as_json:
        output.document(
            {
                "from": begin,
                "to": now,
                "updates": run.updates,
                "tracks": [_report(one, begin, now) for one in run.outcomes],
            }
        )
        return
    if reaches is None:
        output.note("there are no updates of stories in the log")
    elif reaches > since:
        output.note(f"the log begins at {times.iso_time(reaches)}: what was before it is not known")
    shown = times.time_formatter(now, utc=utc)
    for number, outcome in enumerate(run.outcomes):
        if number:
            output.echo()
        _print(outcome, begin, now, limit, shown)
    output.note(f"{output.counted(run.updates, 'update')} of stories since {times.iso_time(begin)}")


def _present(settings: "Settings", track_id: str) -> "Track":
    from connectors.cli.alerts import tracks

    return tracks.find(settings, track_id)


def _run(settings: "Settings", tracks: "Sequence[Track]", since: datetime, now: datetime) -> "Trial":
    from connectors.tracks.trial import try_out

    connect.check_kafka(settings)
    with output.progress("deciding on updates") as show:
        found = try_out(
            settings,
            tracks,
            since,
            now,
            most_updates=MOST_UPDATES,
            report=lambda at: show(times.iso_time(at), (at - since) / (now - since)),
        )
    if found.cut is not None:
        output.error(found.cut)
    return found


def _print(outcome: "Outcome", since: datetime, until: datetime, limit: int, shown: times.FormatTime) -> None:
    from connectors.tracks.trial import told

    track = outcome.track
    stories = output.counted(len(outcome.stories), "story").replace("storys", "stories")
    output.echo(f"{track.name}: {output.counted(outcome.total, 'message')} about {stories}", style="bold")
    days = outcome.days(since, until)
    most = max((number for _, number in days), default=0)
    for day, number in days:
        bar = "#" * (0 if not number else max(1, round(number / most * BAR)))
        output.echo(f"  {day:%a %Y-%m-%d}  {number:>6,}  {bar}".rstrip())
    for sent in outcome.sent[:limit]:
        output.echo(f"  {shown(sent.at)}  {sent.source}: {output.shortened(sent.title, MOST_TITLES)}", style="cyan")
        output.echo(f"    story {sent.story[:12]} {output.shortened(sent.story_title, MOST_TITLES)}; {sent.reason}")
    if outcome.total > limit:
        output.echo(f"  and {outcome.total - limit:,} more")
    for reason, number in outcome.held.most_common():
        output.echo(f"  held back: {output.counted(number, 'alert')} ({reason})", style="dim")
    if outcome.waiting:
        output.echo(f"  still held at the end: {output.counted(outcome.waiting, 'alert')}", style="dim")
    for reason, number in outcome.silent.most_common():
        titles = "; ".join(output.shortened(title, MOST_TITLES) for title in outcome.examples[reason])
        output.echo(f"  not sent: {number:,} ({told(reason)}), such as {titles}", style="dim")


def _report(found: "Outcome", since: datetime, until: datetime) -> dict[str, Any]:
    import msgspec

    from connectors.views.trials import outcome

    return {
        "track": found.track.name,
        "id": found.track.id,
        **msgspec.structs.asdict(outcome(found, since, until)),
    }
