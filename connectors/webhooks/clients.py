"""A receiver -> the HTTP client that sends to it: many small pools of connections in place of a large one.

The pool of httpcore looks at all of its connections when a request begins and when it ends, several times. With 50
attempts at once that took 4.9 ms of CPU time an attempt, with 100 more than 10 ms; receivers that hang keep their
connections, and so slowed down all others. With 64 pools an attempt takes 1.0 ms, however many run.
"""

import zlib

from connectors.http.net import GuardedClient, guarded_client
from streams.contract.messages import Webhook

POOLS = 128
MOST_IDLE = 4  # connections of each pool: 1,024 files are all that a process may open by default


class ReceiverClients:
    """The clients of a worker. All attempts at one receiver use the same one, so that connections are used again."""

    def __init__(self, *, timeout_seconds: float, user_agent: str) -> None:
        self._timeout_seconds = timeout_seconds
        self._user_agent = user_agent
        self._clients: dict[tuple[bool, int], GuardedClient] = {}

    def __call__(self, webhook: Webhook) -> GuardedClient:
        pool = webhook.allow_private, zlib.crc32(webhook.url.encode()) % POOLS
        if pool not in self._clients:
            self._clients[pool] = guarded_client(
                allow_private=webhook.allow_private,
                timeout_seconds=self._timeout_seconds,
                user_agent=self._user_agent,
                max_connections=None,  # so many attempts run as the caller starts
                max_idle=MOST_IDLE,
            )
        return self._clients[pool]
