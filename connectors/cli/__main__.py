"""``python -m connectors.cli``: the same as `storywatch`."""

from connectors.cli import main

main()
