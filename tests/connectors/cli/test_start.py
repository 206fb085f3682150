"""A command starts with few modules: whoever asks a server does not wait for models, tables and other clients."""

import subprocess
import sys

import pytest

from tests.connectors.cli.running import MAIN, Command

HEAVY = {
    "aiohttp",
    "aiokafka",
    "elasticsearch",
    "faust",
    "feedparser",
    "httpx",
    "lxml",
    "numpy",
    "pandas",
    "prometheus_client",
    "spacy",
    "trafilatura",
    "wordfreq",
}
PROGRAM = """
import sys
from connectors.cli.invoke import run
code = run(sys.argv[1:])
print("\\n", *sorted({name.partition(".")[0] for name in sys.modules}))
sys.exit(code)
"""


def loaded(process: Command, *arguments: str) -> set[str]:
    """The packages that are loaded when the command has done its work, well or not."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=MAIN,
        env=process.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["--help", "search --help", "ingest --help", "watch --help"])
def test_help_loads_no_client_at_all(process: Command, command: str) -> None:
    assert loaded(process, *command.split()) & (HEAVY | {"kafka", "urllib3"}) == set()


@pytest.mark.parametrize("command", ["stories", "stories show 5aa15a", "search pier", "alerts"])
def test_a_question_to_elasticsearch_loads_one_http_client(process: Command, command: str) -> None:
    assert loaded(process, *command.split()) & (HEAVY | {"kafka"}) == set()


def test_a_question_to_kafka_loads_no_stage(process: Command) -> None:
    assert loaded(process, "track", "list") & (HEAVY - {"httpx"}) == set()
