"""The sources in Kafka: reading, finding, saving and removing them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from connectors.cli.common import connect, output
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Message, WatchedSource
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

M = TypeVar("M", bound=Message)


def read_all(settings: Settings) -> list[WatchedSource]:
    """All sources, by site and address. Raises `Unavailable`, and `UsageError` before `storywatch init`."""
    found = read_latest(settings, topics.SOURCES, WatchedSource)
    return sorted(found.values(), key=lambda one: (one.site, one.url))


def read_latest(settings: Settings, topic: Topic[M], kind: type[M]) -> dict[str, M]:
    """Key -> latest message of a compacted topic. Raises as `read_all` does."""
    connect.check_kafka(settings)
    values: dict[bytes, bytes | None] = {}
    with Reader(settings, [topic]) as reader:
        for record in reader.read_to_end():
            values[record.key or b""] = record.value
    found: dict[str, M] = {}
    for key, value in values.items():
        name = key.decode(errors="replace")
        try:
            if value is not None:
                found[name] = decode(value, kind)
        except Undecodable as error:
            output.error(f"{topic.base} {name} cannot be read: {error}")
    return found


def select(settings: Settings, keys: Sequence[str], labels: Sequence[str]) -> list[WatchedSource]:
    """The sources with these ids, prefixes of ids, or addresses, and all with one of the labels.

    Raises `UsageError` for a key that is none's or several ones'.
    """
    if not keys and not labels:
        raise UsageError("name sources by id, prefix of an id, address or --label")
    known = read_all(settings)
    chosen = {one.id: one for one in known if not set(labels).isdisjoint(one.labels)}
    for key in keys:
        one = _find(known, key)
        chosen[one.id] = one
    if not chosen:
        raise UsageError(f"no source has the label {', '.join(labels)}: `storywatch source list` shows them")
    return list(chosen.values())


def find(settings: Settings, key: str) -> WatchedSource:
    """The source with this id, prefix of an id, or address. Raises `UsageError`."""
    return _find(read_all(settings), key)


def _find(known: Sequence[WatchedSource], key: str) -> WatchedSource:
    found = [one for one in known if one.url == key or (key and one.id.startswith(key))]
    if not found:
        raise UsageError(f"there is no source {key!r}: `storywatch source list` shows their ids")
    if len(found) > 1 and key not in (found[0].id, found[0].url):
        raise UsageError(f"{key!r} is a prefix of {len(found)} sources, such as {found[0].id} and {found[1].id}")
    return found[0]


def save(settings: Settings, sources: Iterable[WatchedSource]) -> None:
    """Save sources. Raises `Unavailable` if Kafka does not accept one."""
    connect.check_topics(settings, topics.SOURCES)
    with Producer(settings) as producer:
        for sent in [producer.start(topics.SOURCES, one) for one in sources]:
            producer.confirm(sent)


def remove(settings: Settings, sources: Iterable[WatchedSource]) -> None:
    """Remove sources: they are not polled any more, and their states are forgotten. Raises `Unavailable`."""
    connect.check_topics(settings, topics.SOURCES)
    with Producer(settings) as producer:
        for sent in [producer.start_raw(topics.SOURCES, one.id, None) for one in sources]:
            producer.confirm(sent)
