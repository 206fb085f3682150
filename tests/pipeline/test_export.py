"""What one system has filed, exported and taken in by another: the same articles by the same ids."""

import json
from pathlib import Path
from typing import Any

from connectors.cli.demo.run_demo import OWN_ARTICLES, OWN_PUBLISHERS
from deploy.system import System
from tests.conftest import MakeSystem
from tests.connectors.cli.running import Command, Ran
from tests.pipeline.runs import open_edges

TELLING = ("id", "url", "title", "body", "published", "publisher", "publisher_id", "language", "kind")
WITHOUT_ADDRESS = [
    {
        "title": "Council votes for a new school in Ellery",
        "body": "The council of Ellery voted on Monday for a new school by the river, eleven to four.\n\n"
        "It will take four hundred children from the autumn of next year and cost nine million.",
        "publisher": "Ellery Notes",
        "published": "2026-03-09",
    },
    {"title": "Harbour of Ellery shut after the storm of Sunday night", "publisher": "Ellery Notes"},
]
MENU = {"html": "<html><body><a href='/'>Home</a> <a href='/news'>News</a></body></html>", "url": "https://a.example/n"}


def ingest(storywatch: Command, *arguments: str | Path, stdin: str | None = None) -> Ran:
    return storywatch("ingest", *arguments, "--wait", "--json", stdin=stdin)


def exported(system: System, storywatch: Command) -> list[dict[str, Any]]:
    with open_edges(system) as edges:
        edges.search.refresh()
    ran = storywatch("export")
    assert ran.code == 0, ran.err
    return [json.loads(line) for line in ran.lines]


def started(make_system: MakeSystem) -> tuple[System, Command]:
    system = make_system(publishers_file=OWN_PUBLISHERS)
    system.start_worker()
    return system, Command(system.settings.data_dir, system.environment(), seconds=300.0)  # --wait, on a busy machine


def test_what_is_exported_comes_back_to_the_same_ids(make_system: MakeSystem) -> None:
    system, storywatch = started(make_system)
    lines = "\n".join(map(json.dumps, WITHOUT_ADDRESS))
    first = ingest(storywatch, *sorted(OWN_ARTICLES.glob("0*.html")), "--fetched-at", "2026-03-10")
    assert first.code == 0, first.err
    second = ingest(storywatch, "-", stdin=lines + "\n" + json.dumps(MENU))
    told = [one["outcome"] for one in second.json["articles"]]
    assert (second.code, told) == (1, ["filed", "filed", "refused"])
    assert "no article" in second.err, "why a stage refused it"
    again = ingest(storywatch, "-", stdin=lines)
    assert (again.code, [one["outcome"] for one in again.json["articles"]]) == (0, ["known", "known"])
    before = exported(system, storywatch)
    ids = {one["article"] for ran in (first, second) for one in ran.json["articles"] if one["outcome"] == "filed"}
    assert {one["id"] for one in before} == ids, "--wait named each of them"
    system.stop_worker()

    other, its = started(make_system)
    taken = ingest(its, "-", stdin="\n".join(map(json.dumps, before)))
    assert (taken.code, taken.json["passed_over"]) == (0, 0), taken.err
    after = {one["id"]: one for one in exported(other, its)}
    assert set(after) == ids
    for one in before:
        assert {name: one.get(name) for name in TELLING} == {name: after[one["id"]].get(name) for name in TELLING}
