"""`deadletters`: listed, counted, shown, sent again and dropped; the topics are the only record of it."""

import pytest

from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.deadletter import letter_id
from streams.contract.messages import Resolution
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Command, Inside
from tests.fiction import raw

WALL = raw(url="https://news.tarn.example/wall")


def letter(
    offset: int, reason: str, *, stage: str = "clean", topic: str = "articles.raw.v1", attempt: int = 0
) -> dict[str, str]:
    place = {"topic": topic, "partition": "1", "offset": str(offset)}
    said = {"letter": letter_id(stage, topic, 1, offset), "attempt": str(attempt), "source": f"{stage}.example"}
    return {
        "stage": stage,
        "error": "Rejected",
        "reason": reason,
        "time": f"2031-05-04T12:0{attempt}:00+00:00",
        **said,
        **place,
    }


def write(on_topics: Topics, said: dict[str, str], value: bytes = b"{}") -> str:
    on_topics.write(topics.DEADLETTERS, "k", value, said)
    return said["letter"]


def test_letters_are_listed_once_each_the_newest_first(storywatch: Inside, on_topics: Topics) -> None:
    older = letter(91, "no article in it", stage="zeroth") | {"time": "2031-05-04T11:00:00+00:00"}
    for said in (letter(90, "no article in it", stage="zeroth"), older, letter(90, "none at all", stage="zeroth")):
        write(on_topics, said)
    on_topics.write(topics.DEADLETTERS, "c", b"strange", {})  # somebody else's
    found = storywatch("deadletters", "--stage", "zeroth", "--json").json
    assert [(one["offset"], one["reason"]) for one in found] == [("90", "none at all"), ("91", "no article in it")]
    [strange] = storywatch("deadletters", "--stage", "?", "--json").json
    assert strange["topic"] == "deadletters.v1"
    people = storywatch("deadletters", "--stage", "zeroth", "--limit", "1")
    assert people.lines[0].split() == ["LETTER", "AGE", "STAGE", "ERROR", "SOURCE", "STATE", "MESSAGE", "REASON"]
    assert "articles.raw.v1/1/90" in people.lines[1]
    assert people.lines[1].endswith("none at all")
    assert people.err.startswith("1 more")
    assert storywatch("deadletters", "--stage", "nobody").err == "no matching dead letters: omit a filter\n"


def test_a_letter_without_a_publisher_shows_its_origin(storywatch: Inside, on_topics: Topics) -> None:
    said = letter(95, "no article in it", stage="sourceless") | {"source": "", "origin": "odd.html"}
    write(on_topics, said)
    [_, line] = storywatch("deadletters", "--stage", "sourceless").lines
    assert "odd.html" in line
    for source in ("odd.html", "unknown"):
        assert len(storywatch("deadletters", "--stage", "sourceless", "--source", source, "--json").json) == 1


def test_letters_are_counted_by_reason_without_numbers(storywatch: Inside, on_topics: Topics) -> None:
    for offset in (101, 102):
        write(on_topics, letter(offset, f"{offset},000 bytes are too many", stage="one"))
    write(on_topics, letter(103, "no article in it", stage="two"))
    counted = {each["reason"]: each["count"] for each in storywatch("deadletters", "--by", "reason", "--json").json}
    assert counted["Rejected: N bytes are too many"] == 2
    by_source = {each["source"]: each["count"] for each in storywatch("deadletters", "--by", "source", "--json").json}
    assert (by_source["one.example"], by_source["two.example"]) == (2, 1)
    assert len(storywatch("deadletters", "--source", "one.example", "--reason", "TOO MANY", "--json").json) == 2


def test_a_letter_is_shown_with_its_own_bytes(process: Command, on_topics: Topics) -> None:
    value = encode(WALL)
    id_ = write(on_topics, letter(110, "no article in it"), value)
    assert process("deadletters", "show", id_, "--raw").out.encode() == value
    assert process("deadletters", "show", id_[:10], "--page").out == "A harbour wall gave way."
    shown = process("deadletters", "show", id_)
    assert f"{'reason':<11}  no article in it" in shown.lines
    assert value.decode() in shown.lines
    assert "--page" in shown.err


def test_replay_sends_the_same_bytes_to_the_same_partition(storywatch: Inside, on_topics: Topics) -> None:
    said = letter(120, "no article in it", stage="clean") | {"was.way": "[]"}
    id_ = write(on_topics, said, encode(WALL))
    assert storywatch("deadletters", "replay", id_).out == "sent 1 again\n"
    record = on_topics.read(topics.RAW)[-1]
    assert (record.partition, record.key, record.value) == (1, b"k", encode(WALL))
    assert record.headers == {"way": "[]", "letter": f"clean/{id_}/1"}
    [found] = [each for each in storywatch("deadletters", "--json").json if each["id"] == id_]
    assert (found["state"], found["attempts"]) == ("sent", 1)
    # refused again: one entry, with the newer reason
    write(on_topics, letter(120, "still no article in it", attempt=1))
    [found] = [each for each in storywatch("deadletters", "--json").json if each["id"] == id_]
    assert (found["state"], found["attempts"], found["reason"]) == ("refused", 1, "still no article in it")
    # passed, as the stage says it
    passed = Resolution(letter=id_, state="passed", attempt=1, at=WALL.received_at, by="clean")
    on_topics.write(topics.RESOLUTIONS, id_, encode(passed))
    assert id_ not in [each["id"] for each in storywatch("deadletters", "--json").json]
    assert id_ in [each["id"] for each in storywatch("deadletters", "--resolved", "--json").json]


def test_a_filter_does_not_replay_a_waiting_letter_again(storywatch: Inside, on_topics: Topics) -> None:
    id_ = write(on_topics, letter(130, "odd one", stage="third"), encode(WALL))
    assert storywatch("deadletters", "replay", "--stage", "third", "--json").json == {"sent": [id_], "waiting": []}
    assert storywatch("deadletters", "replay", "--stage", "third", "--json").json == {"sent": [], "waiting": [id_]}


def test_drop_leaves_who_and_why(storywatch: Inside, on_topics: Topics) -> None:
    id_ = write(on_topics, letter(140, "a listing", stage="fourth"))
    assert storywatch("deadletters", "drop", "--stage", "fourth", "--because", "a test page").out == "dropped 1\n"
    assert storywatch("deadletters", "--stage", "fourth", "--json").json == []
    [found] = storywatch("deadletters", "--stage", "fourth", "--resolved", "--json").json
    assert found["resolved"]["reason"] == "a test page"
    assert "@" in found["resolved"]["by"]
    write(on_topics, letter(140, "a listing", stage="fourth"))  # a replay of the log after a crash
    assert storywatch("deadletters", "--stage", "fourth", "--json").json == []
    gone = storywatch("deadletters", "replay", id_)
    assert gone.code == 2
    assert "was dropped" in gone.one_line()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["replay"], "select dead letters"),
        (["replay", "abc", "--all"], "select dead letters"),
        (["replay", "feedfeed"], "there is no dead letter feedfeed"),
        (["show", "feedfeed"], "there is no dead letter feedfeed"),
        (["drop", "--stage", "nobody", "--because", "x"], "no dead letter matches"),
        (["drop", "abc", "--because", " "], "give a reason"),
        (["drop", "abc"], "--because"),
        (["--limit", "3", "show", "abc"], "put options after the subcommand"),
    ],
)
def test_an_impossible_request_is_one_line(storywatch: Inside, arguments: list[str], says: str) -> None:
    ran = storywatch("deadletters", *arguments)
    assert ran.code == 2
    assert says in ran.one_line()


def test_a_letter_of_an_unread_topic_is_not_replayed(storywatch: Inside, on_topics: Topics) -> None:
    id_ = write(on_topics, letter(150, "strange", stage="fifth", topic="somewhere.v1"))
    before = len(on_topics.read(topics.RESOLUTIONS))
    assert "drop it instead" in storywatch("deadletters", "replay", id_).one_line()
    assert len(on_topics.read(topics.RESOLUTIONS)) == before
