"""One producer for the threads of a server: opened at the first message, and again after Kafka was away."""

import threading
from collections.abc import Sequence

from connectors.kafka.producer import Producer
from streams.contract.errors import Unavailable
from streams.contract.messages import Message
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

CONFIRM_SECONDS = 10.0  # a broker confirms in milliseconds; whoever waits for an answer should hear of an outage


class SharedProducer:
    """Sends and confirms. Usable by several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._producer: Producer | None = None

    def send_all(self, topic: Topic, messages: Sequence[Message]) -> None:
        """Return when the broker has confirmed every message.

        Raises `Unavailable` if one is not confirmed within `CONFIRM_SECONDS`: it may still arrive later. Raises
        `Rejected` for a message that cannot be encoded, after those before it were sent.
        """
        producer = self._opened()
        try:
            futures = [producer.start(topic, message) for message in messages]
            for future in futures:
                producer.confirm(future, seconds=CONFIRM_SECONDS)
        except Unavailable:
            self._drop(producer)
            raise

    def remove(self, topic: Topic, key: str) -> None:
        """Write a tombstone. Raises `Unavailable`."""
        producer = self._opened()
        try:
            producer.remove(topic, key)
        except Unavailable:
            self._drop(producer)
            raise

    def _opened(self) -> Producer:
        with self._lock:
            if self._producer is None:
                self._producer = Producer(self._settings)
            return self._producer

    def _drop(self, producer: Producer) -> None:
        """Close a producer that has failed: after an outage its connection and its sequence numbers may be stale."""
        with self._lock:
            if self._producer is not producer:
                return  # another thread was faster
            self._producer = None
        producer.close()

    def close(self) -> None:
        """Send what is left, and close the connection."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer.close()
