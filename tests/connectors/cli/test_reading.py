"""`stories`, `search`, `alerts` and `deadletters`: what is stored, as people and as programs get it."""

import pytest

from streams.contract import topics
from streams.contract.codec import encode
from tests import fiction as messages
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Command, Inside

LATER = "2026-03-04T15:00:00Z"


@pytest.mark.parametrize("command", ["stories", "search pier", "alerts", "deadletters", "track list", "status"])
def test_json_is_the_only_thing_on_stdout(process: Command, command: str) -> None:
    ran = process(*command.split(), "--json")
    assert isinstance(ran.json, dict if command == "status" else list)
    assert ran.err == ""


def test_stories_are_listed_the_latest_first(storywatch: Inside) -> None:
    ran = storywatch("stories", "--all", "--utc")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0].split() == ["TITLE", "LAST", "SEEN", "SOURCES", "ARTICLES", "STATE", "LANG", "STORY"]
    assert ran.lines[1].split()[-6:] == ["2026-03-04T16:00:00Z", "1", "1", "closed", "sv", fiction.OTHER_STORY[:12]]
    assert ran.lines[2].split()[-6:] == [LATER, "2", "3", "closed", "en", fiction.STORY[:12]]
    assert ran.lines[2].startswith(fiction.PIER.title)
    assert storywatch("stories", "list", "--all", "--utc").out == ran.out


def test_stories_of_one_source_are_hidden(storywatch: Inside) -> None:
    assert [one["id"] for one in storywatch("stories", "--json").json] == [fiction.STORY]
    hidden = storywatch("stories", "--language", "sv")
    assert (hidden.code, hidden.out) == (0, "")
    assert "--all" in hidden.err


def test_stories_are_sorted_by_sources(storywatch: Inside) -> None:
    ran = storywatch("stories", "--all", "--sort", "sources", "--json")
    assert [one["id"] for one in ran.json] == [fiction.STORY, fiction.OTHER_STORY]
    assert storywatch("stories", "--sort", "growth", "--json").json == []


def test_stories_for_programs(storywatch: Inside) -> None:
    other, pier = storywatch("stories", "--all", "--json").json
    assert other["id"] == fiction.OTHER_STORY
    assert pier["id"] == fiction.STORY
    assert pier["sources"] == ["Tarn Gazette", "Dunmoor Echo"]
    assert pier["publishers"] == ["Tarn Gazette", "Dunmoor Echo", "Quay Mail"]
    assert pier["last_seen"] == LATER
    assert pier["entities"] == [{"key": "person:elin varga", "name": "Elin Varga", "type": "person", "articles": 3}]


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--language", "sv"), 1),
        (("--since", "2026-03-04T15:30:00Z"), 1),
        (("--since", "2026-03-05"), 0),
        (("--limit", "1"), 1),
        (("--query", "pier sources:>=2"), 1),
        (("--query", "pier OR library"), 2),
        (("--query", "body:library"), 1),
        (("--query", "crane", "--language", "sv"), 0),
    ],
)
def test_stories_are_filtered(storywatch: Inside, options: tuple[str, ...], count: int) -> None:
    assert len(storywatch("stories", "--all", *options, "--json").json) == count


def test_stories_with_enough_sources_are_listed(storywatch: Inside) -> None:
    assert len(storywatch("stories", "--sources", "1", "--json").json) == 2
    assert storywatch("stories", "--sources", "3", "--json").json == []


def test_a_story_is_shown_with_its_timeline_and_reasons(storywatch: Inside) -> None:
    ran = storywatch("stories", "show", fiction.STORY[:6], "--utc")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[0] == fiction.PIER.title
    assert "sources     2: Tarn Gazette, Dunmoor Echo" in ran.lines
    assert "entities    Elin Varga (person, 3)" in ran.lines
    places = [
        ran.out.index(name) for name in ("T13:00:00Z  Tarn Gazette", "T14:00:00Z  Dunmoor Echo", "Quay Mail  [wire]")
    ]
    assert places == sorted(places, reverse=True), "the newest first"
    assert "48 of 50 shingles are the same" in ran.out
    assert ran.out.count("shares the phrase 'ferry pier'") == 3
    assert "\x1b" not in ran.out


def test_a_story_for_programs(storywatch: Inside) -> None:
    shown = storywatch("stories", "show", fiction.STORY, "--json").json
    assert [one["publisher"] for one in shown["timeline"]] == ["Tarn Gazette", "Dunmoor Echo", "Quay Mail"]
    wire = shown["timeline"][2]
    assert (wire["relation"], wire["copy_of"], wire["new_source"]) == ("wire", f"{1:032x}", False)
    assert wire["reasons"] == ["shares the phrase 'ferry pier'"]


def test_a_story_that_is_not_there_is_one_line(storywatch: Inside) -> None:
    for command in (("stories", "show", "badbad"), ("alerts", "--story", "badbad")):
        ran = storywatch(*command)
        assert ran.code == 2
        assert "storywatch stories" in ran.one_line()


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("crane",), {1, 2, 3}),
        (("crane", "falls"), {2}),
        (("--publisher", "echo.example"), {2}),
        (("--entity", "Elin Varga", "--language", "en"), {1, 2, 3}),
        (("pier", "--since", "2026-03-04T13:30:00Z", "--until", "2026-03-04T14:30:00Z"), {2}),
        (("nothingofthekind",), set()),
    ],
)
def test_search_finds_by_words_and_filters(storywatch: Inside, options: tuple[str, ...], ids: set[int]) -> None:
    ran = storywatch("search", *options, "--json")
    assert ran.code == 0
    assert {int(one["id"], 16) for one in ran.json if int(one["id"], 16) < 5} == ids


def test_search_prints_no_marks_and_no_escape_codes(storywatch: Inside) -> None:
    ran = storywatch("search", "ferry", "pier", "closed")
    assert ran.code == 0
    assert "Tarn Gazette" in ran.out
    assert "0" * 12 in ran.out
    assert f"{1:032x}" not in ran.out
    assert all(character not in ran.out for character in "\x1b\ue000\ue001")


def test_alerts_have_their_reason_and_the_state_of_delivery(storywatch: Inside) -> None:
    ran = storywatch("alerts", "--utc")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines[1].startswith("Crane falls on ferry pier"), "the headline that fired"
    assert fiction.PIER.title in ran.lines[1]
    assert "retrying (3 attempts, next 2026-03-05T12:00:00Z): answered 500" in ran.lines[1]
    assert ran.lines[1].endswith("Dunmoor Echo is a new independent source on this story, number 2")
    assert "  delivered  " in ran.lines[2]
    assert "token-0123456789" not in ran.out


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--track", "abcdef012345"), 2),
        (("--track", "Pier"), 2),
        (("--story", fiction.STORY[:8]), 2),
        (("--story", fiction.OTHER_STORY), 0),
        (("--since", "2026-03-04T13:30:00Z"), 1),
        (("--limit", "1"), 1),
    ],
)
def test_alerts_are_filtered(storywatch: Inside, options: tuple[str, ...], count: int) -> None:
    assert len(storywatch("alerts", *options, "--json").json) == count


def test_no_match_is_distinguished_from_an_unknown_name(storywatch: Inside) -> None:
    assert "storywatch track list" in storywatch("alerts", "--track", "nope").one_line()
    assert storywatch("alerts", "--track", "nope").code == 2
    assert storywatch("stories", "--language", "xx").err.startswith("no matching stories")
    assert storywatch("stories", "--query", "unheard").err.startswith("no matching stories")


def test_a_wrong_query_for_stories_is_one_line(storywatch: Inside) -> None:
    assert "column 6" in storywatch("stories", "list", "--query", "pier titel:crane").one_line()


def test_an_id_that_is_none_is_told_from_an_unknown_one(storywatch: Inside) -> None:
    assert "id of an article" in storywatch("trace", "abc").one_line()


def test_a_track_that_has_not_fired_has_no_alerts(storywatch: Inside) -> None:
    made = storywatch("track", "add", "--query", "nothing ever", "--json").json
    for track in (made["id"], made["name"]):
        ran = storywatch("alerts", "--track", track)
        assert (ran.code, ran.out, ran.err) == (0, "", "no matching alerts\n")
    storywatch("track", "remove", made["id"])


def test_an_empty_list_mentions_alerts_not_stored_yet(storywatch: Inside, on_topics: Topics) -> None:
    on_topics.write(topics.ALERTS, "receiver", encode(messages.alert()))
    ran = storywatch("alerts", "--since", "1m")
    assert ran.err == "no matching alerts so far; messages about alerts that are not stored yet: 1\n"


@pytest.mark.parametrize("words", [("pier", "-crane"), ("-crane", "pier")])
def test_a_word_with_a_dash_is_left_out(storywatch: Inside, words: tuple[str, ...]) -> None:
    ran = storywatch("search", *words, "--json")
    assert ran.code == 0
    assert {int(one["id"], 16) for one in ran.json} & {1, 2, 3} == set()


def test_a_misspelt_option_of_search_is_no_word(storywatch: Inside) -> None:
    ran = storywatch("search", "pier", "--langauge", "en")
    assert ran.code == 2
    assert "no such option: --langauge" in ran.one_line()


def test_an_empty_time_range_is_refused(storywatch: Inside) -> None:
    for span in (("--since", "1h", "--until", "2h"), ("--since", "2026-03-05", "--until", "2026-03-04")):
        ran = storywatch("search", "pier", *span)
        assert ran.code == 2
        assert "swap the two" in ran.one_line()
