"""Prints the mistakes of a file, each with its line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.cli.common import output

if TYPE_CHECKING:
    from connectors.lists.nodes import Mistake

MAX_SHOWN = 20


def print_mistakes(mistakes: "Sequence[Mistake]") -> None:
    """Print the first mistakes, and how many more there are, as error lines."""
    for one in mistakes[:MAX_SHOWN]:
        output.error(str(one))
    if len(mistakes) > MAX_SHOWN:
        output.error(f"and {len(mistakes) - MAX_SHOWN:,} more mistakes")
