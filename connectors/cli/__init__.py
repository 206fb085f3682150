"""The `storywatch` command: arguments -> lines, tables or JSON, and an exit code. One file a group of commands."""

import gc
import os
import sys


def main() -> None:
    """The entry point."""
    # Imports make no garbage, and no plugin of pydantic is wanted: looking for both is a fifth of a command's start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.disable()
    from connectors.cli.invoke import run

    gc.enable()
    sys.exit(run(sys.argv[1:]))
