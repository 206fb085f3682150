"""`track export`, `diff`, `apply` and `schema`: tracks as a YAML file."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.list_files import content_of
from connectors.cli.common.mistakes import print_mistakes
from connectors.cli.common.options import Json, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.lists.changes import Changes
    from connectors.lists.nodes import Mistake
    from connectors.tracks.track_file import Planned
    from streams.contract.messages import Track
    from streams.runtime.settings import Settings

TrackFile = Annotated[str, typer.Argument(metavar="FILE", help="A YAML file with tracks; - is stdin.")]
Keep = Annotated[bool, typer.Option("--keep", help="Keep tracks that the file does not have.")]


def register(commands: typer.Typer) -> None:
    """Add the commands of this module to those of `track`."""
    commands.command(epilog=examples("storywatch track export > tracks.yaml"))(export)
    commands.command(epilog=examples("storywatch track diff tracks.yaml"))(diff)
    commands.command(epilog=examples("storywatch track apply tracks.yaml"))(apply)
    commands.command(epilog=examples("storywatch track schema > tracks.schema.json"))(schema)


def export() -> None:
    """Print all tracks as a file that `apply` takes, without secrets."""
    from connectors.cli.alerts import tracks
    from connectors.tracks import track_file

    found = tracks.read_all(connect.settings())
    output.write_bytes(track_file.dump(track_file.specs_of(found)).encode())


def diff(file: TrackFile, keep: Keep = False, as_json: Json = False) -> None:
    """Show what `apply` would change. The exit code is 1 if that is anything."""
    found = _changes(connect.settings(), file, keep=keep)
    _print(found, as_json=as_json)
    if found:
        raise typer.Exit(exit_codes.REFUSED)
    if not as_json:
        output.note("no difference")


def apply(file: TrackFile, keep: Keep = False, as_json: Json = False) -> None:
    """Make the tracks those of a file: add, change and remove what differs.

    A track of the file is the present one of the same name. It keeps its id and the record of what it has fired, unless
    it follows something else: then a new track replaces it. A file with a mistake changes nothing. If Kafka fails, the
    error tells how many changes it took; applying the file again makes the others.
    """
    from connectors.cli.alerts import present, tracks

    settings = connect.settings()
    found = _changes(settings, file, keep=keep)
    if found.removed and not (found.added or found.changed or found.unchanged):
        raise UsageError("the file has no track: to remove all of them, use `storywatch track remove`")
    if found:
        tracks.write(settings, found.edits)
    for track in found.added:
        if track.report_present:
            present.report(settings, track)
    _print(found, as_json=as_json)
    if not as_json:
        output.note(found.summary())


def schema() -> None:
    """Print the JSON Schema of the YAML file, for editors."""
    from connectors.tracks import track_file

    output.document(track_file.schema())


def _parse(content: bytes, present: "Sequence[Track]") -> "list[Planned]":
    """The tracks of a file. Prints its mistakes and ends the command if it has any."""
    from connectors.tracks import track_file

    planned, mistakes = track_file.parse(content, present, connect.now())
    _refuse(mistakes)
    return planned


def _refuse(mistakes: "Sequence[Mistake]") -> None:
    """Print mistakes and end the command, if there are any."""
    if mistakes:
        print_mistakes(mistakes)
        raise typer.Exit(exit_codes.REFUSED)


def of_file(settings: "Settings", file: str, name: str | None) -> "list[Track]":
    """The tracks of a file, or the one of a name, as applying it would make them. Raises `UsageError` for no track."""
    from connectors.cli.alerts import tracks

    content = content_of(file)  # before Kafka is asked: a server that is away must not hide a wrong path
    found = [one.after for one in _parse(content, tracks.read_all(settings))]
    chosen = [track for track in found if name in (None, track.name)]
    if not chosen:
        names = ", ".join(track.name for track in found[:5])
        raise UsageError(f"{file} has no track {name!r}: it has {names}" if names else f"{file} has no track")
    return chosen


def _changes(settings: "Settings", file: str, *, keep: bool) -> "Changes[Track]":
    from connectors.cli.alerts import tracks
    from connectors.cli.receivers import registry
    from connectors.tracks import track_file

    content = content_of(file)
    present = tracks.read_all(settings)
    planned = _parse(content, present)
    track_file.check_room(planned)
    if any(one.after.receivers for one in planned):
        _refuse(track_file.unknown_receivers(planned, {one.name for one in registry.read_all(settings)}))
    return track_file.compare(planned, present, remove=not keep)


def _print(found: "Changes[Track]", *, as_json: bool) -> None:
    if as_json:
        output.document(found.report(_name, _fields))
        return
    for line in found.lines(_name, _fields):
        output.echo(line)


def _name(track: "Track") -> str:
    return track.name


def _fields(track: "Track") -> Mapping[str, Any]:
    from connectors.tracks.track_file import fields

    return fields(track)
