"""Options that several commands share, and the layout of their help."""

from typing import Annotated

import typer

from streams.contract.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]
Limit = Annotated[int, typer.Option(min=1, help="Show at most this many.")]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only from this time on: 2h, 3d, or an ISO date or time.")
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Only before this time: 2h, 3d, or an ISO date or time.")
]
Entity = Annotated[str | None, typer.Option(metavar="NAME", help="Only those that name this entity.")]
Publisher = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only of this publisher: its name, id, domain or owner.")
]
Story = Annotated[str | None, typer.Option(metavar="ID", help="Only of this story: its id or a prefix of it.")]
Track = Annotated[str | None, typer.Option(metavar="ID|NAME", help="Only of this track.")]
Utc = Annotated[bool, typer.Option("--utc", help="Show times in full, such as 2026-01-12T10:00:00Z.")]


def _check_code(given: str | None) -> str | None:
    """Refuse the name of a language, which would match nothing."""
    if given is not None and not (given.isascii() and given.isalpha() and len(given) in (2, 3)):
        raise typer.BadParameter(f"{given!r} is not a language code: two letters such as en, or und for unknown")
    return given


Language = Annotated[
    str | None, typer.Option(metavar="CODE", help="Only this language, such as en.", callback=_check_code)
]


def check_position(context: typer.Context) -> None:
    """Raises `UsageError` for options before a subcommand, which would have no effect."""
    sources = [context.get_parameter_source(str(parameter.name)) for parameter in context.command.params]
    if any(source is not None and source.name == "COMMANDLINE" for source in sources):
        raise UsageError(f"put options after the subcommand: `{context.command_path} {context.invoked_subcommand} ...`")


def lines(heading: str, *each: str) -> str:
    """A block of help text that is not wrapped."""
    return "\n".join(["\b", heading, *(f"  {line}" for line in each)])


def examples(*commands: str) -> str:
    return lines("Examples:", *commands)
