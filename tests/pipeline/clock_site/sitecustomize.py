"""Imported by each Python process that has this folder on its path: its clock is that of the file CLOCK_FILE.

The file has the seconds that the clock is ahead. The log has times of its own, which come from the broker.
"""

import functools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streams.agents.support.services import Services

_make = Services.__init__


def _clock() -> datetime:
    try:
        ahead = float(Path(os.environ["CLOCK_FILE"]).read_text())
    except FileNotFoundError:
        ahead = 0.0
    return datetime.now(UTC) + timedelta(seconds=ahead)


@functools.wraps(_make)
def _made(self: Services, *given: Any, **named: Any) -> None:
    _make(self, *given, **{"clock": _clock, **named})


Services.__init__ = _made  # type: ignore[method-assign]
