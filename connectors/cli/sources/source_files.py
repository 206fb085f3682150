"""`source import`, `export`, `diff`, `apply` and `schema`: sources as files, YAML or OPML."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.list_files import content_of
from connectors.cli.common.mistakes import print_mistakes
from connectors.cli.common.options import Json, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.lists.nodes import Mistake
    from streams.contract.messages import WatchedSource
    from streams.runtime.settings import Settings

ListFile = Annotated[str, typer.Argument(metavar="FILE", help="A YAML file or OPML; - is stdin.")]


def register(commands: typer.Typer) -> None:
    """Add the commands of this module to those of `source`."""
    commands.command(
        "import",
        epilog=examples(
            "storywatch source import subscriptions.opml",
            "storywatch source import --starter",
        ),
    )(import_)
    commands.command(epilog=examples("storywatch source export > sources.yaml"))(export)
    commands.command(epilog=examples("storywatch source diff sources.yaml"))(diff)
    commands.command(epilog=examples("storywatch source apply sources.yaml"))(apply)
    commands.command(epilog=examples("storywatch source schema > sources.schema.json"))(schema)


def import_(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A YAML file or OPML; - is stdin.")] = None,
    starter: Annotated[
        bool, typer.Option("--starter", help="The list that comes with Storywatch. Its addresses may be dead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the sources of a file. Those that are watched already stay as they are.

    Entries with a mistake are reported with their line and left out; the exit code is 1 then.
    """
    from connectors.cli.sources import changes, registry
    from connectors.sources import starter_list

    if starter == (file is not None):
        raise UsageError("give a file, or --starter")
    wanted, mistakes = _read(str(starter_list.FILE) if file is None else file, connect.now())
    settings = connect.settings()
    check_receivers(settings, [one.alert for one in wanted])
    found = changes.compare(wanted, registry.read_all(settings), remove=False)
    registry.save(settings, found.added)
    known = found.unchanged + len(found.changed)
    if as_json:
        output.document(
            {
                "added": [one.url for one in found.added],
                "known": known,
                "mistakes": [{"line": one.line, "reason": one.reason} for one in mistakes],
            }
        )
    else:
        print_mistakes(mistakes)
        refused = output.counted(len(mistakes), "mistake")
        output.echo(f"{output.counted(len(found.added), 'source')} added, {known} known already, {refused}")
    if mistakes:
        raise typer.Exit(exit_codes.REFUSED)


def export(
    format_: Annotated[Literal["yaml", "opml"], typer.Option("--format", help="yaml has everything.")] = "yaml",
) -> None:
    """Print all sources as a file that `import` and `apply` take."""
    from connectors.cli.sources import registry
    from connectors.sources import opml, yaml_file
    from connectors.sources.spec import to_spec

    found = registry.read_all(connect.settings())
    text = opml.dump(found) if format_ == "opml" else yaml_file.dump(map(to_spec, found))
    output.write_bytes(text.encode())


def diff(file: ListFile, as_json: Json = False) -> None:
    """Show what `apply` would change. The exit code is 1 if that is anything."""
    from connectors.cli.sources import changes, registry

    wanted = _read_or_refuse(file)
    found = changes.compare(wanted, registry.read_all(connect.settings()), remove=True)
    if as_json:
        output.document(found.report(changes.name, changes.fields))
    else:
        for line in found.lines(changes.name, changes.fields):
            output.echo(line)
        if not found:
            output.note("no difference")
    if found:
        raise typer.Exit(exit_codes.REFUSED)


def apply(
    file: ListFile,
    keep: Annotated[bool, typer.Option("--keep", help="Keep sources that the file does not have.")] = False,
    as_json: Json = False,
) -> None:
    """Make the sources those of a file: add, change and remove what differs. A file with a mistake changes nothing."""
    from connectors.cli.sources import changes, registry

    wanted = _read_or_refuse(file)
    settings = connect.settings()
    check_receivers(settings, [one.alert for one in wanted])
    found = changes.compare(wanted, registry.read_all(settings), remove=not keep)
    if found.removed and not wanted:
        raise UsageError("the file has no source: to remove all of them, use `storywatch source remove`")
    registry.write(settings, found.edits)
    if as_json:
        output.document(found.report(changes.name, changes.fields))
        return
    for line in found.lines(changes.name, changes.fields):
        output.echo(line)
    output.note(found.summary())


def schema() -> None:
    """Print the JSON Schema of the YAML file, for editors."""
    from connectors.sources import yaml_file

    output.document(yaml_file.schema())


def check_receivers(settings: "Settings", names: "Iterable[str | None]") -> None:
    """Raises `UsageError` if one of the receivers that sources name is not there."""
    named = sorted({name for name in names if name})
    if named:
        from connectors.cli.receivers import registry

        registry.check_known(settings, named)


def _read_or_refuse(file: str) -> "list[WatchedSource]":
    wanted, mistakes = _read(file, connect.now())
    if mistakes:
        print_mistakes(mistakes)
        raise typer.Exit(exit_codes.REFUSED)
    return wanted


def _read(file: str, now: datetime) -> "tuple[list[WatchedSource], list[Mistake]]":
    from connectors.sources import opml, yaml_file

    content = content_of(file)
    is_xml = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return opml.parse(content, now) if is_xml else yaml_file.parse(content, now)
