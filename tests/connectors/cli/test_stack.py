"""`up`, `down`, `init`, `status` and `worker` on a stack that the command itself starts."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack import last, stop
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.cli.running import NOWHERE, Command, Inside
from tests.connectors.http.serving import Answer, serve


@pytest.fixture
def own(inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    """The command with a data folder of its own, whose stack is gone after the test."""
    monkeypatch.delenv("STORYWATCH_KAFKA")
    monkeypatch.delenv("STORYWATCH_ELASTICSEARCH")
    monkeypatch.setenv("STORYWATCH_PARTITIONS", "1")
    monkeypatch.setenv("STORYWATCH_METRICS_PORT", "0")
    yield inside
    if (tmp_path / "data").is_dir():
        stop(tmp_path / "data")


def test_from_nothing_to_ready_and_back(own: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    up = Command(tmp_path / "data", {})("up", "--kafka-port", "0", "--elasticsearch-port", "0", "--json")
    assert up.code == 0
    assert up.json["kafka"].startswith("127.0.0.1:")

    again = own("up")
    assert again.code == 2
    assert up.json["kafka"] in again.one_line()
    assert "storywatch down" in again.one_line()

    early = own("worker")
    assert early.code == 2
    assert "storywatch init" in early.one_line()

    early = own("status", "--json")
    assert early.code == 1
    assert [server["answers"] for server in early.json["servers"]] == [True, True]
    assert all("storywatch init" in server["problem"] for server in early.json["servers"])

    first, second = own("init", "--json"), own("init", "--json")
    assert (first.code, second.code) == (0, 0)
    assert "articles.raw.v1" in first.json["topics"]["created"]
    assert second.json["topics"]["created"] == []
    assert sorted(second.json["topics"]["unchanged"]) == sorted(first.json["topics"]["created"])
    assert second.json["topics"]["changed"] == {}

    after = own("status", "--json")
    assert after.code == 1
    assert [server["problem"] for server in after.json["servers"]] == [None, None]
    assert [(part["app"], part["running"]) for part in after.json["worker"]] == [
        ("work", False),
        ("state", False),
        ("store", False),
        ("sources", False),
    ]

    down = own("down")
    assert down.code == 0
    assert str(up.json["pids"]["kafka"]) in down.out
    assert own("down").out.startswith("nothing runs")
    before = last(tmp_path / "data")
    assert before is not None
    assert before.kafka == up.json["kafka"]
    other = own("up", "--real")
    assert other.code == 2
    assert "holds the data of the embedded stack: `storywatch up`" in other.one_line()

    for name, address in NOWHERE.items():
        monkeypatch.setenv(name, address)  # whatever may listen on this machine at the usual ports
    gone = own("status")
    assert gone.code == 3
    assert gone.err == ""
    assert "down" in gone.out


def test_up_names_the_port_that_is_taken(own: Inside) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for flag in ("--kafka-port", "--elasticsearch-port"):
            other = "--elasticsearch-port" if flag == "--kafka-port" else "--kafka-port"
            ran = own("up", flag, port, other, "0")
            assert ran.code == 2
            assert port in ran.one_line()
            assert flag in ran.one_line()


def test_up_names_the_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    ran = Command(tmp_path / "data", {})("up", "--kafka-port", "0", "--elasticsearch-port", "0")
    assert ran.code == 2
    assert str(tmp_path / "data") in ran.one_line()
    assert "STORYWATCH_DATA_DIR" in ran.one_line()


def test_up_notes_that_commands_use_another_address(own: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWATCH_KAFKA", "broker.example:9092")
    ran = own("up", "--kafka-port", "0", "--elasticsearch-port", "0")
    assert ran.code == 0
    assert "STORYWATCH_KAFKA" in ran.err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_worker_exits_with_0_on_a_signal(process: Command, how: int) -> None:
    with process.going("worker", STORYWATCH_METRICS_PORT="0") as worker:
        assert "worker started" in worker.error_line()
        ran = worker.end(how)
    assert ran.code == 0
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_a_second_worker_in_a_data_folder_is_refused(process: Command) -> None:
    with process.going("worker", STORYWATCH_METRICS_PORT="0") as worker:
        assert "worker started" in worker.error_line()
        second = process("worker", STORYWATCH_METRICS_PORT="0")
        status = process("status", "--json", STORYWATCH_METRICS_PORT="0")
        worker.end()
    assert second.code == 2
    assert "runs already" in second.one_line()
    assert all(part["running"] for part in status.json["worker"])


def test_status_shows_the_lag_while_no_worker_runs(storywatch: Inside, tmp_path: Path) -> None:
    before = storywatch("status", "--json").json["lag"]["clean"]
    (tmp_path / "a.txt").write_text("Ferry aground off Dunmoor\n\nNobody was hurt on Monday.\n")
    assert storywatch("ingest", tmp_path / "a.txt").code == 0
    lag = storywatch("status", "--json").json["lag"]
    assert lag["clean"] == before + 1
    assert list(lag) == [place.name for place in topology.pipeline(Settings())]


@pytest.mark.parametrize(
    ("body", "state", "detail"),
    [
        (b'{"app": "work", "status": "ok", "problems": [], "lag": {"clean": 0}}', "healthy", "http://127.0.0.1:"),
        (b'{"status": "failing", "problems": ["tag waits: it is away"]}', "unhealthy", "tag waits: it is away"),
        (b'{"status": "starting"}', "unhealthy", "starting"),
        (b'{"status": 1}', "not running", "another program than a worker answers"),
        (b"<p>hello</p>", "not running", "another program than a worker answers"),
    ],
    ids=["ok", "failing", "starting", "wrong type", "no JSON"],
)
def test_status_shows_what_healthz_reports(
    inside: Inside, monkeypatch: pytest.MonkeyPatch, body: bytes, state: str, detail: str
) -> None:
    with serve({"/healthz": Answer(body, 503, {"Content-Type": "application/json"})}) as site:
        monkeypatch.setenv("STORYWATCH_METRICS_PORT", str(site.port))
        ran = inside("status")
    [line] = [line for line in ran.lines if line.startswith("worker work ")]
    assert f"  {state}  " in line
    assert detail in line
