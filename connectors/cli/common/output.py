"""Prints the output of commands: tables and colours on a terminal, aligned plain lines in a pipe, JSON for programs.

Results go to stdout, notes and errors to stderr. No control character of an untrusted text reaches a terminal.
"""

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.cli.common.times import iso_time

WIDEST_CELLS = 200  # of a column of plain lines: one headline of 500 characters would push all others apart
LEAD_CELLS = 40  # least width of a headline in terminal cells: with fewer it becomes a column of single words
WRAPPED_CELLS = 16  # width that a column with wrapped cells needs
GAP = "  "  # between two columns
JOINERS = "\u200c\u200d"  # not printable, but Persian and Indic words need them


@dataclass(frozen=True)
class Column:
    """A column of a table.

    ``wrap``: its cells may wrap on a narrow terminal; ids and times may not. ``lead``: the column read first. If a
    terminal leaves it fewer than `LEAD_CELLS`, each row becomes a few lines: the lead, then the other cells, each
    formatted with ``label``.
    """

    title: str
    wrap: bool = False
    style: str = ""
    right: bool = False
    lead: bool = False
    label: str = "{}"


def prepare() -> None:
    """Make stdout and stderr accept any text, and replace them if they are closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the parent process
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def abandon() -> None:
    """Discard what is left in stdout, and the final flush, after its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def on_terminal() -> bool:
    return sys.stdout.isatty()


def sanitized(text: str) -> str:
    """Replace control, format and escape characters, line breaks included, with spaces."""
    return "".join(character if _is_safe(character) else " " for character in text)


def _is_safe(character: str) -> bool:
    return character.isprintable() or character in JOINERS


def counted(number: int, what: str) -> str:
    """ "1 feed", "2 feeds"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """Cut to at most ``most`` characters, at a word boundary if there is one, with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rpartition(" ")[0] or head) + "…"


# --- for people -----------------------------------------------------------------------------------------------------


def echo(text: str = "", style: str = "") -> None:
    """Print one line of the result; ``style`` applies on a terminal."""
    line = _clean_line(text)
    if not (style and on_terminal()):
        print(line, flush=True)  # noqa: T201
        return
    from rich.console import Console
    from rich.text import Text

    Console(highlight=False).print(Text(line, style=style), soft_wrap=True)


def note(text: str) -> None:
    """Print a message that is not part of the result to stderr."""
    print("\n".join(_clean_line(line) for line in text.splitlines()), file=sys.stderr, flush=True)  # noqa: T201


def error(text: str) -> None:
    """Print one error line to stderr."""
    note(f"storywatch: {' '.join(sanitized(text).split())}")


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their titles; no text is cut off."""
    clean = [[sanitized(cell) for cell in row] for row in rows]
    if on_terminal() and _too_narrow(columns, clean):
        _print_stacked(columns, clean)
    elif on_terminal():
        _print_table(columns, clean)
    else:
        for line in aligned([[column.title.upper() for column in columns], *clean]):
            print(line)  # noqa: T201


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines with columns of equal width on the screen, without trailing spaces.

    A cell of more than `WIDEST_CELLS` stands whole, and moves the rest of its line alone.
    """
    from rich.cells import cell_len

    columns = [[cell_len(cell) for cell in column] for column in zip(*rows, strict=True)]
    widths = [max((width for width in column if width <= WIDEST_CELLS), default=0) for column in columns]
    for row in rows:
        cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        yield GAP.join(cells).rstrip()


def _too_narrow(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """True if the terminal leaves the lead column too few cells."""
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


def _print_stacked(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print each row as its lead with the other cells that are not empty indented below it."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False)
    for row in rows:
        pairs = list(zip(columns, row, strict=True))
        console.print(Text(next(cell for column, cell in pairs if column.lead), style="bold"))
        cells = [
            Text(column.label.format(cell), style=column.style) for column, cell in pairs if cell and not column.lead
        ]
        console.print(Padding(Text(", ").join(cells), (0, 0, 0, len(GAP))))


def _print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
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


def _clean_line(text: str) -> str:
    return sanitized(text).rstrip()


# --- for programs ---------------------------------------------------------------------------------------------------


def document(value: Any) -> None:
    """Print one indented JSON document as the whole output."""
    _write_json(msgspec.json.format(_json(value), indent=2))


def record(value: Any) -> None:
    """Print one line of JSON at once, for a command that keeps running."""
    _write_json(_json(value))


def buffered_record(value: Any) -> None:
    """Print one of many lines of JSON; call `flush` after the last one."""
    encoded = _json(value)
    sys.stdout.buffer.write((_escaped(encoded) if on_terminal() else encoded) + b"\n")


def flush() -> None:
    sys.stdout.buffer.flush()


def write_bytes(data: bytes) -> None:
    """Print bytes as the whole output; on a terminal each control character becomes a space."""
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
    """The value with each time as text, to the second."""
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, Mapping):
        return {name: _readable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(part) for part in value]
    return value


def _write_json(line: bytes) -> None:
    _put((_escaped(line) if on_terminal() else line) + b"\n")


def _escaped(document: bytes) -> bytes:
    """Write each character that a terminal interprets (C1, bidirectional, invisible) as a JSON escape."""
    text = document.decode()
    if text.isascii():  # JSON escapes all control characters of ASCII except delete
        return document.replace(b"\x7f", b"\\u007f")
    return "".join(one if _is_safe(one) or one == "\n" else _escape(one) for one in text).encode()


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


# --- progress -------------------------------------------------------------------------------------------------------


ShowProgress = Callable[[str, float | None], None]  # of a text and the completed share from 0 to 1, None if not known


@contextmanager
def progress(what: str) -> Iterator[ShowProgress]:
    """Show a progress bar on stderr if that is a terminal; yields the function that moves it."""
    if not sys.stderr.isatty():
        yield lambda text, done: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),  # this and the next are empty while the total is unknown
        TimeRemainingColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(what, total=None)

        def show(text: str, done: float | None) -> None:
            total = None if done is None else 1.0
            bars.update(task, description=f"{what}: {sanitized(text)}", completed=done, total=total)

        yield show
