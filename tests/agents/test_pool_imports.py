"""What a process of the pool loads: the libraries of its own work, and none of servers, apps and commands."""

import subprocess
import sys

WORK = """
import sys
from streams.agents.support import pool_tasks
pool_tasks.warm(None)
from streams.stories.similarity.features import measure
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
# clients of servers, the framework of the apps, settings, and what the default tagger does not need
NOT_NEEDED = {
    "elasticsearch", "elastic_transport", "aiohttp", "faust", "mode", "aiokafka", "kafka", "pydantic_settings",
    "prometheus_client", "structlog", "deploy", "connectors", "spacy", "thinc", "numba", "typer",
}  # fmt: skip


def test_a_process_of_the_pool_loads_no_client_of_a_server() -> None:
    loaded = subprocess.run([sys.executable, "-c", WORK], check=True, capture_output=True, text=True)
    assert not NOT_NEEDED & set(loaded.stdout.split())


def test_measuring_an_article_loads_no_word_lists() -> None:
    code = "import sys, streams.stories; print('wordfreq' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "False"
