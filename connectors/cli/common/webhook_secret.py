"""Reads a webhook's secret from an option, a file, standard input or the environment.

A secret on the command line is visible to every user of the machine and stays in the shell's history.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from streams.contract.errors import UsageError

VARIABLE = "STORYWATCH_WEBHOOK_SECRET"
STDIN = "-"
MAX_SECRET_CHARACTERS = 10_000  # a larger file is not a secret

SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", metavar="FILE", help="A file that holds only the secret; - is stdin.")
]


def read_secret(secret: str | None, file: Path | None, *variables: str) -> str | None:
    """The secret of ``--secret`` (``-``: from stdin) or ``--secret-file``, else of `VARIABLE` or of ``variables``.

    Returns None if none of them is set. Raises `UsageError` if both options are given, if the file cannot be read, or
    if it does not hold exactly one line.
    """
    if file is None:
        if secret == STDIN:
            return _from_stdin()
        from_environment = (os.environ.get(name) for name in (VARIABLE, *variables))
        return secret if secret is not None else next(filter(None, from_environment), None)
    if secret is not None:
        raise UsageError("the secret is given twice: omit --secret or --secret-file")
    if str(file) == STDIN:
        return _from_stdin()
    try:
        with file.open(encoding="utf-8") as stream:
            return _only_line(stream.read(MAX_SECRET_CHARACTERS + 1), str(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UsageError(f"--secret-file: {file} cannot be read ({reason})") from error


def _from_stdin() -> str:
    return _only_line(sys.stdin.read(MAX_SECRET_CHARACTERS + 1), "standard input")


def _only_line(text: str, where: str) -> str:
    found = text.strip()
    if not found or "\n" in found or len(text) > MAX_SECRET_CHARACTERS:
        raise UsageError(f"{where} must hold only the secret, on one line")
    return found
