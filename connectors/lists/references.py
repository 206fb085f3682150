"""References to secrets, which files have in place of the secrets themselves: ``env:NAME`` and ``file:PATH``."""

import os
from pathlib import Path

from streams.contract.errors import UsageError

MAX_SECRET_BYTES = 4_000


def is_reference(text: str) -> bool:
    """Whether a text is a reference."""
    scheme, colon, rest = text.partition(":")
    return scheme in ("env", "file") and bool(colon and rest)


def resolve(reference: str, what: str) -> str:
    """Return the text that a reference names. ``what`` needs it; raises `UsageError` if it is not there."""
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
        if value is None:
            raise UsageError(f"{what} needs the variable {rest}, which is not set here")
        return value.strip()
    try:
        with Path(rest).open("rb") as file:
            return file.read(MAX_SECRET_BYTES + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{what} needs the file {rest}, which cannot be read: {error}") from error
