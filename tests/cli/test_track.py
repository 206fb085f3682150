"""`track`: what is followed is on its topic as the pipeline reads it; secrets are shown once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elastic import Asking, Search, article_document
from connectors.files import read
from streams import cleaning, topics
from streams.codec import decode
from streams.messages import Lane, RawArticle, Track
from streams.settings import Settings
from tests.cli import fiction
from tests.cli.conftest import Topics, store
from tests.cli.running import Inside


def saved(on_topics: Topics, key: str) -> Track:
    [value] = [record.value for record in on_topics.read(topics.TRACKS) if record.key == key.encode()]
    return decode(value, Track)


def test_a_story_is_followed_by_the_beginning_of_its_id(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch("track", "add", "--story", fiction.STORY[:7], "--at-sources", "3", "--backfill", "--json")
    assert ran.code == 0
    track = saved(on_topics, ran.json["id"])
    assert track.story == fiction.STORY
    assert track.name == fiction.PIER.title
    assert (track.at_sources, track.independent, track.backfill, track.webhook) == (3, True, True, None)


@pytest.mark.parametrize("example", [f"{2:032x}", "https://echo.example/pier-2"], ids=["id", "url"])
def test_an_example_article_leads_to_its_story(storywatch: Inside, on_topics: Topics, example: str) -> None:
    ran = storywatch("track", "add", "--article", example, "--all-publishers", "--name", "The pier", "--json")
    track = saved(on_topics, ran.json["id"])
    assert (track.story, track.name, track.independent) == (fiction.STORY, "The pier", False)


def test_an_example_file_leads_to_the_story_of_the_same_article(
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
    with Asking(stack) as client:
        Search(client, stack.index_prefix).refresh()
    ran = storywatch("track", "add", "--article", tmp_path / "keeper.txt", "--json")
    assert saved(on_topics, ran.json["id"]).story == fiction.STORY


def test_a_query_is_folded_as_articles_are(storywatch: Inside, on_topics: Topics) -> None:
    ran = storywatch(
        *("track", "add", "--query", "Ferry AGROUND", "--entity", "The Élin Varga", "--json"),
        *("--entity", "Place:Dunmoor"),
    )
    track = saved(on_topics, ran.json["id"])
    assert track.words == ("aground", "ferry")
    assert track.entities == ("elin varga", "place:dunmoor")
    assert track.story is None


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--story", "badbad", "storywatch stories"),
        ("--story", "5aa", "at least"),
        ("--article", "deadbeef", "storywatch search"),
        ("--article", "https://tarn.example/unknown", "storywatch search"),
        ("--article", "missing.txt", "there is no file missing.txt"),
        ("--article", "empty.txt", "empty"),
        ("--article", "two.jsonl", "2 articles"),
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
    assert "storywatch listen --port 8080 --secret" in ran.err
    yield key, ran.out
    storywatch("track", "remove", key)


def test_a_new_secret_is_shown_once_and_signs(
    storywatch: Inside, on_topics: Topics, with_webhook: tuple[str, str]
) -> None:
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


def test_a_secret_of_ones_own_is_kept_and_never_printed(storywatch: Inside, on_topics: Topics) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    hook = ("--webhook", "https://desk.example/hook", "--secret", secret)
    ran = storywatch("track", "add", "--query", "pier", *hook, "--json")
    track = saved(on_topics, ran.json["id"])
    assert track.webhook is not None
    assert track.webhook.secret == secret
    assert "MfKQ9" not in ran.out + ran.err


def test_a_removed_track_is_gone(storywatch: Inside) -> None:
    made = storywatch("track", "add", "--query", "orchard", "--json").json["id"]
    assert made in {one["id"] for one in storywatch("track", "list", "--json").json}
    assert storywatch("track", "remove", made[:8]).code == 0
    assert made not in {one["id"] for one in storywatch("track", "list", "--json").json}
    again = storywatch("track", "remove", made)
    assert again.code == 2
    assert "storywatch track list" in again.one_line()


def test_a_track_that_is_none_of_ours_does_not_hide_the_others(storywatch: Inside, on_topics: Topics) -> None:
    made = storywatch("track", "add", "--query", "meadow", "--json").json["id"]
    on_topics.write(topics.TRACKS, "strange", b"not a track")
    ran = storywatch("track", "list", "--json")
    assert ran.code == 0
    assert made in {one["id"] for one in ran.json}
    assert "strange" in ran.err
