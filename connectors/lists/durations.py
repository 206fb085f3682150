"""Lengths of time as people write them: ``90s``, ``5m``, ``6h``, ``2d``, ``1w``."""

import re
from datetime import timedelta

from streams.contract.errors import UsageError

PATTERN = "^[0-9]{1,6} ?(s|m|min|h|d|w)$"
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LENGTH = re.compile(PATTERN)


def parse(text: str) -> timedelta:
    """``6h`` -> six hours. Raises `UsageError`."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text[:50]!r} is no length of time such as 90s, 5m, 6h or 2d")
    unit = found[1]
    return timedelta(seconds=int(text.strip().removesuffix(unit)) * _UNITS[unit])


def show(length: timedelta) -> str:
    """Six hours -> ``6h``: the largest unit that divides it, weeks left aside."""
    seconds = int(length.total_seconds())
    unit, size = next(one for one in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)) if seconds % one[1] == 0)
    return f"{seconds // size}{unit}"
