"""`track not-mine`: what is taken out of a track is on its topic, listed and taken in again."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.messages import MOST_LISTED, Change, Muted, Track
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside

ARTICLE = f"{2:032x}"
URL = "https://echo.example/pier-2"


@pytest.fixture
def track(storywatch: Inside) -> Iterator[str]:
    made = storywatch("track", "add", "--query", "pier crane", "--name", "Not the pier", "--again", "--json").json
    yield made["id"]
    storywatch("track", "remove", made["id"])


def muted(on_topics: Topics, track: str) -> Muted:
    *_, value = [one.value for one in on_topics.read(topics.TRACKS) if one.key == track.encode()]
    return decode(value, Track).muted


@pytest.mark.parametrize("what", [ARTICLE, URL], ids=["id", "url"])
def test_an_article_is_taken_out_and_in_again(storywatch: Inside, on_topics: Topics, track: str, what: str) -> None:
    ran = storywatch("track", "not-mine", track, what)
    assert ran.out == f"track {track} (Not the pier) fires nothing for article {ARTICLE}\n"
    assert storywatch("track", "not-mine", track, what).code == 0, "twice is once"
    assert muted(on_topics, track) == Muted(articles=(ARTICLE,))
    assert storywatch("track", "not-mine", track, "--json").json == [
        {"kind": "article", "id": ARTICLE, "title": "Crane falls on ferry pier"}
    ]
    assert storywatch("track", "not-mine", track, ARTICLE, "--undo").code == 0
    assert muted(on_topics, track) == Muted()
    assert f"nothing was taken out of track {track}" in storywatch("track", "not-mine", track).err


def test_a_story_is_taken_out_and_who_did_it_is_recorded(storywatch: Inside, on_topics: Topics, track: str) -> None:
    ran = storywatch("track", "not-mine", track[:6], fiction.STORY[:8], "--json")
    assert ran.json == {"track": track, "kind": "story", "id": fiction.STORY, "taken_out": True}
    assert muted(on_topics, track) == Muted(stories=(fiction.STORY,))
    assert fiction.PIER.title in storywatch("track", "not-mine", track).out
    [change] = [
        found
        for one in on_topics.read(topics.AUDIT)
        if one.key == track.encode() and (found := decode(one.value, Change)).action == "changed"
    ]
    assert [(one.name, one.after) for one in change.fields] == [("muted.stories", fiction.STORY)]


def test_what_cannot_be_taken_out_is_one_line(storywatch: Inside, track: str) -> None:
    for arguments, says in (
        (("deadbeef",), "deadbeef is no stored article or story"),
        (("https://echo.example/none",), "is no stored article or story"),
        ((ARTICLE, "--undo"), "nothing that was taken out is"),
        (("--undo",), "name the article or story"),
    ):
        assert says in storywatch("track", "not-mine", track, *arguments).one_line()
    assert "storywatch track list" in storywatch("track", "not-mine", "beef", ARTICLE).one_line()


def test_the_first_of_too_many_is_taken_in_again(storywatch: Inside, on_topics: Topics, track: str) -> None:
    [value] = [one.value for one in on_topics.read(topics.TRACKS) if one.key == track.encode()]
    full = tuple(f"{number:032x}" for number in range(100, 100 + MOST_LISTED))
    [stored] = [decode(value, Track)]
    on_topics.write(topics.TRACKS, track, encode(replace(stored, muted=Muted(articles=full))))
    assert full[0] in storywatch("track", "not-mine", track, ARTICLE).err
    assert muted(on_topics, track).articles == (*full[1:], ARTICLE)
