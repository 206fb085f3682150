"""`receiver`, `channel` and `deliveries`: what is saved, shown, tested and sent again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import alert_document, notice_document
from connectors.webhooks.receiving import Received
from streams.alerts.receivers import for_receivers, named_receiver_id
from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.messages import Alert, Answer, Delivery, NamedReceiver, Track
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics, store
from tests.connectors.cli.running import Inside
from tests.connectors.listening import listening
from tests.fiction import notice

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "https://desk.example/hook"


def saved(on_topics: Topics, name: str) -> NamedReceiver:
    *_, value = [record.value for record in on_topics.read(topics.RECEIVERS) if record.key == name.encode()]
    return decode(value, NamedReceiver)


def test_a_receiver_is_added_and_its_secret_shown_once(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch("receiver", "add", "desk", "--url", HOOK, "--per-minute", "30", "--label", "night")
    made = saved(on_topics, "desk")
    assert ran.out.count(made.hook.secret) == 1
    assert (made.hook.url, made.per_minute, made.labels) == (HOOK, 30, ("night",))
    listed = storywatch("receiver", "list", "--json").json
    [one] = [each for each in listed if each["name"] == "desk"]
    assert (one["address"], one["channel"], one["state"]) == ("https://desk.example/", "webhook", "sending")
    assert made.hook.secret not in json.dumps(listed)
    assert "already" in storywatch("receiver", "add", "desk", "--url", HOOK).one_line()


def test_a_chat_needs_no_secret_and_mail_has_a_password(storywatch: Inside, on_topics: Topics, tmp_path: Path) -> None:
    assert storywatch("receiver", "add", "chat", "--channel", "slack", "--url", HOOK).code == 0
    assert saved(on_topics, "chat").hook.secret == ""
    (tmp_path / "password").write_text("not a whsec\n")
    url = "smtp://desk@mail.example/?from=desk@mail.example&to=night@mail.example"
    mail = ("receiver", "add", "mail", "--channel", "email", "--url", url)
    assert "password" in storywatch(*mail).one_line()
    assert storywatch(*mail, "--secret-file", tmp_path / "password").code == 0
    assert saved(on_topics, "mail").hook.secret == "not a whsec"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("Desk", "--url", HOOK), "no name"),
        (("a/b", "--url", HOOK), "no name"),
        (("odd",), "--url"),
        (("odd", "--url", HOOK, "--channel", "fax"), "there is no channel fax"),
        (("odd", "--url", "http://127.0.0.1/"), "--allow-private"),
        (("odd", "--url", HOOK, "--secret", "c2hvcnQ="), "24 to 64 bytes"),
        (("odd", "--url", HOOK, "--template", "missing.j2"), "cannot be read"),
        (("odd", "--url", HOOK, "--template", "broken.j2"), "template, line 2"),
        (("odd", "--url", HOOK, "--content-type", "x\nX-Evil: 1"), "no media type"),
        (("odd", "--channel", "email", "--url", "smtp://mail.example/"), "e-mail address"),
    ],
)
def test_what_cannot_be_a_receiver_is_one_line(
    storywatch: Inside, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    (tmp_path / "broken.j2").write_text("{{ type }}\n{% if %}")
    ran = storywatch("receiver", "add", *options)
    assert (says in ran.one_line(), ran.code) == (True, 2)


def test_a_new_secret_signs_beside_the_former_one(storywatch: Inside, on_topics: Topics) -> None:
    storywatch("receiver", "add", "turned", "--url", HOOK, "--secret", SECRET)
    storywatch("receiver", "edit", "turned", "--new-secret", "--overlap", "2h")
    hook = saved(on_topics, "turned").hook
    assert (hook.secret != SECRET, hook.former_secret) == (True, SECRET)
    assert hook.former_until is not None
    storywatch("receiver", "edit", "turned", "--secret", SECRET, "--overlap", "0s")
    assert saved(on_topics, "turned").hook.secret == SECRET


def test_a_receiver_is_paused_resumed_and_removed(storywatch: Inside, on_topics: Topics) -> None:
    storywatch("receiver", "add", "night", "--url", HOOK)
    storywatch("receiver", "pause", "night")
    assert saved(on_topics, "night").paused_at is not None
    assert "paused by hand" in storywatch("receiver", "show", "night").out
    storywatch("receiver", "resume", "night")
    resumed = saved(on_topics, "night")
    assert (resumed.paused_at, resumed.hook.resumed_at is not None) == (None, True)
    track = storywatch("track", "add", "--query", "ferry night", "--receiver", "night", "--json").json["id"]
    assert f"such as {track}" in storywatch("receiver", "remove", "night").one_line()
    assert storywatch("receiver", "remove", "night", "--force").code == 0
    assert "there is no receiver" in storywatch("receiver", "show", "night").one_line()
    storywatch("track", "remove", track)


def test_a_track_names_receivers_that_there_are(storywatch: Inside, on_topics: Topics) -> None:
    storywatch("receiver", "add", "one", "--url", HOOK)
    storywatch("receiver", "add", "two", "--url", HOOK)
    add = ("track", "add", "--query", "ferry one", "--receiver", "one", "--receiver", "two")
    assert "no receiver 'three'" in storywatch(*add, "--receiver", "three").one_line()
    key = storywatch(*add, "--json").json["id"]
    [track] = [decode(record.value, Track) for record in on_topics.read(topics.TRACKS) if record.key == key.encode()]
    assert track.receivers == ("one", "two")
    assert "one, two" in storywatch("track", "show", key).out
    storywatch("track", "edit", key, "--receiver", "two")
    assert storywatch("track", "show", key, "--json").json["receivers"] == ["two"]
    storywatch("track", "remove", key)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[Received]]]:
    with listening(SECRET) as found:
        yield found


def test_a_test_is_sent_from_here(storywatch: Inside, heard: tuple[str, list[Received]]) -> None:
    url, got = heard
    storywatch("receiver", "add", "here", "--url", url, "--allow-private", "--secret", SECRET)
    ran = storywatch("receiver", "test", "here", "--json")
    assert (ran.code, ran.json["outcome"], ran.json["code"]) == (0, "delivered", 204)
    assert storywatch("receiver", "test", "here", "--alert").code == 0
    assert [one.payload["type"] for one in got] == ["storywatch.test", "story.new_source"]
    storywatch("receiver", "edit", "here", "--new-secret", "--overlap", "0s")
    ran = storywatch("receiver", "test", "here")
    assert (ran.code, "401" in ran.err) == (1, True)


def test_a_preview_sends_nothing(storywatch: Inside, tmp_path: Path) -> None:
    (tmp_path / "line.j2").write_text("{{ data.track.name }}: {{ data.article.title }}")
    ran = storywatch("channel", "preview", "webhook", "--template", "line.j2", "--content-type", "text/plain")
    assert ran.out.startswith("Example: harbour wall: ")
    assert "text/plain" in ran.err
    assert "blocks" in json.loads(storywatch("channel", "preview", "slack").out)
    (tmp_path / "bad.j2").write_text("{{ nothing }}")
    assert "'nothing' is undefined" in storywatch("channel", "preview", "webhook", "--template", "bad.j2").one_line()
    assert "slack" in storywatch("channel", "list").out


# --- deliveries -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def delivered_alerts(stack: Settings) -> list[Alert]:
    """Two alerts to the receiver ``log``: one failed, one waits. They are on their topic and stored."""
    track = Track(id="abcdef012345", name="Pier", created_at=fiction.NOON, receivers=("log",))
    answers = (Answer(at=fiction.NOON, code=500, error="answered 500: busy", ms=31, excerpt="busy"),)
    failed = Delivery(status="failed", attempts=1, at=fiction.NOON, code=500, error="answered 500", answers=answers)
    made = []
    for number, delivery in ((71, failed), (72, Delivery(status="pending"))):
        [one] = for_receivers(fiction.alert(number, Delivery(status="pending")), track)
        made.append(replace(one, delivery=delivery))
    on_topics = Topics(stack)
    for one in made:
        on_topics.write(topics.ALERTS, one.receiver, encode(one))
    store(stack, [alert_document(one) for one in made])
    with SearchClient(stack) as client:
        Search(client, stack.index_prefix).refresh()
    return made


def states(on_topics: Topics, of: Alert) -> list[Delivery]:
    found = [decode(record.value, Alert) for record in on_topics.read(topics.ALERTS)]
    return [one.delivery for one in found if one.id == of.id]


def test_deliveries_are_listed_and_shown_with_attempts(storywatch: Inside, delivered_alerts: list[Alert]) -> None:
    failed, waiting = delivered_alerts
    listed = storywatch("deliveries", "list", "--receiver", "log", "--json").json
    assert [one["alert"] for one in listed] == [waiting.id, failed.id]
    only = storywatch("deliveries", "list", "--receiver", "log", "--status", "failed", "--json").json
    assert [one["alert"] for one in only] == [failed.id]
    assert only[0]["receiver_id"] == named_receiver_id("log")
    shown = storywatch("deliveries", "show", failed.id[:12]).out
    for part in ("500", "31 ms", "busy", "log"):
        assert part in shown
    assert "one of" in storywatch("deliveries", "list", "--status", "odd").one_line()
    assert "there is no alert" in storywatch("deliveries", "show", "ffffffffffff").one_line()


def test_deliveries_are_retried_replayed_and_cancelled(
    storywatch: Inside, on_topics: Topics, delivered_alerts: list[Alert]
) -> None:
    failed, waiting = delivered_alerts
    assert storywatch("deliveries", "retry", failed.id[:10], "--json").json == {"alerts": [failed.id]}
    asked = states(on_topics, failed)[-1]
    assert (asked.status, asked.base, asked.next_at is not None) == ("retrying", 2, True)
    replay = ("deliveries", "replay", "--since", "2026-03-01", "--receiver", "log")
    assert storywatch(*replay, "--dry-run", "--json").json == {"alerts": [failed.id, waiting.id]}
    assert storywatch("deliveries", "cancel", waiting.id, "--json").json == {"alerts": [waiting.id]}
    ended = states(on_topics, waiting)[-1]
    assert (ended.status, ended.error) == ("cancelled", "cancelled by hand")
    assert storywatch(*replay, "--failed", "--json").json == {"alerts": []}
    assert f"{waiting.id[:12]} does not wait: it is cancelled" in storywatch("deliveries", "cancel", waiting.id).err
    assert "no alert of that time" in storywatch(*replay, "--failed").err
    assert storywatch("deliveries", "retry", waiting.id, "--json").json == {"alerts": [waiting.id]}
    assert "there is no alert" in storywatch("deliveries", "retry", "ffffffff").one_line()
    nobody = storywatch("deliveries", "replay", "--since", "2026-03-01", "--receiver", "lgo")
    assert (nobody.code, "there is no receiver 'lgo'" in nobody.one_line()) == (2, True)


def test_a_replay_says_that_its_receiver_is_paused(
    storywatch: Inside, on_topics: Topics, delivered_alerts: list[Alert]
) -> None:
    storywatch("receiver", "add", "log", "--url", "https://desk.example/hook")
    storywatch("receiver", "pause", "log")
    again = storywatch("deliveries", "retry", delivered_alerts[0].id)
    assert "receiver log is paused by hand" in again.err
    assert "receiver resume log" in again.err
    shown = storywatch("receiver", "show", "log").out
    assert "allow private       no" in shown
    assert "+00:00" not in shown
    storywatch("receiver", "remove", "log")


def test_notices_about_sources_are_in_the_delivery_log(storywatch: Inside, on_topics: Topics, stack: Settings) -> None:
    answers = (Answer(at=fiction.NOON, code=503, error="answered 503: full", ms=31),)
    failed = Delivery(status="failed", attempts=1, at=fiction.NOON, code=503, error="answered 503", answers=answers)
    made = replace(notice("broken"), id="50fa" * 8, receiver_name="night", made_at=fiction.NOON, delivery=failed)
    on_topics.write(topics.ALERTS, made.receiver, encode(made))
    store(stack, [notice_document(made)])
    assert [one["alert"] for one in storywatch("deliveries", "list", "--receiver", "night", "--json").json] == [made.id]
    assert "The Paper: broken" in storywatch("deliveries", "list", "--receiver", "night").out
    [one] = storywatch("deliveries", "list", "--sources", "--status", "failed", "--json").json
    assert (one["health"], one["source_id"], one["track"]) == ("broken", "w1", None)
    shown = storywatch("deliveries", "show", made.id[:12]).out
    for part in ("The Paper: broken (w1)", "nothing new since 09:30", "answered 503: full", "31 ms"):
        assert part in shown
    assert storywatch("deliveries", "retry", made.id[:12], "--json").json == {"alerts": [made.id]}
    replay = ("deliveries", "replay", "--since", "2026-03-01", "--receiver", "night", "--dry-run", "--json")
    assert storywatch(*replay).json == {"alerts": [made.id]}
    assert storywatch("deliveries", "cancel", made.id, "--json").json == {"alerts": [made.id]}
    assert "either --sources or --track" in storywatch("deliveries", "list", "--sources", "--track", "x").one_line()
