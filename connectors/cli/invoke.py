"""Runs a command: arguments -> an exit code. An exception becomes one line on stderr."""

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
    """Run one command and return its exit code. Raises nothing."""
    output.prepare()
    logging.getLogger().addHandler(logging.NullHandler())  # hides warnings of libraries from users
    options = GlobalOptions(debug=bool(os.environ.get("STORYWATCH_DEBUG")))
    command = typer.main.get_command(app)
    try:
        code = command.main(list(arguments), prog_name="storywatch", standalone_mode=False, obj=options)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _report_usage_error(error)
    except (BrokenPipeError, SystemExit):  # Typer and rich turn the first into the second
        output.abandon()  # the reader, such as `head`, has read enough
        return exit_codes.OK
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except Exception as error:
        return _report_failure(error, options)
    return code if isinstance(code, int) else exit_codes.OK


def _report_usage_error(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    hint = f" (see `{context.command_path} --help`)" if context else ""
    message = error.format_message()
    for pattern, replacement in _PLAIN_MESSAGES:
        message = pattern.sub(replacement, message)
    output.error(f"{message.rstrip('.')}{hint}")
    return exit_codes.USAGE_ERROR


# messages of Typer's libraries -> the same for the person who typed the command
_PLAIN_MESSAGES = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid (?:integer|number)\b[^(]*"), "a number is expected"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"at least \1 is expected"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"at most \1 is expected"),
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.{0,2000})\)$"), r"nothing is expected here: \1"),
)


def _report_failure(error: Exception, options: GlobalOptions) -> int:
    code = exit_codes.code_of(error)
    if options.debug:
        traceback.print_exception(error)
    if code == exit_codes.BUG:
        output.error(f"{type(error).__name__}: {error} - this is a bug; `storywatch --debug ...` shows the traceback")
    elif isinstance(error, OSError):
        output.error(": ".join(str(part) for part in (error.strerror, error.filename) if part))
    else:
        output.error(str(error))
    return code
