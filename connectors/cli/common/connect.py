"""Settings -> servers that answer, or one line that says which one does not and how to start it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.elastic.read.queries import Search
    from streams.contract.topics import Topic
    from streams.runtime.settings import Settings


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> "Settings":
    """Of this place, with the addresses of the stack that runs from its data folder, if any. Raises `UsageError`."""
    from deploy import load_settings

    return load_settings.settings()


def check_topics(where: "Settings", *topics: "Topic") -> None:
    """Raises `Unavailable` when Kafka does not answer, `UsageError` when one of the topics has not been made.

    Asks for the topics first, because a send to one that is missing ends in a time-out that says nothing.
    """
    from connectors.kafka import admin

    check_kafka(where)
    names = dict.fromkeys(topic.name(where.topic_prefix) for topic in topics)
    admin.existing(where).check(names, where.partitions)


def check_kafka(where: "Settings") -> None:
    """Raises at once what stands in the way to Kafka: its clients would try for 5 s and could not say what it was.

    Where nothing but an address is needed, a connection is enough to know.
    """
    from connectors.kafka import connectivity

    connectivity.verify_reachable(where)
    if where.kafka_security_protocol != "PLAINTEXT":
        connectivity.verify_access(where)


@contextlib.contextmanager
def open_search(where: "Settings") -> Iterator["Search"]:
    """Queries to Elasticsearch. Raises `Unavailable` when it is not there and `UsageError` before `storywatch init`."""
    from connectors.elastic.read.client import SearchClient
    from connectors.elastic.read.queries import Search

    with SearchClient(where) as client:
        yield Search(client, where.index_prefix)
