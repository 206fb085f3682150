"""Pages made to be slow or large take bounded time and memory, and give an article or a one-line error."""

import json
import subprocess
import sys

import pytest

from tests.cleaning.hostile import PAGES

TIMEOUT_SECONDS = 300  # for all pages together, 20 s of CPU: what it finds is a page that hangs, not a busy machine


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What came of each page, in a process with a limit of memory. A page that is missing ended the process."""
    command = [sys.executable, "-m", "tests.cleaning.hostile"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as late:
        printed = late.stdout or b""
        return _read(printed.decode() if isinstance(printed, bytes) else printed)
    return {**_read(done.stdout), "exit": done.stderr.strip()[-500:]}


def _read(printed: str) -> dict[str, str]:
    return dict(json.loads(line) for line in printed.splitlines())


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_an_article_or_one_clear_line(outcomes: dict[str, str], name: str) -> None:
    assert name in outcomes, f"hung, or over the limit of memory: {outcomes.get('exit', 'time is over')}"
    outcome = outcomes[name]
    assert outcome.startswith(("article: ", "rejected: "))
    assert len(outcome.splitlines()) == 1
    assert "cannot be read: " not in outcome  # the net for what libraries raise
