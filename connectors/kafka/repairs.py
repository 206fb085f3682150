"""Repairs of kafka-python 3.0, whose clients leave sockets and threads behind:

- the socket of a client that is closed, or refused, while it connects: its coroutine does not close it.
- the socket of a transport that is closed with bytes to send. The task that would close it is cancelled.
- all that a client has, when it cannot reach Kafka and its constructor raises. A process that asks every few seconds
  whether Kafka is back runs out of files.

A second `apply` changes nothing.
"""

import socket
from typing import Any
from weakref import WeakKeyDictionary

from kafka.net import KafkaNetSocket
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.net.transport import KafkaTCPTransport

_connect = KafkaNetSocket.sock_connect
_make = KafkaTCPTransport.__init__
_close = NetworkSelector.close
_bootstrap = KafkaConnectionManager.bootstrap

_open: WeakKeyDictionary[NetworkSelector, set[socket.socket]] = WeakKeyDictionary()


async def _connect_or_close(self: Any, net: Any, sock: socket.socket, *arguments: Any, **options: Any) -> Any:
    try:
        return await _connect(self, net, sock, *arguments, **options)
    except BaseException:  # also GeneratorExit, with which a waiting coroutine is closed
        sock.close()
        raise


def _make_and_remember(self: Any, net: Any, sock: socket.socket, *arguments: Any, **options: Any) -> None:
    _make(self, net, sock, *arguments, **options)
    known = _open.setdefault(net, set())
    known.difference_update([each for each in known if each.fileno() == -1])
    known.add(sock)


def _close_with_sockets(self: Any) -> None:
    _close(self)
    for sock in _open.pop(self, ()):
        sock.close()


def _bootstrap_or_close(self: Any, *arguments: Any, **options: Any) -> None:
    try:
        _bootstrap(self, *arguments, **options)
    except BaseException:
        self.close()
        self._net.close()
        raise


def apply() -> None:
    KafkaNetSocket.sock_connect = _connect_or_close
    KafkaTCPTransport.__init__ = _make_and_remember
    NetworkSelector.close = _close_with_sockets
    KafkaConnectionManager.bootstrap = _bootstrap_or_close
