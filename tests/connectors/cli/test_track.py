"""`track`: what is followed is on its topic as the pipeline reads it; secrets are shown once."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import alert_document, article_document
from connectors.files.read import read
from connectors.webhooks.sealing import new_key
from streams import cleaning
from streams.alerts.decide import AlertLedger
from streams.alerts.receivers import receiver_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Candidate, Delivery, Lane, Muted, RawArticle, Track, Webhook
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics, store
from tests.connectors.cli.running import Inside
from tests.fiction import NOON


def saved(on_topics: Topics, key: str) -> Track:
    *_, value = [record.value for record in on_topics.read(topics.TRACKS) if record.key == key.encode()]
    return decode(value, Track)


def latest(on_topics: Topics, key: str) -> Track:
    values = [record.value for record in on_topics.read(topics.TRACKS) if record.key == key.encode()]
    return decode(values[-1], Track)


def test_a_story_is_selected_by_a_prefix_of_its_id(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch("track", "add", "--story", fiction.STORY[:7], "--at-sources", "3", "--backfill", "--json")
    assert ran.code == 0
    track = saved(on_topics, ran.json["id"])
    assert track.story == fiction.STORY
    assert track.name == fiction.PIER.title
    assert (track.at_sources, track.independent, track.backfill, track.webhook) == (3, True, True, None)


@pytest.mark.parametrize("example", [f"{2:032x}", "https://echo.example/pier-2"], ids=["id", "url"])
def test_an_example_article_leads_to_its_story(storywatch: Inside, on_topics: Topics, example: str) -> None:
    ran = storywatch(
        "track", "add", "--article", example, "--all-publishers", "--name", "The pier", "--again", "--json"
    )
    track = saved(on_topics, ran.json["id"])
    assert (track.story, track.name, track.independent) == (fiction.STORY, "The pier", False)


def test_a_file_selects_the_story_of_its_article(
    storywatch: Inside, stack: Settings, on_topics: Topics, tmp_path: Path
) -> None:
    text = (
        "Lighthouse keeper retires\n\nThe keeper of the lighthouse at Dunmoor retires after forty years of service.\n"
    )
    (tmp_path / "keeper.txt").write_text(text)
    [arrived] = read([tmp_path / "keeper.txt"], lane=Lane.LIVE)
    assert isinstance(arrived, RawArticle)
    filed = fiction.filed(fiction.article(9, fiction.MAIL, "Lighthouse", id=cleaning.clean(arrived).id))
    store(stack, [article_document(filed)])
    with SearchClient(stack) as client:
        Search(client, stack.index_prefix).refresh()
    ran = storywatch("track", "add", "--article", tmp_path / "keeper.txt", "--json")
    assert saved(on_topics, ran.json["id"]).story == fiction.STORY


def test_an_article_that_has_not_arrived_is_awaited(storywatch: Inside, on_topics: Topics, tmp_path: Path) -> None:
    page = tmp_path / "coming.html"
    page.write_text(
        '<link rel="canonical" href="https://tarn.example/ferry"><h1>Ferry strikes the pier</h1>'
        f"<article><p>{'The ferry to Tarn struck the old pier on Monday. ' * 6}</p></article>"
    )
    [arrives] = read([page], lane=Lane.LIVE)
    assert isinstance(arrives, RawArticle)
    awaited = {
        "https://tarn.example/unknown?utm_source=mail": 'url:"https://tarn.example/unknown?utm_source=mail"',
        str(page): f"id:{cleaning.clean(arrives).id}",
    }
    for article, query in awaited.items():
        ran = storywatch("track", "add", "--article", article, "--json")
        track = saved(on_topics, ran.json["id"])
        assert (track.story, track.query, track.name) == (None, query, article)


@pytest.fixture
def bridge(stack: Settings) -> None:
    store(stack, fiction.bridge_documents())
    with SearchClient(stack) as client:
        Search(client, stack.index_prefix).refresh()


@pytest.mark.parametrize("given", ["option", "stdin", "file"])
@pytest.mark.usefixtures("bridge")
def test_a_text_leads_to_the_story_it_belongs_to(
    storywatch: Inside, on_topics: Topics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    (tmp_path / "retold.txt").write_text(fiction.RETOLD)
    monkeypatch.setattr("sys.stdin", io.StringIO(fiction.RETOLD))
    options = {"option": ("--text", fiction.RETOLD), "stdin": ("--text", "-"), "file": ("--article", "retold.txt")}
    ran = storywatch("track", "add", *options[given], "--again", "--json")
    assert ran.code == 0, ran.err
    track = saved(on_topics, ran.json["id"])
    assert (track.story, track.name) == (fiction.BRIDGE, "Bridge at Varnholm sinks")


def test_a_text_that_no_story_has_is_awaited(storywatch: Inside, on_topics: Topics) -> None:
    text = 'Choir sings "Tide" in Oslo\n\nThe choir of Northfell sang for an hour. Then it went home by train.'
    ran = storywatch("track", "add", "--text", text, "--json")
    assert ran.code == 0, ran.err
    track = saved(on_topics, ran.json["id"])
    assert track.story is None
    assert track.query == '"Choir sings Tide in Oslo" | "The choir of Northfell sang for an hour."'


def test_a_query_is_saved_as_typed_and_names_are_folded(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch(
        *("track", "add", "--query", 'Ferry "ran AGROUND" -film', "--entity", "The Élin Varga", "--json"),
        *("--entity", "Place:Dunmoor"),
    )
    track = saved(on_topics, ran.json["id"])
    assert (track.query, track.words) == ('Ferry "ran AGROUND" -film', ())
    assert ran.json["query"] == 'Ferry "ran AGROUND" -film'
    assert track.entities == ("elin varga", "place:dunmoor")
    assert track.story is None


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--story", "badbad", "storywatch stories"),
        ("--story", "5aa", "at least"),
        ("--article", "deadbeef", "storywatch search"),
        ("--article", 'https://tarn.example/un"known', "query: column"),
        ("--article", "missing.txt", "there is no file missing.txt"),
        ("--article", "empty.txt", "empty"),
        ("--article", "two.jsonl", "2 articles"),
        ("--text", "", "--text: empty"),
    ],
)
def test_what_cannot_be_followed_is_one_line(
    storywatch: Inside, tmp_path: Path, option: str, value: str, says: str
) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "two.jsonl").write_text('{"title": "one"}\n{"title": "two"}\n')
    ran = storywatch("track", "add", option, value)
    assert says in ran.one_line()
    assert ran.code == 2


@pytest.fixture
def with_webhook(storywatch: Inside) -> Iterator[tuple[str, str]]:
    """A track with a webhook on this machine: its id, and all that its making printed."""
    hook = ("--webhook", "http://127.0.0.1:8080/hook", "--allow-private")
    ran = storywatch("track", "add", "--query", "lighthouse", *hook)
    assert ran.code == 0
    key = ran.lines[0].split()[1]
    assert "STORYWATCH_WEBHOOK_SECRET=SECRET storywatch listen --port 8080" in ran.err
    yield key, ran.out
    storywatch("track", "remove", key)


def test_a_new_secret_is_shown_once(storywatch: Inside, on_topics: Topics, with_webhook: tuple[str, str]) -> None:
    key, out = with_webhook
    hook = saved(on_topics, key).webhook
    assert hook is not None
    assert hook.allow_private
    assert hook.secret.startswith("whsec_")
    assert out.count(hook.secret) == 1
    for command in (("list",), ("list", "--json"), ("show", key), ("show", key, "--json")):
        ran = storywatch("track", *command)
        assert ran.code == 0
        assert key in ran.out
        assert "whsec_" not in ran.out + ran.err
        assert hook.secret.removeprefix("whsec_") not in ran.out + ran.err


def test_a_given_secret_is_saved_and_never_printed(storywatch: Inside, on_topics: Topics) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    hook = ("--webhook", "https://desk.example/hook", "--secret", secret)
    ran = storywatch("track", "add", "--query", "pier", *hook, "--json")
    track = saved(on_topics, ran.json["id"])
    assert track.webhook is not None
    assert track.webhook.secret == secret
    assert "MfKQ9" not in ran.out + ran.err


def test_a_webhook_is_encrypted_and_its_key_can_be_replaced(
    storywatch: Inside, on_topics: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    hook = ("--webhook", "https://desk.example/hook/T0PSECRET", "--secret-file", str(secret))
    key = storywatch("track", "add", "--query", "breakwater", *hook, "--json").json["id"]
    first = saved(on_topics, key).webhook
    assert first is not None
    assert first.url.endswith("T0PSECRET")
    old, new = new_key(), new_key()
    monkeypatch.setenv("STORYWATCH_SECRETS_KEY", old)
    assert storywatch("track", "reencrypt").code == 0
    closed = latest(on_topics, key).webhook
    assert closed is not None
    assert (closed.url, closed.secret) == ("https://desk.example/", "")
    monkeypatch.setenv("STORYWATCH_SECRETS_KEY", f"{new},{old}")
    assert storywatch("track", "reencrypt").code == 0
    monkeypatch.setenv("STORYWATCH_SECRETS_KEY", new)
    webhook = storywatch("track", "show", key, "--json").json["webhook"]
    assert (webhook["url"], webhook["key_missing"]) == ("https://desk.example/hook/T0PSECRET", False)
    monkeypatch.delenv("STORYWATCH_SECRETS_KEY")
    assert storywatch("track", "show", key, "--json").json["webhook"]["key_missing"] is True
    shown = storywatch("track", "show", key)
    assert "https://desk.example/ (encrypted; its key is not set)" in shown.out
    assert "T0PSECRET" not in shown.out
    assert "STORYWATCH_SECRETS_KEY" in storywatch("track", "reencrypt").one_line()
    assert storywatch("track", "remove", key).code == 0


@pytest.fixture
def gone(stack: Settings) -> Iterator[str]:
    """The URL of a receiver that answered 410 to an alert."""
    url = "https://gone.example/hook"
    state = Delivery(status="failed", attempts=1, at=fiction.NOON, code=410, error="410", off=True)
    document = alert_document(replace(fiction.alert(77, state), receiver=receiver_id(Webhook(url=url))))
    store(stack, [document])
    with SearchClient(stack) as asking, sync_client(stack) as client:
        Search(asking, stack.index_prefix).refresh()
        yield url
        client.delete(index=f"{stack.index_prefix}{document.index}", id=document.id, refresh=True)


def test_a_switched_off_receiver_is_shown_and_resumed(storywatch: Inside, gone: str) -> None:
    made = [
        storywatch("track", "add", "--query", word, "--webhook", gone, "--json").json["id"] for word in ("quay", "mole")
    ]

    def off() -> list[object]:
        listed = {one["id"]: one["webhook"] for one in storywatch("track", "list", "--json").json}
        return [listed[id_]["off_since"] for id_ in made]

    assert all(off()), "both tracks have this receiver"
    assert f"storywatch track resume {made[0]}" in storywatch("track", "show", made[0]).out
    assert "410" in storywatch("track", "list").out
    told = " ".join(storywatch("status").out.split())
    assert "receiver gone.example off it said at " in told
    assert f"`storywatch track resume {made[0]}` switches it on" in told
    [listed] = storywatch("status", "--json").json["receivers_off"]
    assert listed["host"] == "gone.example"
    assert list(listed["tracks"]) == made
    resumed = storywatch("track", "resume", made[0])
    assert resumed.code == 0
    assert all(id_ in resumed.out for id_ in made)
    assert not any(off())
    for id_ in made:
        storywatch("track", "remove", id_)


def test_a_removed_track_is_gone(storywatch: Inside) -> None:
    made = storywatch("track", "add", "--query", "orchard", "--json").json["id"]
    assert made in {one["id"] for one in storywatch("track", "list", "--json").json}
    assert storywatch("track", "remove", made[:8]).code == 0
    assert made not in {one["id"] for one in storywatch("track", "list", "--json").json}
    again = storywatch("track", "remove", made)
    assert again.code == 2
    assert "storywatch track list" in again.one_line()


def test_an_identical_track_needs_again(storywatch: Inside) -> None:
    made = storywatch("track", "add", "--query", "lantern -parade", "--json").json["id"]
    second = storywatch("track", "add", "--query", "lantern  -parade", "--name", "Another name")
    assert second.code == 2
    assert made in second.one_line()
    assert "--again" in second.one_line()
    assert storywatch("track", "add", "--query", "lantern -parade", "--at-sources", "3").code == 0
    assert storywatch("track", "add", "--query", "lantern -parade", "--again").code == 0


def test_an_invalid_query_is_refused_with_its_column(storywatch: Inside) -> None:
    ran = storywatch("track", "add", "--query", "lantern titel:parade")
    assert ran.code == 2
    assert "query: column 9: there is no field titel: did you mean title:?" in ran.one_line()


def test_a_query_that_nearly_all_articles_answer_needs_broad(storywatch: Inside, on_topics: Topics) -> None:
    refused = storywatch("track", "add", "--query", "the and of")
    assert refused.code == 2
    assert "--broad" in refused.one_line()
    allowed = storywatch("track", "add", "--query", "the and of", "--broad", "--json")
    assert saved(on_topics, allowed.json["id"]).query == "the and of"
    named = storywatch("track", "add", "--query", "language:en", "--entity", "Jane Doe", "--json")
    assert named.code == 0, "the name makes it rare"


def test_a_query_with_fields_is_saved_and_shown_as_typed(storywatch: Inside, on_topics: Topics) -> None:
    typed = 'title:(lantern OR lamp) sources:>=3 published:>"2031-05-01T10:00+02:00"'
    key = storywatch("track", "add", "--query", typed, "--json").json["id"]
    assert saved(on_topics, key).query == typed
    assert f"query: {typed}" in storywatch("track", "show", key).out


def test_an_edited_track_keeps_its_id_and_selection(
    storywatch: Inside, on_topics: Topics, with_webhook: tuple[str, str]
) -> None:
    key, _ = with_webhook
    before = saved(on_topics, key)
    ran = storywatch("track", "edit", key[:8], "--name", "Light", "--at-sources", "3", "--all-publishers", "--backfill")
    assert ran.code == 0
    after = saved(on_topics, key)
    assert after == replace(before, name="Light", at_sources=3, independent=False, backfill=True)
    storywatch("track", "edit", key, "--at-sources", "0", "--no-all-publishers", "--no-backfill", "--name", before.name)
    assert saved(on_topics, key) == before


def test_a_webhook_and_its_secret_can_be_changed(
    storywatch: Inside, on_topics: Topics, with_webhook: tuple[str, str]
) -> None:
    key, _ = with_webhook
    before = saved(on_topics, key).webhook
    assert before is not None
    ran = storywatch("track", "edit", key, "--webhook", "http://127.0.0.1:8081/new")
    assert ran.code == 0
    assert saved(on_topics, key).webhook == replace(before, url="http://127.0.0.1:8081/new")
    ran = storywatch("track", "edit", key, "--new-secret")
    new = saved(on_topics, key).webhook
    assert new is not None
    assert new.secret != before.secret
    assert ran.out.count(new.secret) == 1
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    ran = storywatch("track", "edit", key, "--secret", secret, "--json")
    newest = saved(on_topics, key).webhook
    assert newest is not None
    assert newest.former_until is not None
    both = {"secret": secret, "former_secret": new.secret, "former_until": newest.former_until}
    assert newest == replace(new, **both)  # both sign until then
    assert "MfKQ9" not in ran.out + ran.err
    assert storywatch("track", "edit", key, "--no-webhook").code == 0
    assert saved(on_topics, key).webhook is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "nothing to change"),
        (("--webhook", "https://desk.example/x", "--no-webhook"), "cannot be combined"),
        (("--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--new-secret"), "either"),
        (("--no-allow-private",), "private"),
    ],
)
def test_a_change_that_cannot_be_is_one_line(
    storywatch: Inside, with_webhook: tuple[str, str], options: tuple[str, ...], says: str
) -> None:
    ran = storywatch("track", "edit", with_webhook[0], *options)
    assert ran.code == 2
    assert says in ran.one_line()


def test_an_unreadable_track_does_not_hide_the_others(storywatch: Inside, on_topics: Topics) -> None:
    made = storywatch("track", "add", "--query", "meadow", "--json").json["id"]
    on_topics.write(topics.TRACKS, "strange", b"not a track")
    try:
        ran = storywatch("track", "list", "--json")
    finally:
        on_topics.write(topics.TRACKS, "strange", None)  # other tests expect one line
    assert ran.code == 0
    assert made in {one["id"] for one in ran.json}
    assert "strange" in ran.err


def test_rules_and_hours_are_set_shown_and_taken_back(storywatch: Inside, on_topics: Topics) -> None:
    rules = ["--set", "fires.growth=3/2h", "--set", "conditions.countries=NZ", "--set", "quiet=22:00-07:00"]
    made = storywatch("track", "add", "--query", "regatta", *rules, "--set", "time_zone=Europe/Berlin", "--json").json
    track = saved(on_topics, made["id"])
    assert (track.conditions.countries, track.time_zone) == (("NZ",), "Europe/Berlin")
    shown = storywatch("track", "show", made["id"])
    assert "3 sources within 2h" in shown.out
    assert "Europe/Berlin" in shown.out
    assert storywatch("track", "edit", made["id"], "--set", "quiet=none").code == 0
    assert (latest(on_topics, made["id"]).quiet, latest(on_topics, made["id"]).id) == ((), track.id)
    refused = storywatch("track", "edit", made["id"], "--set", "time_zone=Europe/Berlni")
    assert refused.code == 2
    assert "did you mean Europe/Berlin?" in refused.err


def test_a_track_is_paused_snoozed_muted_and_resumed(storywatch: Inside, on_topics: Topics) -> None:
    key = storywatch("track", "add", "--query", "lifeboat", "--json").json["id"]
    assert storywatch("track", "pause", key).code == 0
    assert latest(on_topics, key).paused
    assert storywatch("track", "snooze", key, "--until", "12h").code == 0
    assert storywatch("track", "snooze", key, "--until", "2001-01-01").code == 2
    listed = storywatch("track", "list", "--json").json
    [found] = [one for one in listed if one["id"] == key]
    assert found["paused"] is True
    assert found["snoozed_until"] is not None
    assert storywatch("track", "resume", key).code == 0
    assert (latest(on_topics, key).paused, latest(on_topics, key).snoozed_until) == (False, None)
    assert storywatch("track", "mute", key, "--source", "Tarn Post", "--story", fiction.STORY).code == 0
    assert latest(on_topics, key).muted.sources == ("Tarn Post",)
    assert storywatch("track", "mute", key).code == 2
    assert storywatch("track", "unmute", key, "--source", "Tarn Post").code == 0
    assert latest(on_topics, key).muted == Muted(stories=(fiction.STORY,))
    assert storywatch("track", "unmute", key).code == 0
    assert latest(on_topics, key).muted == Muted()


@pytest.mark.parametrize("followed", [("--story", fiction.STORY), ("--query", "pier")])
def test_a_track_may_begin_with_the_present_sources(
    storywatch: Inside, on_topics: Topics, followed: tuple[str, str]
) -> None:
    ran = storywatch("track", "add", *followed, "--set", "report_present=yes", "--again", "--json")
    sent = [decode(record.value, Candidate) for record in on_topics.read(topics.CANDIDATES)]
    [candidate] = [
        one for one in sent if one.track.id == ran.json["id"] and one.update and one.update.story.id == fiction.STORY
    ]
    alert = AlertLedger().decide(candidate, 1, NOON).alert
    assert alert is not None
    assert (alert.condition, alert.delivery.status) == ("present sources", "held")
    assert alert.reason.startswith(f"the story has {alert.sources} sources so far: ")


def test_a_track_is_found_by_its_name(on_own_topics: Inside) -> None:
    for query in ("pier", "ferry", "harbour"):
        name = "Harbour wall" if query == "pier" else "Two alike"
        assert on_own_topics("track", "add", "--query", query, "--name", name).code == 0
    assert on_own_topics("track", "show", "Harbour wall", "--json").json["name"] == "Harbour wall"
    assert "2 tracks have the name 'Two alike', such as " in on_own_topics("track", "show", "Two alike").one_line()
    assert "there is no track 'Harbour'" in on_own_topics("track", "show", "Harbour").one_line()
