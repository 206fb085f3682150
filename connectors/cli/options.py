"""What the commands' options have in common."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for programs.")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Only from then on: 2h, 3d, or an ISO date or time.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Only before then: 2h, 3d, or an ISO date or time.")]
Utc = Annotated[bool, typer.Option("--utc", help="Show times in full, such as 2026-01-12T10:00:00Z.")]
Language = Annotated[str | None, typer.Option(metavar="CODE", help="Only this language, such as en.")]


def lines(heading: str, *each: str) -> str:
    """A block of help whose lines are kept as they are."""
    return "\n".join(["\b", heading, *(f"  {line}" for line in each)])


def examples(*commands: str) -> str:
    return lines("Examples:", *commands)
