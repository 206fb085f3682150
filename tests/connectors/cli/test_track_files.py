"""`track apply`, `diff` and `export`: tracks as code, on the topic that the pipeline reads."""

from pathlib import Path

import pytest

from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Track
from streams.runtime.settings import Settings
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside

MANY = 10_000
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def tracks(settings: Settings) -> dict[str, Track]:
    values = {one.key: one.value for one in Topics(settings).read(topics.TRACKS)}
    found = [decode(value, Track) for value in values.values() if value is not None]
    return {one.name: one for one in found}


def test_a_file_is_applied_changed_and_emptied(on_own_topics: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    wall = "tracks:\n  # of the night desk\n  - name: Wall\n    query: wall\n"
    file.write_text(f"{wall}  - name: Dam\n    query: dam\n")
    diff = on_own_topics("track", "diff", file)
    assert (diff.code, diff.lines) == (1, ["+ Wall", "+ Dam"])
    applied = on_own_topics("track", "apply", file)
    assert (applied.code, applied.err) == (0, "2 added, 0 changed, 0 removed, 0 unchanged\n")
    before = tracks(own_topics)
    assert on_own_topics("track", "diff", file).code == 0
    file.write_text(f"{wall}    fires: {{at_sources: [3]}}\n")
    ran = on_own_topics("track", "apply", file)
    assert ran.lines == [
        "~ Wall: fires none -> (at_sources 3)",
        "- Dam",
    ]
    after = tracks(own_topics)
    assert set(after) == {"Wall"}
    assert (after["Wall"].id, after["Wall"].created_at) == (before["Wall"].id, before["Wall"].created_at)
    assert file.read_text().startswith(wall), "the file and its comments stay as they are"
    exported = on_own_topics("track", "export").out
    assert exported == "tracks:\n- name: Wall\n  query: wall\n  fires:\n    at_sources:\n    - 3\n"
    file.write_text("tracks: []\n")
    assert "storywatch track remove" in on_own_topics("track", "apply", file).one_line()


def test_a_file_with_a_mistake_changes_nothing(on_own_topics: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    file.write_text("tracks:\n  - {name: Wall, query: wall}\n  - name: Dam\n    query: dam titel:x\n    lables: [x]\n")
    for command in ("apply", "diff"):
        ran = on_own_topics("track", command, file)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.splitlines()[0].startswith("storywatch: line 5: unknown field 'lables' (was 'labels' meant?)")
    file.write_text("tracks:\n  - {name: Wall, query: wall}\n  - name: Dam\n    query: dam titel:x\n")
    assert on_own_topics("track", "apply", file).one_line().startswith("storywatch: line 4: query: column 5:")
    assert tracks(own_topics) == {}


def test_ten_thousand_tracks_are_applied_at_once(on_own_topics: Inside, own_topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "tracks.yaml"
    entries = (f"  - name: track {number}\n    query: harbour term{number}\n" for number in range(MANY))
    file.write_text("tracks:\n" + "".join(entries))
    assert on_own_topics("track", "apply", file).err == "10,000 added, 0 changed, 0 removed, 0 unchanged\n"
    assert len(tracks(own_topics)) == MANY


def test_secrets_are_taken_from_where_the_file_says(
    on_own_topics: Inside, own_topics: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tracks.yaml"
    file.write_text(
        "tracks:\n  - name: Wall\n    query: wall\n    webhook:\n      url: https://desk.example/hook\n"
        "      secret: env:WALL_SECRET\n"
    )
    refused = on_own_topics("track", "apply", file)
    assert "line 6: webhook.secret: it needs the variable WALL_SECRET, which is not set here" in refused.one_line()
    monkeypatch.setenv("WALL_SECRET", SECRET)
    ran = on_own_topics("track", "apply", file)
    hook = tracks(own_topics)["Wall"].webhook
    assert hook is not None
    assert hook.secret == SECRET
    assert "MfKQ9" not in ran.out + ran.err + on_own_topics("track", "export").out


def test_without_kafka_nothing_is_applied(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "tracks.yaml").write_text("tracks:\n  - {name: Wall, query: wall}\n")
    ran = inside("track", "apply", "tracks.yaml")
    assert ran.code != 0
    assert "127.0.0.1:9" in ran.one_line()


@pytest.mark.parametrize("command", ["track apply", "track diff", "track test --file", "source apply"])
def test_a_wrong_path_is_named_even_without_kafka(inside: Inside, command: str) -> None:
    ran = inside(*command.split(), "missing.yaml")
    assert ran.code == 2
    assert "missing.yaml" in ran.one_line()


def test_what_is_no_file_of_tracks_is_one_line(on_own_topics: Inside, tmp_path: Path) -> None:
    assert "No such file" in on_own_topics("track", "apply", "missing.yaml").one_line()
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    assert "line 1: unknown field 'sources'" in on_own_topics("track", "apply", "sources.yaml").one_line()
    assert on_own_topics("track", "schema").json["title"] == "The tracks that Storywatch follows"
