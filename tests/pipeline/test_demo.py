"""`storywatch demo` as a newcomer runs it: what comes out is right, and nothing stays behind, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.demo.run_demo import HERE
from deploy.stack import Kind

EXPECTED = json.loads((HERE / "expected.json").read_text())
PATIENCE_SECONDS = 600.0  # a busy machine


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the demo makes its temporary folder: every process of it has this in its command line or environment."""
    yield tmp_path
    assert left_behind(tmp_path) == []


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that were started with this folder for temporary files."""
    mark = f"TMPDIR={folder}".encode()
    left: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                left.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return left


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "connectors.cli", "demo", *arguments],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, problems = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, out, problems


def test_the_demo_on_our_own_articles_comes_out_as_expected(folder: Path, stack_kind: Kind) -> None:
    report = folder / "report.json"
    real = ["--real"] if stack_kind == "real" else []
    code, out, problems = finish(start(folder, *real, "--json", str(report)))
    assert (code, problems) == (0, "")
    result = json.loads(report.read_text())
    check_articles(result)
    check_stories(result)
    assert [alert["source"] for alert in result["alerts"]] == [alert["source"] for alert in EXPECTED["alerts"]]
    assert [dead["input"] for dead in result["dead_letters"]] == EXPECTED["dead_letters"]
    for title in {story["title"] for story in result["stories"]}:
        assert title in out
    for alert in result["alerts"]:
        assert alert["reason"] in out
    assert "What to try next:\n  storywatch demo PATH" in out
    assert "\x1b" not in out  # piped: plain lines
    assert list(folder.glob("storywatch-demo-*")) == []


def check_articles(result: dict[str, Any]) -> None:
    ids = {article["input"]: article["id"] for article in result["articles"]}
    assert sorted([*ids, *EXPECTED["dead_letters"]]) == sorted(path.name for path in (HERE / "articles").iterdir())
    for article in result["articles"]:
        wanted = EXPECTED["articles"][article["input"]]
        for field in ("title", "publisher", "language", "kind", "relation"):
            assert article[field] == wanted[field], (article["input"], field)
        assert (article["published"] or "")[:10] == (wanted["published"] or ""), article["input"]
        if wanted["relation"] in ("exact", "near", "wire"):
            assert article["copy_of"] == ids[wanted["copy_of"]], article["input"]
        elif wanted["relation"] == "revision":
            assert article["id"] == ids[wanted["copy_of"]]


def check_stories(result: dict[str, Any]) -> None:
    by_label: dict[str, set[str]] = {}
    for article in result["articles"]:
        by_label.setdefault(EXPECTED["articles"][article["input"]]["story"], set()).add(article["story"])
    assert {label: len(ids) for label, ids in by_label.items()} == dict.fromkeys(EXPECTED["stories"], 1)
    assert len({next(iter(ids)) for ids in by_label.values()}) == len(by_label)
    stories = {story["id"]: story for story in result["stories"]}
    for label, wanted in EXPECTED["stories"].items():
        (id_,) = by_label[label]
        assert sorted(stories[id_]["sources"]) == sorted(wanted["sources"]), label


@pytest.mark.parametrize(
    ("seen", "number"),
    [("Starting Kafka", signal.SIGINT), ("Starting the worker", signal.SIGTERM), ("Ready", signal.SIGINT)],
)
def test_it_stops_cleanly_at_any_moment(folder: Path, seen: str, number: signal.Signals) -> None:
    process = start(folder)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(seen):
            break
    time.sleep(0.4)
    process.send_signal(number)
    code, out, problems = finish(process)
    assert code == 130
    assert "Traceback" not in out + problems
    assert list(folder.glob("storywatch-demo-*")) == []


def test_every_file_given_is_in_the_report(folder: Path) -> None:
    given = {
        "good.txt": "Harbour pilots at Port Ellery stop work over night shifts\n\n" + STRIKE,
        "empty.txt": "",
        "picture.png": "\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "line.txt": "Pilots stop work at Port Ellery",
    }
    for name, text in given.items():
        (folder / name).write_text(text, encoding="latin-1")
    report = folder / "report.json"
    paths = [str(folder / name) for name in [*given, "missing.html"]]
    code, _, problems = finish(start(folder, *paths, "--json", str(report), "--fetched-at", "2026-03-12"))
    assert (code, problems) == (0, "")
    result = json.loads(report.read_text())
    kinds = {article["input"]: article["kind"] for article in result["articles"]}
    assert kinds == {"good.txt": "article", "line.txt": "headline"}
    assert {dead["input"]: dead["stage"] for dead in result["dead_letters"]} == {
        "empty.txt": "ingest",
        "picture.png": "ingest",
        "missing.html": "ingest",
    }
    assert result["alerts"] == []


STRIKE = (
    "Harbour pilots at Port Ellery stopped work at midnight after talks over night shifts broke down, leaving eleven "
    "cargo ships waiting outside the breakwater, their association said on Tuesday.\n\n"
    "The pilots want two people on every night crew. The harbour authority says it cannot hire before the summer and "
    "has offered to pay forty hours of overtime a month instead.\n\n"
    "Ferries are not affected, because their captains hold licences of their own, but a tanker with heating oil for "
    "the islands is among the ships that wait. A mediator will meet both sides on Thursday morning.\n"
)
