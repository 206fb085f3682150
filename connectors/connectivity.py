"""Whether a server accepts connections, and why a client could not reach it.

The clients of Kafka and Elasticsearch wait for a name server and for each address in turn, half a minute in all.
"""

import errno
import os
import queue
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence

PROBE_SECONDS = 3.0  # a server on the same network accepts a connection in milliseconds
MAX_CAUSES = 8  # the clients wrap an error three or four times


def probe(addresses: Sequence[tuple[str, int]], seconds: float = PROBE_SECONDS) -> Exception | None:
    """None as soon as one address accepts a TCP connection; else the first error, or a `TimeoutError`.

    All addresses are tried at once. A name lookup cannot be cancelled, so each runs in a daemon thread.
    """
    answers: queue.Queue[Exception | None] = queue.Queue()
    for host, port in addresses:
        threading.Thread(target=_connect, args=(host, port, seconds, answers), daemon=True).start()
    first: Exception | None = None
    for _ in addresses:
        try:
            error = answers.get(timeout=seconds)
        except queue.Empty:
            return first or TimeoutError("no answer in time")
        if error is None:
            return None
        first = first or error
    return first or ValueError("no address")


def _connect(host: str, port: int, seconds: float, answers: "queue.Queue[Exception | None]") -> None:
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except (OSError, ValueError, OverflowError) as error:  # ValueError: the host is not a valid name
        answers.put(error)
    else:
        answers.put(None)


def failure_reason(error: BaseException, otherwise: str = "") -> str:
    """Why a connection failed, in a few words such as "connection refused", from the innermost system error.

    Without one it is ``otherwise``, or the name of the error's class.
    """
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "the name is not known"
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.rstrip('.')}"
        if isinstance(cause, ssl.SSLError):  # its errno is none of the system's
            return f"no TLS connection: {(cause.reason or 'it was broken off').lower().replace('_', ' ')}"
        if isinstance(cause, TimeoutError):
            return "no answer in time"
        if isinstance(cause, OSError) and (cause.errno or 0) > 0:  # not str(cause): asyncio puts addresses there
            return os.strerror(cause.errno or 0).lower()
    text = " ".join(str(cause) for cause in causes)
    if "Connect call failed" in text or "Connection refused" in text:  # several addresses failed: no errno is set
        return "connection refused"
    if "timed out" in text.lower():
        return "no answer in time"
    return otherwise or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those it wraps: as its cause, its context or an attribute. At most `MAX_CAUSES`."""
    pending, seen = [error], 0
    while pending and seen < MAX_CAUSES:
        cause = pending.pop(0)
        seen += 1
        yield cause
        wrapped = (cause.__cause__, getattr(cause, "os_error", None), *getattr(cause, "errors", ()), cause.__context__)
        pending += [one for one in wrapped if isinstance(one, BaseException)]


def explain_bind_failure(error: OSError, host: str, port: int) -> str:
    """Why a server cannot listen at an address, and what to do, in one line."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program: stop that one, or choose another port (0: any free)"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than you have: choose one from 1024 upwards (0: any free)"
    if isinstance(error, socket.gaierror):
        return f"{host} is not a name or address of this machine"
    return f"cannot listen on {host}, port {port}: {error.strerror or error}"
