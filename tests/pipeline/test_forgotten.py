"""A changelog that somebody deleted: noticed at the start and named; after `init` the stage knows all again."""

import os
import subprocess
import sys

import pytest
from kafka import KafkaAdminClient

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from deploy.system import System
from streams.contract import topics
from streams.contract.errors import UsageError
from streams.contract.stage import STATE
from streams.contract.topics import changelog
from streams.worker import check
from tests.conftest import MakeSystem
from tests.pipeline.runs import open_edges, own, settle, track_first


def storywatch(system: System, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "connectors.cli", *arguments],
        env={**os.environ, **system.environment()},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_a_stage_forgot_it_learns_again_from_its_input(make_system: MakeSystem) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS)
    gone = changelog(system.settings.app_id(STATE), "story")
    first, second, third = own(1, 2, 3)
    with open_edges(system) as edges:
        system.start_worker()
        track_first(system, edges, first)
        edges.producer.send(topics.RAW, second)
        settle(system, edges.follower)
        before = edges.follower.poll()
        stories = {filed.filing.story for filed in before.filed.values()}
        alerts = set(before.alerts)
        assert (len(stories), len(alerts)) == (1, 1)

        system.stop_worker()
        client = KafkaAdminClient(bootstrap_servers=system.settings.kafka)
        client.delete_topics([gone])
        client.close()

        with pytest.raises(UsageError, match=f"changelog {gone} is missing, .* run `storywatch init`"):
            check(system.settings)

        done = storywatch(system, "init")
        assert done.returncode == 0, done.stderr
        assert "the changelog of stage story was missing: it reads articles.tagged.v1 from the beginning" in done.stderr
        check(system.settings)

        system.start_worker()
        edges.producer.send(topics.RAW, third)
        settle(system, edges.follower)
        after = edges.follower.poll()
        assert {filed.filing.story for filed in after.filed.values()} == stories
        assert alerts < set(after.alerts)
        assert len({(one.track, one.source.key) for one in after.alerts.values()}) == len(after.alerts)
