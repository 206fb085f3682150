"""`audit`: each change of a track, source or key is recorded with who made it, and listed from Elasticsearch."""

import asyncio

import pytest

from connectors.elastic.client import async_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.store import ElasticStore
from streams.agents.store import store_audit
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Change
from streams.runtime.settings import Settings
from tests.agents.doubles import at, tools
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside


def recorded(on_topics: Topics, subject: str) -> list[Change]:
    return [decode(one.value, Change) for one in on_topics.read(topics.AUDIT) if one.key == subject.encode()]


def stored(settings: Settings, changes: list[Change]) -> None:
    """As the worker's stage does it."""

    async def store() -> None:
        async with async_client(settings) as client:
            services = tools(store=ElasticStore(client, settings.index_prefix))
            await store_audit.handle(changes, services, [at(number) for number in range(len(changes))])

    asyncio.run(store())
    with SearchClient(settings) as client:
        Search(client, settings.index_prefix).refresh()


def test_changes_of_a_track_are_recorded_and_listed(
    storywatch: Inside, stack: Settings, on_topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYWATCH_USER", "jo@night-desk")
    hook = ("--webhook", "https://desk.example/hook/t0ken", "--json")
    track = storywatch("track", "add", "--query", "audited breakwater", *hook).json
    storywatch("track", "edit", track["id"], "--backfill", "--new-secret")
    storywatch("track", "remove", track["id"])
    added, changed, removed = recorded(on_topics, track["id"])
    assert [added.action, changed.action, removed.action] == ["added", "changed", "removed"]
    stored(stack, [added, changed, removed])
    listed = storywatch("audit", "--of", track["id"][:6], "--json")
    assert [(one["action"], one["by"]) for one in listed.json] == [
        ("removed", "jo@night-desk"),
        ("changed", "jo@night-desk"),
        ("added", "jo@night-desk"),
    ]
    assert [one["name"] for one in listed.json[1]["fields"]] == ["backfill", "secret"]
    shown = storywatch("audit", "--of", "audited breakwater", "--by", "jo", "--kind", "track")
    assert "backfill: no -> yes" in shown.out
    assert "t0ken" not in listed.out + shown.out + str(added)
    assert "whsec_" not in listed.out + shown.out + str(changed)
    assert storywatch("audit", "--of", track["id"], "--kind", "key").err == "no matching changes\n"


def test_changes_of_sources_and_keys_are_recorded(storywatch: Inside, on_topics: Topics) -> None:
    storywatch("source", "add", "https://audited.example/feed.xml", "--no-test")
    [source] = [one for one in storywatch("source", "list", "--json").json if "audited" in one["url"]]
    storywatch("source", "edit", source["id"], "--interval", "5m")
    storywatch("source", "pause", source["id"])
    storywatch("source", "remove", source["id"])
    found = recorded(on_topics, source["id"])
    assert [one.action for one in found] == ["added", "changed", "changed", "removed"]
    assert [one.fields[0].name for one in found[1:3]] == ["interval", "paused"]
    made = storywatch("key", "add", "audited-cms", "--scope", "push", "--json").json
    storywatch("key", "revoke", made["id"])
    added, revoked = recorded(on_topics, made["id"])
    assert (added.kind, added.action, revoked.action) == ("key", "added", "changed")
    assert [one.name for one in revoked.fields] == ["revoked"]
    assert made["key"] not in str(added)


def test_a_command_that_cannot_record_changes_nothing(inside: Inside) -> None:
    assert inside("audit").code != 0
    assert "127.0.0.1:9" in inside("audit").one_line()
