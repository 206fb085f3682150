"""Counts and logs unexpected exceptions where external input is parsed.

Each such place catches what remains after its own errors, so that an exception costs one item: one attempt, one fetch,
one message. The caller backs off as after any failure. Exceptions of the runtime itself are not caught: they end the
process.
"""

import logging
import traceback

from streams.runtime import metrics

_log = logging.getLogger("storywatch.unexpected")

MOST_FRAMES = 12  # the innermost ones: where it was raised and what called it


def unexpected(where: str, error: Exception) -> str:
    """Count and log ``error``. Returns the reason for the item, with the name of the exception and without its text.

    ``where`` is one of `streams.runtime.metrics.BORDERS` or a stage. The text is left out, also of the log: it may
    quote the input, or a URL with tokens.
    """
    name = type(error).__name__
    metrics.UNEXPECTED_ERRORS.labels(where).inc()
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    at = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    _log.error("unexpected %s at the border '%s': %s", name, where, at)
    return f"unexpected {name}"
