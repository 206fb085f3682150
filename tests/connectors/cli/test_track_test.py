"""`track test`: what a track would have sent, from the log of updates; nothing is written anywhere."""

from pathlib import Path

import pytest

from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.runtime.settings import Settings
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Inside
from tests.fiction import coverage, update


@pytest.fixture
def filed(own_topics: Settings) -> Settings:
    """Three sources of one story, one of which has a copy only, and something that is no update."""
    copied = update(by="Quay Mail", covers=coverage("Quay Mail", new=False))
    with Producer(own_topics) as producer:
        for one in (update(by="Tarn Post"), update(by="Dunmoor Echo"), copied, update("s2")):
            producer.send(topics.UPDATES, one)
        producer.confirm(producer.start_raw(topics.UPDATES, "s1", b"no update"))
    return own_topics


@pytest.mark.usefixtures("filed")
def test_a_track_is_tried_before_it_is_applied(on_own_topics: Inside, tmp_path: Path, filed: Settings) -> None:
    (tmp_path / "tracks.yaml").write_text(
        "tracks:\n"
        "  - {name: Wall, query: wall harbour, entities: [dunmoor]}\n"
        "  - {name: Late, query: harbour wall, fires: {at_sources: [9]}}\n"
        "  - {name: Ferry, query: ferry}\n"
    )
    ran = on_own_topics("track", "test", "--file", "tracks.yaml", "--last", "2d", "--json")
    assert ran.code == 0, ran.err
    wall, late, ferry = ran.json["tracks"]
    assert ran.json["updates"] == 4
    assert [one["source"] for one in wall["sent"]] == ["Tarn Post", "Dunmoor Echo", "Dunmoor Echo"]
    assert (wall["messages"], sum(wall["days"].values()), wall["stories"]) == (3, 3, 2)
    assert wall["not_sent"]["not_independent"]["articles"] == ["Harbour wall gives way"]
    assert (late["messages"], late["not_sent"]["too_few_sources"]["number"]) == (0, 3)
    assert (ferry["messages"], ferry["not_sent"]) == (0, {})
    assert Topics(filed).read(topics.TRACKS) == [], "nothing is applied"


@pytest.mark.usefixtures("filed")
def test_a_present_track_is_tried_and_shown_by_day(on_own_topics: Inside) -> None:
    made = on_own_topics("track", "add", "--query", "harbour wall", "--json").json
    shown = on_own_topics("track", "test", made["id"][:6], "--limit", "1")
    assert shown.lines[0] == "harbour wall: 3 messages about 2 stories"
    bars = [line for line in shown.lines if line.endswith("#")]
    assert len(bars) == 1
    assert bars[0].split()[2:] == ["3", "#" * 50]
    assert "  and 2 more" in shown.lines
    assert "not sent: 1 (no new independent source), such as Harbour wall gives way" in shown.out
    assert "the log begins at" in shown.err
    assert "4 updates of stories since" in shown.err


def test_what_cannot_be_tried_is_one_line(on_own_topics: Inside, tmp_path: Path) -> None:
    (tmp_path / "tracks.yaml").write_text("tracks:\n  - {name: Wall, query: wall}\n")
    (tmp_path / "wrong.yaml").write_text("tracks:\n  - {name: Wall, qery: wall}\n")
    for arguments, says in (
        ((), "give a track's id, or --file"),
        (("beef",), "storywatch track list"),
        (("--file", "tracks.yaml", "--name", "Dam"), "has no track 'Dam': it has Wall"),
        (("--file", "wrong.yaml"), "line 2: unknown field 'qery' (was 'query' meant?)"),
        (("--file", "tracks.yaml", "--last", "tomorrow"), "--last"),
        (("--file", "tracks.yaml", "--last", "2099-01-01"), "is not in the past"),
    ):
        assert says in on_own_topics("track", "test", *arguments).one_line()
    empty = on_own_topics("track", "test", "--file", "tracks.yaml")
    assert "there are no updates of stories in the log" in empty.err
