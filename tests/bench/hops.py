"""How many articles per second pass all hops when cleaning and tagging cost nothing.

What is left is Kafka, the delivery guarantees, copies, stories and Elasticsearch: what each further article costs the
processes that are not a pool. Also watches their memory.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from deploy.stack import Kind
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.messages import ContentType, RawArticle
from streams.contract.stage import APPS, WORK
from streams.runtime import topology
from streams.runtime.processes.process import bind_to_parent
from tests.bench import synthetic

WARM_UP_ARTICLES = 2_000  # the servers compile their own code in the first minute
ARTICLES = 4_000
STORIES_SHARE = 4  # articles a story, as in the labelled stream
AHEAD = 2_000  # articles that may wait before the first stage: a backlog, but not all of it on the broker
LOOK_SECONDS = 0.5
START_CPU_SECONDS = 1.0  # what a process needs to start: before that the clock does not run
MIB = 1 << 20


def measure(folder: Path, stack: Kind, count: int = ARTICLES) -> dict[str, float]:
    """Name -> value: articles a second, and the growth of resident memory over the last half of the run."""
    with System(folder, {"log_level": "WARNING"}, stack=stack) as system, _processes(system, folder) as pids:
        while not all(_cpu_seconds(pid) > START_CPU_SECONDS for pid in pids.values()):
            time.sleep(LOOK_SECONDS)
        pages = _pages(WARM_UP_ARTICLES + count)
        for _ in _through(system, islice(pages, WARM_UP_ARTICLES)):
            pass
        begun = {app: _cpu_seconds(pid) for app, pid in pids.items()}
        started = time.monotonic()
        every = max(1000, count // 20)
        samples = [
            {app: _rss(pid) for app, pid in pids.items()} for sent in _through(system, pages) if sent % every == 0
        ]
        seconds = time.monotonic() - started
        samples.append({app: _rss(pid) for app, pid in pids.items()})
        spent = {app: _cpu_seconds(pid) - begun[app] for app, pid in pids.items()}
    print(
        f"input: {count} articles of {synthetic.WORDS} words, already clean and tagged, "
        f"after {WARM_UP_ARTICLES} others; one process an app"
    )
    half = samples[len(samples) // 2]
    return {
        "hops_articles_per_second": count / seconds,
        **{f"hops_cpu_ms_{app}": spent[app] / count * 1000 for app in pids},
        **{f"rss_mib_{app}": samples[-1][app] for app in pids},
        **{f"rss_growth_{app}": samples[-1][app] / half[app] - 1 for app in pids},
    }


def _through(system: System, pages: Iterator[RawArticle]) -> Iterator[int]:
    """Send the pages and wait until all hops are done with them; how many are sent so far, now and then."""
    sent = 0
    with Producer(system.settings) as producer:
        while chunk := list(islice(pages, 500)):
            for future in [producer.start(topics.RAW, page) for page in chunk]:
                producer.confirm(future)
            sent += len(chunk)
            yield sent
            while _waiting(system) > AHEAD:
                time.sleep(LOOK_SECONDS)
    while _waiting(system):
        time.sleep(LOOK_SECONDS)


def _pages(count: int) -> Iterator[RawArticle]:
    for number, article in enumerate(synthetic.tagged(count, stories=max(1, count // STORIES_SHARE))):
        yield RawArticle.arrive(
            encode(article), ContentType.HTML, fetched_at=datetime.now(UTC), url=article.article.url, origin=f"{number}"
        )


@contextmanager
def _processes(system: System, folder: Path) -> Iterator[dict[str, int]]:
    """One process an app, the work app without work; app -> pid."""
    commands = {app: ["-m", "streams", app, "0", "0"] for app in APPS} | {WORK: ["-m", "tests.bench.noop", "0"]}
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for app, command in commands.items():
            with (folder / f"{app}.log").open("ab") as log:
                running[app] = subprocess.Popen(
                    bind_to_parent([sys.executable, *command]),
                    env={**os.environ, **system.environment()},
                    stdout=log,
                    stderr=log,
                )
        yield {app: process.pid for app, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def _waiting(system: System) -> int:
    return sum(admin.lag(system.settings, topology.consumer_groups(system.settings)).values())


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> float:
    """Resident memory in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB
