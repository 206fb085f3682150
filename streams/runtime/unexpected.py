"""Exceptions that nobody expected, at the borders where strangers' text comes in: counted, logged, put into words.

Each border catches what is left after its own errors and lets it cost one item: one attempt, one fetch, one message.
The caller backs off as after any failure. Errors of the machinery itself are not for this: they end the process.
"""

import logging
import traceback

from streams.runtime import metrics

_log = logging.getLogger("storywatch.unexpected")

MOST_FRAMES = 12  # the innermost ones: where it was raised, and by which of our functions


def unexpected(where: str, error: Exception) -> str:
    """Count and log ``error``; the reason for the item that it cost, with the exception's name and without its text.

    ``where`` is one of `streams.runtime.metrics.BORDERS` or a stage. The text of it is left out, also of the log: it
    quotes what a stranger sent, or a URL with its tokens.
    """
    name = type(error).__name__
    metrics.UNEXPECTED_ERRORS.labels(where).inc()
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    at = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    _log.error("unexpected %s at the border '%s': %s", name, where, at)
    return f"unexpected {name}"
