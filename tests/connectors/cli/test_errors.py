"""Whatever goes wrong: one line, the documented exit code, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.cli.running import MAIN, SECONDS, Command, Inside

BROKEN = """
import sys
from connectors.cli import commands, invoke
@commands.app.command()
def broken() -> None:
    raise ValueError("seven is not eight")
sys.exit(invoke.run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    ["ingest .", "track list", "track remove abc", "deadletters", "init", "track add --query ferry"],
)
def test_kafka_away_is_one_line_with_its_address(inside: Inside, command: str) -> None:
    ran = inside(*command.split())
    line = ran.one_line()
    assert ran.code == 3
    assert "127.0.0.1:9 " in line
    assert "storywatch up" in line
    assert "STORYWATCH_KAFKA" in line


@pytest.mark.parametrize(
    "command", ["stories", "stories show 5aa15a", "search pier", "alerts", "track add --story 5aa15a"]
)
def test_elasticsearch_away_is_one_line_with_its_address(inside: Inside, command: str) -> None:
    ran = inside(*command.split())
    line = ran.one_line()
    assert ran.code == 3
    assert "http://127.0.0.1:9" in line
    assert "storywatch up" in line


@pytest.mark.parametrize("command", ["ingest .", "worker", "stories"])
def test_a_process_prints_one_line_and_no_traceback(alone: Command, command: str) -> None:
    ran = alone(*command.split())
    assert "storywatch up" in ran.one_line()
    assert ran.code == 3


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("nonsense", "nonsense"),
        ("ingest", "PATH"),
        ("ingest x --nonsense", "--nonsense"),
        ("ingest x --lane slow", "--lane"),
        ("up --kafka-port 70000", "--kafka-port"),
        ("stories --limit 0", "'--limit': at least 1 is expected"),
        ("stories --limit many", "'--limit': a number is expected"),
        ("stories --language english", "two letters such as en"),
        ("status now", "nothing is expected here: now"),
        ("export everything", "'articles', 'stories', 'alerts'"),
        ("export --after somewhere", "no place that an export has named"),
        ("stories --since yesterdayish", "yesterdayish"),
        ("stories --limit 3 show 5aa15a", "storywatch stories show"),
        ("ingest missing.txt absent/", "there is no such file: missing.txt, absent/"),
        ("ingest x --fetched-at soon", "--fetched-at"),
        ("ingest x --fetched-at 2999-01-01", "in the future"),
        ("ingest x --fetched-at 1970-01-01T00:00:00Z", "before 1990"),
        ("watch ftp://feeds.example/rss", "http"),
        ("watch http://127.0.0.1/rss", "--allow-private"),
        ("track add", "--story"),
        ("track add --story abcdef --query ferry", "one of"),
        ("track add --query ferry --webhook http://10.0.0.8/hook", "--allow-private"),
        ("track add --query ferry --webhook nowhere", "http"),
        ("track add --query ferry --webhook https://desk.example/ --secret short", "whsec_"),
        ("track add --query ferry --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "--webhook"),
        ("track add --query ...", "no letter or digit"),
        ("listen --secret short", "whsec_"),
    ],
)
def test_a_usage_error_is_one_line_with_the_cause(inside: Inside, command: str, says: str) -> None:
    ran = inside(*command.split())
    assert says in ran.one_line()
    assert ran.code == 2


def test_a_setting_that_cannot_be_is_named(alone: Command) -> None:
    ran = alone("stories", STORYWATCH_PARTITIONS="none")
    assert "STORYWATCH_PARTITIONS" in ran.one_line()
    assert ran.code == 2


def test_an_unusable_address_is_one_line_with_the_reason(alone: Command) -> None:
    ran = alone("track", "list", STORYWATCH_KAFKA="nonsense")
    assert (ran.code, "not host:port" in ran.one_line()) == (2, True)
    ran = alone("track", "list", STORYWATCH_KAFKA="nohost.invalid:9092")
    assert (ran.code, "(the name is not known)" in ran.one_line()) == (3, True)
    ran = alone("stories", STORYWATCH_ELASTICSEARCH="http://127.0.0.1:9")
    assert (ran.code, "(connection refused)" in ran.one_line()) == (3, True)


def test_an_unknown_setting_is_one_line_and_no_error(alone: Command) -> None:
    ran = alone("up", "--help", STORYWATCH_PARTITION="3")
    assert ran.err == "storywatch: there is no setting STORYWATCH_PARTITION: did you mean STORYWATCH_PARTITIONS?\n"
    assert ran.code == 0


@pytest.mark.parametrize("command", ["deadletters --by colour", "reprocess --from nope"])
def test_an_invalid_choice_is_reported_in_plain_words(inside: Inside, command: str) -> None:
    line = inside(*command.split()).one_line()
    assert "is not one of" in line
    assert "Value error" not in line


def broken(tmp_path: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PYTHONPATH": str(MAIN), "PATH": os.environ["PATH"], **settings}
    command = [sys.executable, "-c", BROKEN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)


def test_a_bug_is_one_line_and_says_so(tmp_path: Path) -> None:
    done = broken(tmp_path, "broken")
    assert done.returncode == 70
    assert done.stderr.count("\n") == 1
    assert "ValueError: seven is not eight" in done.stderr
    assert "bug" in done.stderr


def test_debug_shows_where_a_bug_is(tmp_path: Path) -> None:
    for done in (broken(tmp_path, "--debug", "broken"), broken(tmp_path, "broken", STORYWATCH_DEBUG="1")):
        assert done.returncode == 70
        assert "Traceback" in done.stderr


@pytest.mark.parametrize("command", ["--help", "stories list", "stories show 5aa15a"])
def test_a_closed_pipe_is_no_error(process: Command, command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with process.into(write, *command.split()) as running:
        err = running.communicate(timeout=SECONDS)[1]
    os.close(write)
    assert err == ""
    assert running.returncode == 0
