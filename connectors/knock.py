"""Addresses of a server -> whether one takes a connection, within a time that a person waits.

The clients of Kafka and Elasticsearch wait for a name server and for each address in turn, half a minute in all.
"""

import queue
import socket
import threading
from collections.abc import Sequence

KNOCK_SECONDS = 3.0  # a server on the same network takes a connection in milliseconds


def probe(addresses: Sequence[tuple[str, int]], seconds: float = KNOCK_SECONDS) -> Exception | None:
    """None as soon as one address takes a TCP connection; else the error of the first one, or a `TimeoutError`.

    All are tried at once. Looking a name up cannot be ended from outside, so it goes on in a thread that holds
    nothing up.
    """
    answers: queue.Queue[Exception | None] = queue.Queue()
    for host, port in addresses:
        threading.Thread(target=_try, args=(host, port, seconds, answers), daemon=True).start()
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


def _try(host: str, port: int, seconds: float, answers: "queue.Queue[Exception | None]") -> None:
    try:
        socket.create_connection((host, port), timeout=seconds).close()
    except (OSError, ValueError, OverflowError) as error:  # a name may be no name
        answers.put(error)
    else:
        answers.put(None)
