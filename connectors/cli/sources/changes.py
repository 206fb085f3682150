"""What `source apply` and `source import` change: the sources of a file compared with those that are watched."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from connectors.lists.changes import Changes
from connectors.sources.spec import to_spec
from streams.contract.messages import WatchedSource


def compare(wanted: Iterable[WatchedSource], known: Iterable[WatchedSource], *, remove: bool) -> Changes[WatchedSource]:
    """With ``remove``, sources that are known and not wanted are removed; else they stay as they are."""
    before = {one.id: one for one in known}
    added: list[WatchedSource] = []
    changed: list[tuple[WatchedSource, WatchedSource]] = []
    unchanged = 0
    wanted_ids = set()
    for one in wanted:
        wanted_ids.add(one.id)
        old = before.get(one.id)
        if old is None:
            added.append(one)
        elif to_spec(old) != to_spec(one):
            changed.append((old, replace(one, created_at=old.created_at, resumed_at=old.resumed_at)))
        else:
            unchanged += 1
    removed = [one for id_, one in before.items() if remove and id_ not in wanted_ids]
    return Changes(tuple(added), tuple(changed), tuple(removed), unchanged)


def name(source: WatchedSource) -> str:
    """What a source is called in a list of changes."""
    return source.url


def fields(source: WatchedSource) -> Mapping[str, Any]:
    """The fields of a source as a file has them."""
    found: Mapping[str, Any] = msgspec.to_builtins(to_spec(source))
    return found
