"""Five real scraped pages through the whole pipeline: stories, sources, alerts.

`tests/stories/test_samples.py` files the same pages in all of their 120 orders, without servers.
"""

from datetime import UTC, datetime

import pytest

from tests.conftest import SHARED
from tests.pipeline.running.conftest import RunningWorker
from tests.pipeline.runs import read, run

SAMPLES = sorted((SHARED / "samples").glob("*.txt"))
FETCHED_AT = datetime(2026, 1, 13, tzinfo=UTC)


@pytest.mark.skipif(not SAMPLES, reason="the scraped pages lie beside a developer's checkout only")
def test_story_sources_and_alerts_are_right(worker: RunningWorker) -> None:
    result = run(worker.system, read(SAMPLES, FETCHED_AT))
    by_input = {article["input"][:3]: article for article in result["articles"]}
    assert sorted(by_input) == ["000", "001", "002", "003", "004"]
    together = {by_input[name]["story"] for name in ("000", "001", "002", "003")}
    assert len(together) == 1
    assert by_input["004"]["story"] not in together
    story = next(story for story in result["stories"] if story["id"] in together)
    assert len(story["sources"]) == 3
    assert by_input["000"]["publisher"] == by_input["002"]["publisher"]
    # the story of the first page is tracked: each further source of it alerts once, nothing else does
    assert len(result["alerts"]) == 2
    assert len({alert["source"] for alert in result["alerts"]}) == 2
