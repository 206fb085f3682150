"""What applying a file changes: the objects that it describes compared with those that are there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from connectors.audit.writing import Edit
from streams.contract.messages import Message

M = TypeVar("M", bound=Message)

Fields = Callable[[M], Mapping[str, Any]]  # of an object as the file has them


@dataclass(frozen=True)
class Changes(Generic[M]):
    """``changed``: (before, after)."""

    added: tuple[M, ...]
    changed: tuple[tuple[M, M], ...]
    removed: tuple[M, ...]
    unchanged: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    @property
    def edits(self) -> list[Edit[M]]:
        """The changes to write."""
        return [
            *(Edit(None, one) for one in self.added),
            *(Edit(before, after) for before, after in self.changed),
            *(Edit(one, None) for one in self.removed),
        ]

    def lines(self, name: Callable[[M], str], fields: "Fields[M]") -> list[str]:
        """One line for each change, as a diff has them."""
        return [
            *(f"+ {name(one)}" for one in self.added),
            *(f"~ {name(after)}: {', '.join(_told(fields(old), fields(after)))}" for old, after in self.changed),
            *(f"- {name(one)}" for one in self.removed),
        ]

    def report(self, name: Callable[[M], str], fields: "Fields[M]") -> dict[str, object]:
        """The changes as a JSON object."""
        return {
            "added": [name(one) for one in self.added],
            "changed": {name(after): _told(fields(old), fields(after)) for old, after in self.changed},
            "removed": [name(one) for one in self.removed],
            "unchanged": self.unchanged,
        }

    def summary(self) -> str:
        """The numbers in a line."""
        return (
            f"{len(self.added):,} added, {len(self.changed):,} changed, {len(self.removed):,} removed, "
            f"{self.unchanged:,} unchanged"
        )


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[str]:
    """The differences; of a change that the fields do not show, that it is one of a secret."""
    return differences(old, new) or ("another secret",)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[str]:
    """``name before -> after`` for each field that differs; the fields of a part have its name before theirs."""
    found: list[str] = []
    for name in {**old, **new}:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += [f"{name}.{inner}" for inner in differences(before, after)]
        else:
            found.append(f"{name} {_shown(before)} -> {_shown(after)}")
    return found


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{name} {_shown(one)}" for name, one in value.items()) + ")"
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
