"""Sends messages from commands, such as arrivals and tracks, and waits for the broker's confirmation."""

from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from connectors.kafka.admin import ANSWER_MS, explain_failure
from streams.contract import trace
from streams.contract.codec import encode
from streams.contract.errors import Unavailable
from streams.contract.messages import Message, RawArticle
from streams.contract.topics import MAX_RECORD_BYTES, Topic
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings

Headers = list[tuple[str, bytes]]

DELIVERY_MS = 30_000  # after this a user should learn that the message was not delivered


class Producer:
    """Sends messages and waits for their confirmation. A context manager that flushes on exit."""

    def __init__(self, settings: Settings) -> None:
        """Raises `Unavailable` with the address when Kafka is not reachable."""
        self._settings = settings
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=settings.kafka.split(","),
                client_id="storywatch-command",
                acks="all",
                linger_ms=5,
                max_request_size=2 * MAX_RECORD_BYTES,  # a record at the limit of its topic is larger than the default
                bootstrap_timeout_ms=ANSWER_MS,
                max_block_ms=ANSWER_MS,
                delivery_timeout_ms=DELIVERY_MS,
                request_timeout_ms=DELIVERY_MS // 2,
                **kafka_access(settings).options(),
            )
        except (KafkaError, OSError, ValueError) as error:
            raise explain_failure(settings, error) from error

    def start(self, topic: Topic, message: Message, hops: trace.Trace = ()) -> Any:
        """Start sending; returns a future for `confirm`.

        An arrival starts its trace; another message continues the trace ``hops``.
        """
        headers = [trace.header(hops)] if hops else None
        if isinstance(message, RawArticle):
            headers = trace.close_hop((trace.open_hop(trace.RECEIVE, message.received_at),), trace.now())
        return self._start(topic, topic.kafka_key(message), encode(message), headers)

    def start_at(self, topic: Topic, message: Message, partition: int) -> Any:
        """Start sending to a partition, whatever the key."""
        return self._start(topic, topic.kafka_key(message), encode(message), None, partition)

    def start_raw(self, topic: Topic, key: str, value: bytes | None) -> Any:
        """Start sending encoded bytes."""
        return self._start(topic, key.encode(), value)

    def start_again(
        self, topic: Topic, key: bytes | None, value: bytes | None, headers: Headers, partition: int | None
    ) -> Any:
        """Start sending an existing record again; with ``partition`` None its key decides."""
        return self._start(topic, key, value, headers, partition)

    def _start(
        self,
        topic: Topic,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> Any:
        name = topic.name(self._settings.topic_prefix)
        try:
            return self._producer.send(name, key=key, value=value, headers=headers, partition=partition)
        except KafkaError as error:
            raise explain_failure(self._settings, error) from error

    def confirm(self, future: Any, seconds: float = DELIVERY_MS / 1000 + 5) -> Any:
        """Wait for the broker's confirmation; returns the record's ``topic``, ``partition`` and ``offset``.

        Raises `Unavailable` when it does not arrive in time.
        """
        try:
            return future.get(timeout=seconds)
        except KafkaError as error:
            raise Unavailable(
                f"Kafka at {self._settings.kafka} did not take the message ({type(error).__name__}): nothing of it is "
                f"lost here, run the command again"
            ) from error

    def flush(self) -> None:
        """Wait until the broker has confirmed, or failed to confirm, all that was started; `confirm` tells which."""
        self._producer.flush()

    def send(self, topic: Topic, message: Message) -> None:
        self.confirm(self.start(topic, message))

    def remove(self, topic: Topic, key: str) -> None:
        """Write a tombstone, so that a compacted topic drops the key."""
        self.confirm(self.start_raw(topic, key, None))

    def __enter__(self) -> Self:
        return self

    def close(self) -> None:
        self._producer.close(timeout=5)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
