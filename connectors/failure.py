"""What a client raised when a server could not be reached in; the reason in a few words for people out."""

import os
import socket
from collections.abc import Iterator

MOST_CAUSES = 8  # the clients wrap an error three or four times


def why(error: BaseException) -> str:
    """ "connection refused", "the name is not known", "no answer in time": of the system's error, however wrapped."""
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "the name is not known"
    for cause in causes:
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, OSError) and (cause.errno or 0) > 0:  # not its own words: asyncio puts addresses there
            return os.strerror(cause.errno or 0).lower()
    told = " ".join(str(cause) for cause in causes)
    if "Connect call failed" in told or "Connection refused" in told:  # of all of a name's addresses: no system's error
        return "connection refused"
    if "timed out" in told.lower():
        return "no answer in time"
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was made of: by `from`, or kept as a value of its own."""
    waiting, seen = [error], 0
    while waiting and seen < MOST_CAUSES:
        cause = waiting.pop(0)
        seen += 1
        yield cause
        kept = (cause.__cause__, getattr(cause, "os_error", None), *getattr(cause, "errors", ()), cause.__context__)
        waiting += [one for one in kept if isinstance(one, BaseException)]
