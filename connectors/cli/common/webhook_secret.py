"""Where a command gets a webhook's secret from: a file, standard input or the environment, before the command line.

What stands on a command line is seen by every user of the machine, and stays in the shell's history.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from streams.contract.errors import UsageError

VARIABLE = "STORYWATCH_WEBHOOK_SECRET"
STDIN = "-"
MAX_SECRET_CHARACTERS = 10_000  # whoever names a larger file has named another one

SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", metavar="FILE", help="A file that holds the secret alone; - is stdin.")
]


def given(secret: str | None, file: Path | None, *variables: str) -> str | None:
    """The secret of ``--secret`` (``-``: from stdin) or ``--secret-file``, else of `VARIABLE` or of ``variables``.

    Raises `UsageError` for both at once, for a file that cannot be read, and for one that does not hold one line.
    """
    if file is None:
        if secret == STDIN:
            return _from_stdin()
        set_ = (os.environ.get(name) for name in (VARIABLE, *variables))
        return secret if secret is not None else next(filter(None, set_), None)
    if secret is not None:
        raise UsageError("a secret is given twice: leave --secret or --secret-file")
    if str(file) == STDIN:
        return _from_stdin()
    try:
        with file.open(encoding="utf-8") as stream:
            return _alone(stream.read(MAX_SECRET_CHARACTERS + 1), str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"--secret-file: {file} cannot be read ({reason})") from error


def _from_stdin() -> str:
    return _alone(sys.stdin.read(MAX_SECRET_CHARACTERS + 1), "standard input")


def _alone(text: str, where: str) -> str:
    found = text.strip()
    if not found or "\n" in found or len(text) > MAX_SECRET_CHARACTERS:
        raise UsageError(f"{where} has to hold the secret alone, on one line")
    return found
