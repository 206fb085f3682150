"""Reads the file of `track apply`, `source apply` and their like."""

import sys
from pathlib import Path

from streams.contract.errors import UsageError


def content_of(file: str) -> bytes:
    """The bytes of a file; ``-`` is standard input. Raises `UsageError` if it cannot be read."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{file} cannot be read ({reason})") from error
