"""What a process writes to stderr: one JSON line an event, and one line for what libraries say a thousand times."""

import json
import logging
import subprocess
import sys
from typing import Any

from streams.runtime.backoff import FIRST_SECONDS, LONGEST_SECONDS, exponential_backoff
from streams.runtime.logging import SAME_LINE_SECONDS, RepeatFilter

SAY = """
import logging, sys, structlog
from streams.runtime.logging import configure
from streams.runtime.settings import Settings
configure(Settings(log_format=sys.argv[1], log_level=sys.argv[2]), *sys.argv[3:])
log = structlog.get_logger("storywatch.test")
{}
"""


def said(code: str, style: str = "json", level: str = "INFO", app: tuple[str, ...] = ()) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SAY.format(code), style, level, *app], capture_output=True, text=True, check=True
    )
    assert done.stdout == "", "logs go to stderr"
    return done.stderr.splitlines()


def test_an_event_is_one_json_line_with_time_level_and_values() -> None:
    [line] = said('log.warning("dead letter", reason="two\\nlines", offset=7)')
    event: dict[str, Any] = json.loads(line)
    assert (event["event"], event["level"], event["offset"]) == ("dead letter", "warning", 7)
    assert event["reason"] == "two\nlines"
    assert event["logger"] == "storywatch.test"
    assert event["timestamp"].endswith("Z")


def test_an_exception_is_in_its_line() -> None:
    [line] = said('try:\n    1 / 0\nexcept ZeroDivisionError:\n    log.exception("background work failed")')
    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_people_get_text() -> None:
    [line] = said('log.info("ready", app="work")', style="text")
    assert "ready" in line
    assert "app=work" in line


def test_every_line_names_its_process() -> None:
    code = 'log.info("one"); logging.getLogger("aiokafka").error("two"); log.info("three", app="store")'
    assert [json.loads(line)["app"] for line in said(code, app=("state",))] == ["state", "state", "store"]
    for line in said(code, "text", app=("state",))[:2]:
        assert "app=state" in line
    assert "app" not in json.loads(said(code)[0])


def test_the_level_holds_for_our_own_lines() -> None:
    code = 'log.info("one"); log.error("two"); log.debug("three")'
    assert [json.loads(line)["event"] for line in said(code, level="ERROR")] == ["two"]
    assert [json.loads(line)["event"] for line in said(code, level="DEBUG")] == ["one", "two", "three"]


def test_libraries_say_a_thing_once_and_we_say_everything() -> None:
    code = """
for number in range(100):
    logging.getLogger("aiokafka.conn").error("Unable to connect to %s", number)
    logging.getLogger("faust").info("of no interest")
    log.info("attempt", number=number)
logging.getLogger("aiokafka.conn").error("another thing")
"""
    events = [json.loads(line) for line in said(code)]
    assert [event["event"] for event in events if event["logger"] == "aiokafka.conn"] == [
        "Unable to connect to 0",
        "another thing",
    ]
    assert [event["number"] for event in events if event["logger"] == "storywatch.test"] == list(range(100))
    assert len(events) == 102


def test_many_different_lines_do_not_grow_the_memory() -> None:
    repeats = RepeatFilter()
    for number in range(5000):
        record = logging.LogRecord("kafka", logging.ERROR, "", 0, f"failed {number}", None, None)
        assert repeats.filter(record)
    assert len(repeats.last_passed) <= 1001
    assert SAME_LINE_SECONDS <= 60, "an operator who looks sees that it goes on"


def test_pauses_grow_to_a_bound_and_are_never_the_same_for_two() -> None:
    first, second = exponential_backoff(), exponential_backoff()
    ours = [next(first) for _ in range(12)]
    assert FIRST_SECONDS / 2 <= ours[0] <= FIRST_SECONDS
    assert all(LONGEST_SECONDS / 2 <= pause <= LONGEST_SECONDS for pause in ours[7:])
    assert ours != [next(second) for _ in range(12)]
