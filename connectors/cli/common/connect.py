"""Connections to the servers, with errors that name the server that does not answer and how to start it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.cli.common.remote_library import RemoteLibrary
    from connectors.elastic.read.queries import Search
    from connectors.views.library import Library
    from connectors.views.story_page import StoryPage
    from streams.contract.topics import Topic
    from streams.runtime.settings import Settings


MOST_MOVES = 5  # from one story to another one


def now() -> datetime:
    return datetime.now(UTC)


def settings() -> "Settings":
    """The settings, with the addresses of the stack that runs from their data folder, if any. Raises `UsageError`."""
    from deploy import load_settings

    return load_settings.settings()


def check_topics(where: "Settings", *topics: "Topic") -> None:
    """Raises `Unavailable` if Kafka does not answer, `UsageError` if one of the topics does not exist.

    Checked before anything is sent, because a send to a missing topic only times out.
    """
    from connectors.kafka import admin

    check_kafka(where)
    names = dict.fromkeys(topic.name(where.topic_prefix) for topic in topics)
    admin.existing(where).check(names, where.partitions)


def check_kafka(where: "Settings") -> None:
    """Raises `Unavailable` or `UsageError` at once if Kafka cannot be used; its clients would retry for 5 s and then
    give no reason.

    Without credentials a TCP connection is enough to check.
    """
    from connectors.kafka import connectivity

    connectivity.verify_reachable(where)
    if where.kafka_security_protocol != "PLAINTEXT":
        connectivity.verify_access(where)


@contextlib.contextmanager
def open_search(where: "Settings") -> Iterator["Search"]:
    """Yields queries to Elasticsearch. Raises `Unavailable` if it does not answer, `UsageError` before
    `storywatch init`."""
    from connectors.elastic.read.client import SearchClient
    from connectors.elastic.read.queries import Search

    with SearchClient(where) as client:
        yield Search(client, where.index_prefix)


@contextlib.contextmanager
def open_library(where: "Settings") -> Iterator["Library | RemoteLibrary"]:
    """Yields what answers questions: Elasticsearch, or the server that STORYWATCH_API names.

    Raises `UsageError` for settings that are none, and as `open_search` does.
    """
    if where.api is not None:
        from connectors.cli.common.remote_library import RemoteLibrary

        remote = RemoteLibrary(where, where.api)
        try:
            yield remote
        finally:
            remote.close()
        return
    with open_stored(where) as library:
        yield library


@contextlib.contextmanager
def open_stored(where: "Settings") -> Iterator["Library"]:
    """Yields answers from Elasticsearch. Raises as `open_search` does."""
    from connectors.elastic.read.client import SearchClient
    from connectors.views.library import Library

    with SearchClient(where) as client:
        yield Library(client, where.index_prefix)


def story_page(library: "Library | RemoteLibrary", key: str) -> "StoryPage":
    """The page of the story with this id or prefix of an id, or of the one that has its articles now.

    Raises `UsageError` if there is none or more than one.
    """
    from connectors.views.library import Moved

    found = library.story(key)
    for _ in range(MOST_MOVES):
        if not isinstance(found, Moved):
            break
        found = library.story(found.to)
    if found is None or isinstance(found, Moved):
        raise UsageError(f"there is no story {key}: `storywatch stories` lists their ids")
    return found
