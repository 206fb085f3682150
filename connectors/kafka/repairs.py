"""A repair of kafka-python 3.0: a client that is closed while it connects leaves the socket open.

The socket belongs to a coroutine, which is closed with the client and does not close what it holds. A second
`apply` changes nothing.
"""

import socket
from typing import Any

from kafka.net import KafkaNetSocket

_connect = KafkaNetSocket.sock_connect


async def _connect_or_close(self: Any, net: Any, sock: socket.socket, *arguments: Any, **options: Any) -> Any:
    try:
        return await _connect(self, net, sock, *arguments, **options)
    except BaseException:  # also GeneratorExit, with which a waiting coroutine is closed
        sock.close()
        raise


def apply() -> None:
    KafkaNetSocket.sock_connect = _connect_or_close
