"""Tables and colours on a terminal, plain lines elsewhere, and nothing of strangers that a terminal would obey."""

import json
import os
import pty

import pytest

from connectors.cli import output
from tests.cli.running import Command


def on_a_terminal(process: Command, *arguments: str) -> str:
    ours, theirs = pty.openpty()
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


def test_json_is_plain_also_on_a_terminal(process: Command) -> None:
    assert "\x1b" not in on_a_terminal(process, "stories", "--json")


def test_columns_line_up_also_with_wide_letters() -> None:
    lines = list(output.aligned([["ID", "TITLE", "N"], ["港口", "a", "1"], ["x", "bcd", "22"]]))
    assert lines == ["ID    TITLE  N", "港口  a      1", "x     bcd    22"]


@pytest.mark.parametrize("text", ["red \x1b[31m", "bell \x07", "over\u202eturned", "two\nlines", "a\x9bm"])
def test_control_characters_are_made_harmless(text: str) -> None:
    assert output.harmless(text).isprintable()


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
def test_json_on_a_terminal_escapes_what_it_would_obey(
    text: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    value = {"title": text, "words": "می\u200cخواهم – Größe 港"}
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    output.document(value)
    output.record(value)
    shown = capfdbinary.readouterr().out.decode()
    assert output.harmless(shown.replace("\n", "")) == shown.replace("\n", "")
    assert "می\u200cخواهم – Größe 港" in shown
    document, _, record = shown.rstrip("\n").rpartition("\n")
    assert json.loads(document) == json.loads(record) == value


def test_json_in_a_pipe_is_left_as_it_is(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.record({"title": "over\u202eturned"})
    assert "\u202e" in capfdbinary.readouterr().out.decode()


def test_raw_bytes_on_a_terminal_are_harmless_and_keep_their_lines(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    output.exactly(b"one\x1b[2J\ntwo\xff\xc2\x9b\n")
    assert capfdbinary.readouterr().out.decode() == "one [2J\ntwo\ufffd \n"


def test_joiners_of_persian_words_stay() -> None:
    assert output.harmless("می\u200cخواهم") == "می\u200cخواهم"
