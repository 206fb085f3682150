"""Tables and colours on a terminal, plain lines elsewhere, and nothing of strangers that a terminal would obey."""

import fcntl
import json
import os
import pty
import re
import struct
import termios

import pytest

from connectors.cli.common import output
from tests.connectors.cli import fiction
from tests.connectors.cli.running import Command


def on_a_terminal(process: Command, *arguments: str, columns: int = 80) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with process.into(theirs, *arguments) as running:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not part:
                break
            shown += part
        running.communicate(timeout=60)
    os.close(ours)
    return shown.decode()


def test_a_terminal_gets_colours(process: Command) -> None:
    assert "\x1b[" in on_a_terminal(process, "stories")
    assert "\x1b[" in on_a_terminal(process, "stories", "show", "5aa15a")


COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    ("command", "headline", "lines"),
    [
        ("stories", fiction.PIER.title, 3),
        ("search crane falls on ferry pier", "Crane falls on ferry pier", 3),
        ("alerts --limit 1", "Crane falls on ferry pier", 6),
    ],
)
def test_a_headline_stands_whole_on_a_line(
    process: Command, command: str, headline: str, lines: int, columns: int
) -> None:
    shown = COLOURS.sub("", on_a_terminal(process, *command.split(), columns=columns)).splitlines()
    assert max(len(line) for line in shown) <= columns
    assert any(line.startswith(headline) for line in shown)
    first = next(number for number, line in enumerate(shown) if line.startswith(headline))
    rest = [line for line in shown[first:] if line.strip()]
    until = next((n for n, line in enumerate(rest[1:], 1) if not line.startswith("  ")), len(rest))
    assert until <= lines, "\n".join(shown)


def test_json_is_plain_also_on_a_terminal(process: Command) -> None:
    assert "\x1b" not in on_a_terminal(process, "stories", "--json")


def test_columns_line_up_also_with_wide_letters() -> None:
    lines = list(output.aligned([["ID", "TITLE", "N"], ["港口", "a", "1"], ["x", "bcd", "22"]]))
    assert lines == ["ID    TITLE  N", "港口  a      1", "x     bcd    22"]


def test_one_very_long_cell_does_not_push_the_other_lines_apart() -> None:
    lines = list(output.aligned([["TITLE", "N"], ["a" * 500, "1"], ["bcdefg", "2"]]))
    assert lines == ["TITLE   N", "a" * 500 + "  1", "bcdefg  2"]


@pytest.mark.parametrize("text", ["red \x1b[31m", "bell \x07", "over\u202eturned", "two\nlines", "a\x9bm"])
def test_control_characters_become_spaces(text: str) -> None:
    assert output.sanitized(text).isprintable()


HOSTILE = [
    "\x9b31mred",
    "over\u202eturned",
    "\u2066isolate",
    "\x7fdelete",
    "\x1b[31m",
    "\U000e0001tag",
    "soft\u00adhyphen",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_json_on_a_terminal_escapes_control_characters(
    text: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    value = {"title": text, "words": "می\u200cخواهم – Größe 港"}
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    output.document(value)
    output.record(value)
    shown = capfdbinary.readouterr().out.decode()
    assert output.sanitized(shown.replace("\n", "")) == shown.replace("\n", "")
    assert "می\u200cخواهم – Größe 港" in shown
    document, _, record = shown.rstrip("\n").rpartition("\n")
    assert json.loads(document) == json.loads(record) == value


def test_json_in_a_pipe_is_unchanged(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.record({"title": "over\u202eturned"})
    assert "\u202e" in capfdbinary.readouterr().out.decode()


def test_raw_bytes_on_a_terminal_are_sanitized_line_by_line(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    output.write_bytes(b"one\x1b[2J\ntwo\xff\xc2\x9b\n")
    assert capfdbinary.readouterr().out.decode() == "one [2J\ntwo\ufffd \n"


def test_joiners_of_persian_words_are_kept() -> None:
    assert output.sanitized("می\u200cخواهم") == "می\u200cخواهم"
