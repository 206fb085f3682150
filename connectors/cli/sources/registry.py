"""The sources in Kafka: reading, finding, saving and removing them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from connectors.audit import writing as audit
from connectors.audit.writing import Edit
from connectors.cli.common import connect, output
from connectors.cli.common.user import current_user
from connectors.kafka.reader import Reader
from connectors.sources.addresses import spelled
from connectors.sources.spec import to_spec
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Unavailable, Undecodable, UsageError
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


def known(settings: Settings, url: str) -> WatchedSource | None:
    """The source with this address; None without one, and while Kafka is away."""
    try:
        return next((one for one in read_all(settings) if one.url in (url, spelled(url))), None)
    except (Unavailable, UsageError):
        return None


def _find(sources: Sequence[WatchedSource], key: str) -> WatchedSource:
    found = [one for one in sources if one.url in (key, spelled(key)) or (key and one.id.startswith(key))]
    if not found:
        raise UsageError(f"there is no source {key!r}: `storywatch source list` shows their ids")
    if len(found) > 1 and key not in (found[0].id, found[0].url):
        raise UsageError(f"{key!r} is a prefix of {len(found)} sources, such as {found[0].id} and {found[1].id}")
    return found[0]


def save(settings: Settings, sources: Iterable[WatchedSource], before: Iterable[WatchedSource] = ()) -> None:
    """Save sources that are new, or that are among ``before`` as they were. Raises as `write`."""
    known = {one.id: one for one in before}
    write(settings, [Edit(known.get(one.id), one) for one in sources])


def remove(settings: Settings, sources: Iterable[WatchedSource]) -> None:
    """Remove sources: they are not polled any more, and their states are forgotten. Raises as `write`."""
    write(settings, [Edit(one, None) for one in sources])


def write(settings: Settings, edits: Sequence[Edit[WatchedSource]]) -> None:
    """Save and remove sources, each after its entry in the audit log.

    Raises `Unavailable` if Kafka does not accept them, `UsageError` before `storywatch init`.
    """
    connect.check_topics(settings, topics.SOURCES, topics.AUDIT)
    audit.write(settings, AUDITED, edits, by=current_user())


def _view(source: WatchedSource) -> dict[str, Any]:
    return {**msgspec.to_builtins(to_spec(source)), "resumed_at": source.resumed_at}


AUDITED = audit.Audited(topics.SOURCES, "source", _view, lambda source: source.name or source.url)
