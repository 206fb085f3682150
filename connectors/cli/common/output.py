"""All that a command prints: tables and colours on a terminal, plain aligned lines in a pipe, JSON for programs.

Results go to stdout, talk to stderr. Texts of strangers are made harmless: no control characters reach a terminal.
"""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec

from connectors.cli.common.times import iso_time

LEAD_CELLS = 40  # of a terminal's line, for a headline: fewer make a column of single words
WRAPPED_CELLS = 16  # what a cell that may wrap needs beside it
GAP = "  "  # between two columns
JOINERS = "\u200c\u200d"  # not printable by themselves, but Persian and Indic words need them


@dataclass(frozen=True)
class Column:
    """``wrap``: may take several lines of a narrow terminal; ids and times may not.

    ``lead``: what people read first. Where a terminal leaves it fewer than `LEAD_CELLS`, each row becomes a few lines:
    the lead, then the other cells as ``told`` says them.
    """

    title: str
    wrap: bool = False
    style: str = ""
    right: bool = False
    lead: bool = False
    told: str = "{}"


def prepare() -> None:
    """Make the standard streams take any text, and be there at all."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def abandon() -> None:
    """Nobody reads stdout any more: let what is left in it, and the flush at the end, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def on_terminal() -> bool:
    return sys.stdout.isatty()


def sanitized(text: str) -> str:
    """One line without control, format or escape characters."""
    return "".join(letter if _is_safe(letter) else " " for letter in text)


def _is_safe(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS


def counted(number: int, what: str) -> str:
    """ "1 feed", "2 feeds"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters, cut at a word where there is one, with a mark."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rpartition(" ")[0] or head) + "…"


# --- for people -----------------------------------------------------------------------------------------------------


def echo(text: str = "", style: str = "") -> None:
    """One line of the result; ``style`` shows on a terminal."""
    line = _indented(text)
    if not (style and on_terminal()):
        print(line, flush=True)  # noqa: T201
        return
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False).print(Text(line, style=style), soft_wrap=True)


def note(text: str) -> None:
    """Talk that is no result."""
    print("\n".join(_indented(line) for line in text.splitlines()), file=sys.stderr, flush=True)  # noqa: T201


def problem(text: str) -> None:
    """One line on what went wrong."""
    note(f"storywatch: {' '.join(sanitized(text).split())}")


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their titles; nothing is cut off."""
    clean = [[sanitized(cell) for cell in row] for row in rows]
    if on_terminal() and _too_narrow(columns, clean):
        _stacked(columns, clean)
    elif on_terminal():
        _rich_table(columns, clean)
    else:
        for line in aligned([[column.title.upper() for column in columns], *clean]):
            print(line)  # noqa: T201


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with columns of equal width on the screen; the last one as wide as it is."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        yield GAP.join(cells).rstrip()


def _too_narrow(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the lead would be squeezed, where there is one."""
    from rich.cells import cell_len
    from rich.console import Console

    if not any(column.lead for column in columns):
        return False
    left = Console().width
    for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
        if not column.lead:
            needed = max(cell_len(column.title), *map(cell_len, cells))
            left -= len(GAP) + (min(needed, WRAPPED_CELLS) if column.wrap else needed)
    return left < LEAD_CELLS


def _stacked(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Each row as its lead and, set in below it, the other cells that are not empty."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for row in rows:
        pairs = list(zip(columns, row, strict=True))
        console.print(Text(next(cell for column, cell in pairs if column.lead), style="bold"))
        told = [
            Text(column.told.format(cell), style=column.style) for column, cell in pairs if cell and not column.lead
        ]
        console.print(Padding(Text(", ").join(told), (0, 0, 0, len(GAP))))


def _rich_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shape = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, header_style="bold")
    shape.expand = any(column.lead for column in columns)
    for column in columns:
        shape.add_column(
            column.title,
            style=column.style,
            no_wrap=not (column.wrap or column.lead),
            overflow="fold",
            ratio=1 if column.lead else None,
            justify="right" if column.right else "left",
        )
    for row in rows:
        shape.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(shape)


def _indented(text: str) -> str:
    return sanitized(text).rstrip()


# --- for programs ---------------------------------------------------------------------------------------------------


def document(value: Any) -> None:
    """One JSON document, indented, as the only thing on stdout."""
    _write(msgspec.json.format(_json(value), indent=2))


def record(value: Any) -> None:
    """One line of JSON, of a command that goes on."""
    _write(_json(value))


def line(value: Any) -> None:
    """One of many lines of JSON: `flush` after the last one."""
    encoded = _json(value)
    sys.stdout.buffer.write((_escaped(encoded) if on_terminal() else encoded) + b"\n")


def flush() -> None:
    sys.stdout.buffer.flush()


def write_bytes(data: bytes) -> None:
    """Bytes as the only thing on stdout; on a terminal with a blank for each sign that it would obey."""
    if on_terminal():
        lines = data.decode("utf-8", "replace").split("\n")
        data = "\n".join(map(sanitized, lines)).encode()
    _put(data)


def _put(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _json(value: Any) -> bytes:
    return msgspec.json.encode(_readable(value))


def _readable(value: Any) -> Any:
    """With times as people see them, to the second."""
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, Mapping):
        return {name: _readable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(part) for part in value]
    return value


def _write(line: bytes) -> None:
    _put((_escaped(line) if on_terminal() else line) + b"\n")


def _escaped(document: bytes) -> bytes:
    """JSON in which each sign that a terminal would obey (C1, bidirectional, invisible) is an escape of JSON itself."""
    text = document.decode()
    if text.isascii():  # JSON escapes the controls of ASCII by itself, all but delete
        return document.replace(b"\x7f", b"\\u007f")
    return "".join(letter if _is_safe(letter) or letter == "\n" else _escape(letter) for letter in text).encode()


def _escape(letter: str) -> str:
    return json.dumps(letter)[1:-1] if letter != "\x7f" else "\\u007f"


# --- progress -------------------------------------------------------------------------------------------------------


class Progress(Protocol):
    def show(self, text: str, done: float | None = None) -> None:
        """``done``: how much of it all, from 0 to 1, where that is known."""


class _Silent:
    def show(self, text: str, done: float | None = None) -> None:
        """Nobody looks."""


@contextmanager
def progress(what: str) -> Iterator[Progress]:
    """A moving bar with a text on stderr, if that is a terminal."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),  # these two say nothing while the whole is not known
        TimeRemainingColumn(),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:
        task = bars.add_task(what, total=None)

        class Shown:
            def show(self, text: str, done: float | None = None) -> None:
                bars.update(
                    task, description=f"{what}: {sanitized(text)}", completed=done, total=None if done is None else 1.0
                )

        yield Shown()
