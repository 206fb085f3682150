"""The `storywatch` command: arguments -> text, tables or JSON, and an exit code.

Each folder holds a group of commands; ``NAME_command.py`` defines the command NAME, its options and its help.
"""

import gc
import os
import sys


def main() -> None:
    """Run `storywatch` with the arguments of the process and exit."""
    # Imports make no garbage and pydantic has no plugins here: looking for both takes a fifth of a command's start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()
    from connectors.cli.invoke import run

    gc.enable()
    sys.exit(run(sys.argv[1:]))
