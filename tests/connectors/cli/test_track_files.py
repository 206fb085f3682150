"""`track apply`, `diff` and `export`: tracks as code, on the topic that the pipeline reads."""

import zlib
from pathlib import Path

import pytest

from connectors.kafka import admin
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Track
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside

MANY = 10_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def storywatch(storywatch: Inside, own_topics: Settings, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """The command with topics of its own, which have no track."""
    monkeypatch.setenv("STORYWATCH_TOPIC_PREFIX", own_topics.topic_prefix)
    return storywatch


@pytest.fixture
def own_topics(stack: Settings, request: pytest.FixtureRequest) -> Settings:
    settings = stack.model_copy(update={"topic_prefix": f"{zlib.crc32(request.node.name.encode()):x}-"})
    needed = topology.required_topics(settings)
    names = [topic.name(settings.topic_prefix) for topic in (topics.TRACKS, topics.AUDIT)]
    admin.create(settings, {name: needed[name] for name in names})
    return settings


def tracks(settings: Settings) -> dict[str, Track]:
    values = {one.key: one.value for one in Topics(settings).read(topics.TRACKS)}
    found = [decode(value, Track) for value in values.values() if value is not None]
    return {one.name: one for one in found}


def test_a_file_is_applied_changed_and_emptied(storywatch: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    wall = "tracks:\n  # of the night desk\n  - name: Wall\n    query: wall\n"
    file.write_text(f"{wall}  - name: Dam\n    query: dam\n")
    diff = storywatch("track", "diff", file)
    assert (diff.code, diff.lines) == (1, ["+ Wall", "+ Dam"])
    applied = storywatch("track", "apply", file)
    assert (applied.code, applied.err) == (0, "2 added, 0 changed, 0 removed, 0 unchanged\n")
    before = tracks(own_topics)
    assert storywatch("track", "diff", file).code == 0
    file.write_text(f"{wall}    fires: {{at_sources: [3]}}\n")
    ran = storywatch("track", "apply", file)
    assert ran.lines == [
        "~ Wall: fires none -> (at_sources 3)",
        "- Dam",
    ]
    after = tracks(own_topics)
    assert set(after) == {"Wall"}
    assert (after["Wall"].id, after["Wall"].created_at) == (before["Wall"].id, before["Wall"].created_at)
    assert file.read_text().startswith(wall), "the file and its comments stay as they are"
    exported = storywatch("track", "export").out
    assert exported == "tracks:\n- name: Wall\n  query: wall\n  fires:\n    at_sources:\n    - 3\n"
    file.write_text("tracks: []\n")
    assert "storywatch track remove" in storywatch("track", "apply", file).one_line()


def test_a_file_with_a_mistake_changes_nothing(storywatch: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    file.write_text("tracks:\n  - {name: Wall, query: wall}\n  - name: Dam\n    query: dam titel:x\n    lables: [x]\n")
    for command in ("apply", "diff"):
        ran = storywatch("track", command, file)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.splitlines()[0].startswith("storywatch: line 5: unknown field 'lables' (was 'labels' meant?)")
    file.write_text("tracks:\n  - {name: Wall, query: wall}\n  - name: Dam\n    query: dam titel:x\n")
    assert storywatch("track", "apply", file).one_line().startswith("storywatch: line 4: query: column 5:")
    assert tracks(own_topics) == {}


def test_ten_thousand_tracks_are_applied_at_once(storywatch: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    entries = (f"  - name: track {number}\n    query: harbour term{number}\n" for number in range(MANY))
    file.write_text("tracks:\n" + "".join(entries))
    assert storywatch("track", "apply", file).err == "10,000 added, 0 changed, 0 removed, 0 unchanged\n"
    assert len(tracks(own_topics)) == MANY


def test_secrets_are_taken_from_where_the_file_says(
    storywatch: Inside, own_topics: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tracks.yaml"
    file.write_text(
        "tracks:\n  - name: Wall\n    query: wall\n    webhook:\n      url: https://desk.example/hook\n"
        "      secret: env:WALL_SECRET\n"
    )
    refused = storywatch("track", "apply", file)
    assert "line 6: webhook.secret: it needs the variable WALL_SECRET, which is not set here" in refused.one_line()
    monkeypatch.setenv("WALL_SECRET", SECRET)
    ran = storywatch("track", "apply", file)
    hook = tracks(own_topics)["Wall"].webhook
    assert hook is not None
    assert hook.secret == SECRET
    assert "MfKQ9" not in ran.out + ran.err + storywatch("track", "export").out


def test_without_kafka_nothing_is_applied(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "tracks.yaml").write_text("tracks:\n  - {name: Wall, query: wall}\n")
    ran = inside("track", "apply", "tracks.yaml")
    assert ran.code != 0
    assert "127.0.0.1:9" in ran.one_line()


def test_what_is_no_file_of_tracks_is_one_line(storywatch: Inside, tmp_path: Path) -> None:
    assert "No such file" in storywatch("track", "apply", "missing.yaml").one_line()
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    assert "line 1: unknown field 'sources'" in storywatch("track", "apply", "sources.yaml").one_line()
    assert storywatch("track", "schema").json["title"] == "The tracks that Storywatch follows"
