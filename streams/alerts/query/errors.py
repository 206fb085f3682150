"""Errors in a query: one line with the column, what to write instead, and the place in the query."""

import unicodedata
from typing import NoReturn

from streams.contract.errors import UsageError

_AROUND = 24  # characters of the query on either side of the error


class InvalidQuery(Exception):
    """The query cannot be read at ``column`` (from 1)."""

    def __init__(self, column: int, why: str) -> None:
        super().__init__(why)
        self.column = column

    def in_text(self, text: str) -> UsageError:
        """Return the error for people; a ^ stands before the place in the query."""
        at = self.column - 1
        before, after = _plain(text[max(0, at - _AROUND) : at]), _plain(text[at : at + _AROUND])
        dots = "…" if at > _AROUND else "", "…" if at + _AROUND < len(text) else ""
        return UsageError(f"query: column {self.column}: {self} [{dots[0]}{before}^{after}{dots[1]}]")


def fail(column: int, why: str) -> NoReturn:
    raise InvalidQuery(column, why)


def _plain(text: str) -> str:
    """Replace what would break the line or cannot be printed."""
    return "".join("·" if unicodedata.category(one) in ("Cc", "Cs", "Cf", "Zl", "Zp") else one for one in text)
