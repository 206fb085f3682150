"""Waits for a change to be read back from Kafka, so that the page after a button shows what the button did."""

import time
from collections.abc import Callable

SECONDS = 2.0  # it takes some milliseconds; a page that is made without it shows the change at its next look
PAUSE_SECONDS = 0.02


def wait_until_read(is_read: Callable[[], bool]) -> None:
    """Blocks until it is, at most `SECONDS`."""
    end = time.monotonic() + SECONDS
    while not is_read() and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)
