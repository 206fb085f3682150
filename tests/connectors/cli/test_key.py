"""`key`: an API key is shown once, listed without its text, and revoked by name or id."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.api.access.keys import is_text_of, key_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import ApiKey
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside


def test_a_key_is_printed_once_and_stored_as_a_hash(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch("key", "add", "cms one", "--scope", "push", "--scope", "read", "--scope", "push")
    assert ran.code == 0
    [text] = ran.lines
    assert "not shown again" in ran.err
    stored = [decode(one.value, ApiKey) for one in on_topics.read(topics.API_KEYS)]
    [key] = [one for one in stored if one.id == key_id(text)]
    assert (key.name, key.scopes) == ("cms one", ("push", "read"))
    assert is_text_of(key, text)
    assert all(text.encode() not in (one.value or b"") for one in on_topics.read(topics.API_KEYS))
    listed = storywatch("key", "list")
    assert "cms one" in listed.out
    assert text not in listed.out


def test_programs_get_the_key_and_its_expiry(storywatch: Inside) -> None:
    made = storywatch("key", "add", "dashboard", "--scope", "read", "--expires", "90d", "--json").json
    expires = datetime.fromisoformat(made["expires"])
    assert timedelta(days=89) < expires - datetime.now(UTC) < timedelta(days=91)
    assert key_id(made["key"]) == made["id"]
    [listed] = [one for one in storywatch("key", "list", "--json").json if one["id"] == made["id"]]
    assert (listed["state"], listed["scopes"], listed["last_used"]) == ("valid", ["read"], None)
    assert "key" not in listed


def test_a_key_is_revoked_by_its_name_and_stays_listed(storywatch: Inside) -> None:
    made = storywatch("key", "add", "wire", "--scope", "push", "--json").json
    assert storywatch("key", "revoke", "wire").code == 0
    [listed] = [one for one in storywatch("key", "list", "--json").json if one["id"] == made["id"]]
    assert listed["state"] == "revoked"
    first = listed["revoked"]
    assert storywatch("key", "revoke", made["id"], "--json").json["revoked"] == first, "once"
    assert "no API key 'wire'" in storywatch("key", "revoke", "wire").one_line()


def test_a_name_of_two_keys_needs_an_id(storywatch: Inside) -> None:
    for _ in range(2):
        assert storywatch("key", "add", "twice", "--scope", "read").code == 0
    assert "2 API keys have the name" in storywatch("key", "revoke", "twice").one_line()


@pytest.mark.parametrize(
    "arguments",
    [
        ("x",),
        ("x", "--scope", "all"),
        ("x", "--scope", "read", "--expires", "soon"),
        ("x", "--scope", "read", "--expires", "2020-01-01"),
        ("", "--scope", "read"),
        ("a\nb", "--scope", "read"),
        ("x" * 81, "--scope", "read"),
    ],
    ids=["no scope", "unknown scope", "no time", "past", "no name", "lines", "long"],
)
def test_a_key_that_cannot_be_made_is_one_line(inside: Inside, arguments: tuple[str, ...]) -> None:
    ran = inside("key", "add", *arguments)
    assert ran.code == 2
    ran.one_line()
