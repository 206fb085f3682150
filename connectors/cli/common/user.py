"""Who runs the command, for records of who did what."""

import getpass
import os
import socket

from streams.contract.messages import clipped

VARIABLE = "STORYWATCH_USER"
MAX_CHARACTERS = 200


def current_user() -> str:
    """Return ``STORYWATCH_USER`` if it is set, else the user's name and that of the machine."""
    given = " ".join(os.environ.get(VARIABLE, "").split())
    if given:
        return clipped(given, MAX_CHARACTERS)
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
