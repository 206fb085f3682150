"""Arguments -> an exit code: whatever a command raises becomes one line on stderr."""

import logging
import os
import re
import sys
import traceback
from collections.abc import Sequence

import typer

from connectors.cli.commands import GlobalOptions, app
from connectors.cli.common import exit_codes, output


def run(arguments: Sequence[str]) -> int:
    """Run one command. Raises nothing."""
    output.prepare()
    logging.getLogger().addHandler(logging.NullHandler())  # libraries' warnings are no lines for people
    shared = GlobalOptions(debug=bool(os.environ.get("STORYWATCH_DEBUG")))
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="storywatch", standalone_mode=False, obj=shared)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _misused(error)
    except (BrokenPipeError, SystemExit):  # the second: what Typer and rich make of the first
        output.abandon()  # the reader, such as `head`, has what it wanted
        return exit_codes.OK
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except Exception as error:
        return _failed(error, shared)
    return code if isinstance(code, int) else exit_codes.OK


def _misused(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    hint = f" (`{context.command_path} --help` says how)" if context else ""
    said = _plain(error.format_message()).rstrip(".")
    output.problem(f"{said}{hint}")
    return exit_codes.USAGE_ERROR


# what Typer's libraries say, for programmers -> the same for whoever typed the command
_PLAIN = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid (?:integer|number)\b[^(]*"), "a number is expected"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"at least \1 is expected"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"at most \1 is expected"),
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.{0,2000})\)$"), r"nothing is expected here: \1"),
)


def _plain(said: str) -> str:
    for pattern, words in _PLAIN:
        said = pattern.sub(words, said)
    return said


def _failed(error: Exception, shared: GlobalOptions) -> int:
    code = exit_codes.code_of(error)
    if shared.debug:
        traceback.print_exception(error)
    if code == exit_codes.BUG:
        output.problem(
            f"{type(error).__name__}: {error} - this is a bug; `storywatch --debug ...` shows where it happened"
        )
    elif isinstance(error, OSError):
        output.problem(": ".join(str(part) for part in (error.strerror, error.filename) if part))
    else:
        output.problem(str(error))
    return code
