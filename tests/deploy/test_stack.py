"""What a folder remembers of its stack, and what people are told of it."""

import os
from pathlib import Path

import pytest

from connectors.cli.stack import status_checks
from connectors.cli.stack.status_checks import SystemStatus
from connectors.kafka.connectivity import unreachable
from deploy import stack
from deploy.launcher import up
from deploy.stack import Kind, Stack
from streams.contract.errors import UsageError
from streams.runtime.processes.process import Process
from streams.runtime.settings import Settings

GONE = Process(1, -1.0)  # its pid was given to another


def made(folder: Path, kind: Kind, kafka: Process = GONE) -> Stack:
    found = Stack(kind, 20_001, 20_002, str(folder / kind), {"kafka": kafka, "elasticsearch": GONE})
    stack.remember(folder, found)
    return found


@pytest.mark.parametrize(("kind", "other"), [("real", "embedded"), ("embedded", "real")])
@pytest.mark.parametrize("stopped", [True, False])
def test_a_folder_is_for_one_kind_of_stack(tmp_path: Path, kind: Kind, other: Kind, stopped: bool) -> None:
    made(tmp_path, kind)
    if stopped:
        stack.stop(tmp_path)
    with pytest.raises(
        UsageError, match=f"data of the {kind} stack: `{stack.COMMANDS[kind]}`, or another STORYWATCH_DATA"
    ):
        up(other, tmp_path, None, None)


def test_hints_name_the_commands_for_both_stacks(tmp_path: Path) -> None:
    hint = str(unreachable(Settings(data_dir=tmp_path), OSError()))
    assert "`storywatch up`" in hint
    assert "`storywatch up --real`" in hint


def test_pids_are_named_and_a_half_dead_stack_explained(tmp_path: Path) -> None:
    me = Process.of(os.getpid())
    found = made(tmp_path, "real", me)
    assert found.described == f"Kafka pid {me.pid}, Elasticsearch pid {GONE.pid}"
    part = next(SystemStatus("", found, (), ()).rows())
    assert (part.state, part.detail) == ("partly down", "Elasticsearch ended; `storywatch up --real` starts it again")


def test_stages_that_wait_for_the_same_are_told_of_once() -> None:
    away = "Elasticsearch is away"
    problems = (f"articles waits: {away}", f"stories waits: {away}", f"alerts waits: {away}", "starting")
    part = list(
        SystemStatus("", None, (), (status_checks.WorkerProcess("store", "http://here", True, problems, {}),)).rows()
    )[1]
    assert part.detail == f"articles, stories and alerts wait: {away}; starting"
