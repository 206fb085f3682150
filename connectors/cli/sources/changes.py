"""What `source apply` and `source import` change: the sources of a file compared with those that are watched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from connectors.audit.writing import Edit
from connectors.sources.spec import to_spec
from streams.contract.messages import WatchedSource


@dataclass(frozen=True)
class Changes:
    """``changed``: (before, after)."""

    added: tuple[WatchedSource, ...]
    changed: tuple[tuple[WatchedSource, WatchedSource], ...]
    removed: tuple[WatchedSource, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def edits(self) -> list[Edit[WatchedSource]]:
        return [
            *(Edit(None, one) for one in self.added),
            *(Edit(before, after) for before, after in self.changed),
            *(Edit(one, None) for one in self.removed),
        ]


def compare(wanted: Iterable[WatchedSource], known: Iterable[WatchedSource], *, remove: bool) -> Changes:
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


def lines(changes: Changes) -> list[str]:
    """One line for each change, as a diff has them."""
    return [
        *(f"+ {one.url}" for one in changes.added),
        *(f"~ {after.url}: {', '.join(_fields(before, after))}" for before, after in changes.changed),
        *(f"- {one.url}" for one in changes.removed),
    ]


def report(changes: Changes) -> dict[str, object]:
    """The changes as a JSON object."""
    return {
        "added": [one.url for one in changes.added],
        "changed": {after.url: list(_fields(before, after)) for before, after in changes.changed},
        "removed": [one.url for one in changes.removed],
        "unchanged": changes.unchanged,
    }


def _fields(before: WatchedSource, after: WatchedSource) -> Sequence[str]:
    old, new = msgspec.to_builtins(to_spec(before)), msgspec.to_builtins(to_spec(after))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return [f"{name} {_shown(old.get(name))} -> {_shown(new.get(name))}" for name in names]


def _shown(value: object) -> str:
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
