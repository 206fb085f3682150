"""What the commands' options have in common."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for programs.")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Only from then on: 2h, 3d, or an ISO date or time.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only before then: 2h, 3d, or an ISO date or time.")]
Utc = Annotated[bool, typer.Option("--utc", help="Show times in full, such as 2026-01-12T10:00:00Z.")]


def _code(given: str | None) -> str | None:
    """Nothing would be found for the name of a language."""
    if given is not None and not (given.isascii() and given.isalpha() and len(given) in (2, 3)):
        raise typer.BadParameter(f"{given!r} is no language code: two letters such as en, or und for what is not known")
    return given


Language = Annotated[str | None, typer.Option(metavar="CODE", help="Only this language, such as en.", callback=_code)]


def lines(heading: str, *each: str) -> str:
    """A block of help whose lines are kept as they are."""
    return "\n".join(["\b", heading, *(f"  {line}" for line in each)])


def examples(*commands: str) -> str:
    return lines("Examples:", *commands)
