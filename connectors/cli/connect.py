"""Settings in; servers that answer out, or one line that says which one does not and how to start it."""

import contextlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.elastic import Search
    from streams.settings import Settings
    from streams.topics import Topic

KNOCK_SECONDS = 3.0  # a server on the same network takes a connection in milliseconds


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> "Settings":
    """Of this place, with the addresses of the stack that runs from its data folder, if any. Raises `Misuse`."""
    from deploy import here

    return here.settings()


def kafka(where: "Settings", *topics: "Topic") -> None:
    """Raises `Unavailable` when Kafka does not answer, `Misuse` when one of the topics has not been made.

    Asks for the topics first, because a send to one that is missing ends in a time-out that says nothing.
    """
    from connectors.kafka import admin

    knock(where)
    names = dict.fromkeys(topic.name(where.topic_prefix) for topic in topics)
    admin.existing(where).check(names, where.partitions)


def knock(where: "Settings") -> None:
    """Raises `Unavailable` at once when nobody listens at any address of Kafka: its clients would try for 5 s."""
    from connectors.kafka import admin

    failure: Exception = ValueError("no address")
    for address in where.kafka.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS):
                return
        except (OSError, ValueError, OverflowError) as error:
            failure = error
    raise admin.unreachable(where, failure)


@contextlib.contextmanager
def searching(where: "Settings") -> Iterator["Search"]:
    """Queries to Elasticsearch. Raises `Unavailable` when it is not there and `Misuse` before `storywatch init`."""
    from connectors.elastic import Search, sync_client

    with sync_client(where) as client:
        yield Search(client, where.index_prefix)
