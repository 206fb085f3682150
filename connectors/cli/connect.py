"""Settings -> servers that answer, or one line that says which one does not and how to start it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.elastic import Search
    from streams.settings import Settings
    from streams.topics import Topic


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
    """Raises at once what stands in the way to Kafka: its clients would try for 5 s and could not say what it was.

    Where nothing but an address is needed, a connection is enough to know.
    """
    from connectors.kafka.away import check_listens

    check_listens(where)
    if where.kafka_security_protocol != "PLAINTEXT":
        from connectors.kafka import door

        door.check(where)


@contextlib.contextmanager
def searching(where: "Settings") -> Iterator["Search"]:
    """Queries to Elasticsearch. Raises `Unavailable` when it is not there and `Misuse` before `storywatch init`."""
    from connectors.elastic.asking import Asking
    from connectors.elastic.queries import Search

    with Asking(where) as client:
        yield Search(client, where.index_prefix)
