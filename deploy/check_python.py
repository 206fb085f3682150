"""Exits with one line if this Python cannot run Storywatch. Runs on any Python 3, before anything is installed."""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)  # the newest for which every locked package has a wheel

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        "Storywatch needs Python {}.{} to {}.{}, and this is {}.{}: call make with another one, "
        "for example  make PYTHON=python3.12".format(*OLDEST, *NEWEST, *sys.version_info[:2])
    )
