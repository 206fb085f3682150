"""The `storywatch` command: arguments in, lines, tables or JSON and an exit code out. One file a group of commands."""

import sys


def main() -> None:
    """The entry point."""
    from connectors.cli.run import run

    sys.exit(run(sys.argv[1:]))
