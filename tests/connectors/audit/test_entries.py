"""Entries of the audit log: what changed, without secrets, within bounds."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from connectors.audit.entries import MAX_CHARACTERS, MAX_FIELDS, View, entry
from connectors.audit.writing import Edit
from connectors.cli.alerts.tracks import AUDITED
from connectors.cli.common.user import current_user
from streams.contract.messages import Change, Track, Webhook

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
HOOK = Webhook(url="https://desk.example/hook/t0ken", secret="whsec_b25lIHNlY3JldCBvZiBhIGRlc2s")
TRACK = Track(id="t1", name="Dam", created_at=NOW, query="dam", webhook=HOOK)


def made(before: View | None, after: View | None) -> Change | None:
    return entry("track", "t1", "Dam", before, after, by="jo@desk", at=NOW)


def audited(before: Track | None, after: Track | None) -> Change:
    found = AUDITED.entry(Edit(before, after), by="jo@desk", at=NOW)
    assert found is not None
    return found


def test_only_changed_fields_are_in_an_entry() -> None:
    found = made({"a": 1, "hook": {"url": "x", "on": True}}, {"a": 1, "hook": {"url": "y", "on": False}, "tags": ["b"]})
    assert found is not None
    assert (found.action, found.subject, found.by, found.at) == ("changed", "t1", "jo@desk", NOW)
    assert [(one.name, one.before, one.after) for one in found.fields] == [
        ("hook.url", "x", "y"),
        ("hook.on", "yes", "no"),
        ("tags", "", "b"),
    ]


def test_no_difference_is_no_entry() -> None:
    assert made({"a": None}, {"a": None}) is None


def test_long_values_and_many_fields_are_cut() -> None:
    found = made(None, {f"field{number}": "x" * 5_000 for number in range(500)})
    assert found is not None
    assert len(found.fields) == MAX_FIELDS
    assert len(found.fields[0].after) == MAX_CHARACTERS


def test_a_track_is_added_changed_and_removed() -> None:
    assert audited(None, TRACK).action == "added"
    assert audited(TRACK, None).action == "removed"
    changed = audited(TRACK, replace(TRACK, backfill=True))
    assert [(one.name, one.before, one.after) for one in changed.fields] == [("backfill", "no", "yes")]


@pytest.mark.parametrize(
    ("hook", "fields"),
    [
        (replace(HOOK, secret="whsec_YW5vdGhlciBzZWNyZXQgb2YgYSBkZXNr"), {"secret"}),
        (replace(HOOK, url="https://desk.example/hook/0ther"), {"webhook.receiver"}),
    ],
    ids=["secret", "path"],
)
def test_a_changed_secret_is_told_and_not_shown(hook: Webhook, fields: set[str]) -> None:
    found = audited(TRACK, replace(TRACK, webhook=hook))
    assert {one.name for one in found.fields} == fields
    for change in (found, audited(None, TRACK), audited(TRACK, None)):
        assert not [text for text in ("t0ken", "0ther", "whsec", "b25lIHN", "YW5vdGh") if text in str(change)]


def test_who_is_the_login_or_what_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORYWATCH_USER", raising=False)
    assert "@" in current_user()
    monkeypatch.setenv("STORYWATCH_USER", " Jo of the\nnight desk ")
    assert current_user() == "Jo of the night desk"
