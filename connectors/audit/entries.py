"""Two states of a configured object -> the entry of the audit log that says what changed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from streams.contract.messages import Change, ChangedField, clipped, digest
from streams.contract.messages.changes import Action, Subject

MAX_FIELDS = 100
MAX_CHARACTERS = 1_000  # of a value

View = Mapping[str, Any]  # the fields of an object as plain values, without any secret


def entry(
    kind: Subject, subject: str, name: str, before: View | None, after: View | None, *, by: str, at: datetime
) -> Change | None:
    """The entry for an object that was added (``before`` is None), removed (``after`` is None) or changed.

    Returns None if nothing differs.
    """
    fields = tuple(_differences(dict(_flat(before or {})), dict(_flat(after or {}))))
    if before is not None and after is not None and not fields:
        return None
    action: Action = "added" if before is None else "removed" if after is None else "changed"
    return Change(
        id=digest("change", kind, subject, action, by, at.isoformat()),
        at=at,
        by=by,
        action=action,
        kind=kind,
        subject=subject,
        name=name,
        fields=fields[:MAX_FIELDS],
    )


def test_entry(receiver: str, *, by: str, at: datetime) -> Change:
    """The entry for a test that is sent to a receiver, which changes nothing."""
    key = digest("change", "receiver", receiver, "tested", by, at.isoformat())
    return Change(id=key, at=at, by=by, action="tested", kind="receiver", subject=receiver, name=receiver)


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[ChangedField]:
    for name in {**old, **new}:
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            yield ChangedField(name=name, before=clipped(before, MAX_CHARACTERS), after=clipped(after, MAX_CHARACTERS))


def _flat(view: View, path: str = "") -> Iterator[tuple[str, str]]:
    """The values with dotted names, as text."""
    for name, value in view.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_text, value))
    return str(value)
