"""What is remembered of a feed: bounded, in a file of its own, and read afresh where that is damaged."""

import json
from pathlib import Path

import pytest

from connectors.sources.state_files import FeedStates
from streams.contract.errors import FatalError, Rejected
from streams.contract.messages import SourceState, digest
from streams.contract.messages.sources import MAX_SEEN
from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.paper import put
from tests.connectors.http.serving import Site


def test_the_state_is_bounded_and_keeps_present_entries() -> None:
    state = SourceState(url="u", seen=tuple(f"m{number}" for number in range(MAX_SEEN)))
    state = state.with_present([("m0",), ("new",)]).with_seen(("new",))
    assert len(state.seen) == MAX_SEEN
    assert {"m0", "new"} < set(state.seen)
    assert "m1" not in state.seen


def test_a_damaged_state_is_one_line_and_the_others_stay(tmp_path: Path) -> None:
    states = FeedStates(tmp_path / "feeds")
    states.save(SourceState(url="http://a.example/", etag="1"))
    states.save(SourceState(url="http://b.example/", etag="2"))
    (tmp_path / "feeds" / f"{digest('http://a.example/')}.json").write_bytes(b'{"url": "http://a.exa')
    with pytest.raises(Rejected, match=r"is damaged .* starting afresh"):
        states.load("http://a.example/")
    assert states.load("http://b.example/").etag == "2"
    assert states.load("http://c.example/") == SourceState(url="http://c.example/")
    assert [path.suffix for path in (tmp_path / "feeds").iterdir()] == [".json", ".json"]


def test_a_folder_that_cannot_be_written_stops_the_program(tmp_path: Path) -> None:
    (tmp_path / "feeds").write_text("a file where the folder should be")
    with pytest.raises(FatalError, match="cannot be kept"):
        FeedStates(tmp_path / "feeds").save(SourceState(url="http://a.example/"))


def test_a_damaged_state_is_reported_and_the_feed_read_afresh(desk: Desk, site: Site) -> None:
    first, second = put(site, "a", path="/1"), put(site, "b", path="/2")
    desk.once(first, second)
    (desk.folder / "feeds" / f"{digest(first)}.json").write_bytes(b"\0")
    summary = desk.once(first, second)
    assert (summary.new, summary.unchanged) == (1, 1)
    assert len(desk.said) == 1
    assert "damaged" in desk.said[0]
    assert desk.once(first, second).unchanged == 2


def test_the_state_is_plain_json_in_a_file_of_its_own(desk: Desk, site: Site) -> None:
    feed = put(site, "a")
    desk.once(feed)
    (path,) = (desk.folder / "feeds").iterdir()
    state = json.loads(path.read_bytes())
    assert (state["url"], state["etag"], state["polled"], len(state["seen"])) == (feed, '"a"', True, 3)
