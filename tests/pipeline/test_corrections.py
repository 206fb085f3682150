"""People correct stories of a running system, whose worker is killed while it decides."""

import threading
import urllib.request

import msgspec

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import StoryUpdate
from tests.conftest import MakeSystem
from tests.connectors.cli.running import Command, Ran
from tests.pipeline.runs import open_edges, own, settle


def test_corrections_survive_kills_and_old_ids_lead_on(make_system: MakeSystem) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS)
    system.start_worker()
    storywatch = Command(system.settings.data_dir, system.environment(), seconds=120)
    with open_edges(system) as edges:
        for arrival in own(1, 2, 9, 11):
            edges.producer.send(topics.RAW, arrival)
        settle(system, edges.follower)
        edges.search.refresh()
        ferry, theft, deal = (story_of(storywatch, word) for word in ("ferry", "corvane", "veska"))
        assert len({ferry, theft, deal}) == 3

        ran: list[Ran] = []
        asking = threading.Thread(target=lambda: ran.append(storywatch("stories", "merge", theft, deal, "--json")))
        asking.start()
        system.kill_worker()
        system.start_worker()
        asking.join()
        assert ran[0].code == 0, ran[0].err
        settle(system, edges.follower)
        edges.search.refresh()
        [done] = storywatch("stories", "corrections", "--json").json
        assert (done["id"], done["state"]) == (ran[0].json["id"], "applied")
        kept, gone = done["into"], done["story"]
        assert {kept, gone} == {theft, deal}
        shown = storywatch("stories", "show", gone)
        assert f"story {gone} was merged into story {kept}" in shown.err
        assert "became part of this story" in shown.out
        page = storywatch("stories", "show", gone, "--json").json
        assert (page["id"], page["articles"], page["absorbed"]) == (kept, 2, [gone])
        assert {one["id"] for one in page["timeline"]} == {one.article.id for one in edges.search.in_story(kept)}
        assert gone not in {one["id"] for one in storywatch("stories", "--all", "--json").json}
        key = storywatch("key", "add", "test", "--scope", "desk", "--json").json["key"]
        check_api(system.start_server(), storywatch, key, gone, kept)

        # of an article that moves its document moves; a reprocessing keeps it there
        moved = page["timeline"][-1]["id"]
        assert storywatch("stories", "move", moved, ferry, "--reason", "a test").code == 0
        settle(system, edges.follower)
        edges.search.refresh()
        again = storywatch("stories", "move", moved, ferry)
        assert again.code != 0
        assert "already" in again.one_line()
        settle(system, edges.follower)
        assert storywatch("reprocess", "--from", "story").code == 0
        settle(system, edges.follower)
        edges.search.refresh()
        assert [edges.search.article(moved).story.id] == [ferry]  # type: ignore[union-attr]
        assert edges.search.surviving(edges.search.story(gone)).story.id == kept  # type: ignore[union-attr, arg-type]

        listed = storywatch("stories", "corrections", "--json").json
        assert [one["state"] for one in listed] == ["refused", "applied", "applied", "applied", "applied"]
        labels = [msgspec.json.decode(line) for line in storywatch("stories", "corrections", "--export").lines]
        assert {one["same"] for one in labels} == {True, False}
        audited = storywatch("audit", "--kind", "story", "--json").json
        assert len(audited) == 5
        assert storywatch("stories", "undo", done["id"][:12]).code in (0, 2)

    facts = facts_of(system.settings)
    assert len([one for one in facts if one[0] == "story.merged"]) == 2, "one in the update of each story"


def story_of(storywatch: Command, word: str) -> str:
    [hit] = storywatch("stories", "--query", word, "--all", "--json").json[:1]
    return str(hit["id"])


def check_api(address: str, storywatch: Command, key: str, gone: str, kept: str) -> None:
    """The old address leads to the story; so does the page of the console."""
    asked = urllib.request.Request(f"{address}/v1/stories/{gone}", headers={"Authorization": f"Bearer {key}"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        assert answer.url.endswith(f"/v1/stories/{kept}")
        assert msgspec.json.decode(answer.read())["id"] == kept
    asked = urllib.request.Request(  # noqa: S310
        f"{address}/v1/stories/{kept}/rename",
        data=b'{"title": "Theft and deal"}',
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        told = msgspec.json.decode(answer.read())
    assert (answer.status, told["state"], told["by"]) == (200, "applied", "API key test")
    assert storywatch("stories", "undo", told["id"]).code == 0


def facts_of(settings: object) -> set[tuple[str, str]]:
    """The facts in the log, with the ids of their updates: a crash may repeat one, under the same id."""
    with Reader(settings, [topics.UPDATES]) as reader:  # type: ignore[arg-type]
        updates = [decode(record.value, StoryUpdate) for record in reader.read_to_end()]
    return {(one.refiled.fact, one.id) for one in updates if one.refiled is not None and not one.followers}
