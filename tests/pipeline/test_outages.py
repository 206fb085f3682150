"""A stack that goes away in the middle: the worker waits and then goes on."""

import time
from pathlib import Path

from deploy.launcher import START
from deploy.stack import Kind, running, stop
from deploy.system import System
from streams.contract import topics
from tests.pipeline.runs import open_edges, own, run, settle, until


def test_a_stack_that_went_away_and_came_back_is_used_again(tmp_path: Path, stack_kind: Kind) -> None:
    options = {"commit_seconds": 0.3, "pool_processes": 1, "restart_pause_seconds": 0.5}
    with System(tmp_path, options, stack=stack_kind) as system:
        system.start_worker()
        stack = running(tmp_path)
        assert stack is not None
        first, second = own(1, 2)
        run(system, [first], track_first=False)
        stop(tmp_path)
        time.sleep(3)
        START[stack.kind](
            tmp_path,
            kafka_port=stack.kafka_port,
            elasticsearch_port=stack.elasticsearch_port,
            die_with_parent=True,
        )
        with open_edges(system) as edges:
            edges.producer.send(topics.RAW, second)
            until(lambda: len(edges.follower.poll().filed) == 1, "nothing was filed after the outage")
            settle(system, edges.follower)
            edges.search.refresh()
            assert len(edges.search.stories()) == 1
            assert edges.search.stories()[0].story.articles == 2
