"""How long a worker takes to restart with a large state, and another to take over its work, on the real stack.

The state is made of rows as the stages write them: those of some thousand articles, repeated under other ids.
"""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from kafka import KafkaProducer
from kafka.partitioner.default import murmur2
from msgspec.structs import replace

from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.launcher import START
from deploy.stack import stop
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import FiledArticle, digest
from streams.contract.stage import STATE
from streams.copies import Copies
from streams.runtime.state.table import pack
from streams.stories.rows import FilingRow
from streams.stories.state import Stories
from tests.bench import articles, synthetic

REAL = 4_000  # articles whose rows are made by the stages
ROWS = 100_000
TAKE_OVER_SECONDS = 120.0


def measure(folder: Path) -> dict[str, float]:
    """Name -> seconds."""
    stack_folder = folder / "stack"
    START["real"](stack_folder, kafka_port=0, elasticsearch_port=0, die_with_parent=True)
    try:
        options = {"pool_processes": 1, "log_level": "WARNING"}
        workers = [System(folder / name, options, stack_folder=stack_folder) for name in ("one", "two")]
        for worker in workers:
            worker.settings.data_dir.mkdir(exist_ok=True)
            worker.start()
        _fill(workers[0])
        started = time.monotonic()
        workers[0].start_worker()
        results = {"recovery_seconds_100k": time.monotonic() - started}
        workers[1].start_worker()
        took = []
        for dying, left in (workers, workers[::-1]):
            with _articles(left) as filed:
                filed.wait_for_next()
                dying.kill_worker()
                took.append(filed.wait_for_next())
            dying.start_worker()
        return results | {"take_over_seconds": max(took)}
    finally:
        for worker in workers:
            with contextlib.suppress(subprocess.SubprocessError):
                worker.close()
        stop(stack_folder)


def _fill(system: System) -> None:
    """Write the rows of `ROWS` articles into the changelogs, all of one language and so of one partition."""
    now = datetime.now(UTC)
    copies, stories = Copies(window=timedelta(hours=72)), Stories(window=timedelta(days=14))
    kept: dict[str, dict[str, msgspec.Struct]] = {"dedup": {}, "story": {}}
    for offset, made in enumerate(synthetic.tagged(REAL, stories=REAL // 4)):
        article = replace(made.article, fetched_at=now, received_at=now)
        judged = copies.judge(article, offset)
        kept["dedup"].update({key: row for key, row in judged.rows.items() if row is not None})
        filed = stories.file(replace(made, article=article, first_seen=now), offset, now)
        kept["story"].update({key: row for key, row in filed.rows.items() if row is not None})
    partition = (murmur2(b"en") & 0x7FFFFFFF) % system.settings.partitions
    producer = KafkaProducer(bootstrap_servers=system.settings.kafka, linger_ms=20, batch_size=1_000_000)
    for table, rows in kept.items():
        name = topics.changelog(system.settings.app_id(STATE), table)
        for turn in range(ROWS // REAL):
            for key, row in rows.items():
                again = replace(row, story=digest(row.story, str(turn))) if isinstance(row, FilingRow) else row
                producer.send(name, partition=partition, key=digest(key, str(turn)).encode(), value=pack(again))
    producer.flush()
    producer.close()


class _Filed:
    """Sends one article per second; returns how long it takes until the next one comes out."""

    def __init__(self, system: System, producer: Producer, reader: Reader) -> None:
        self._system = system
        self._producer = producer
        self._reader = reader
        self._pages = articles.pages(1_000_000, seed=time.monotonic_ns())

    def wait_for_next(self) -> float:
        """Seconds until an article that is sent from now on is filed."""
        started, last, begun = time.monotonic(), 0.0, datetime.now(UTC)
        while time.monotonic() - started < TAKE_OVER_SECONDS:
            if time.monotonic() - last > 1:
                last = time.monotonic()
                self._producer.send(topics.RAW, next(self._pages))
            for record in self._reader.poll():
                article = decode(record.value, FiledArticle).article
                if article.fetched_at >= begun:
                    return time.monotonic() - started
        raise SystemExit(f"nothing was filed within {TAKE_OVER_SECONDS:g} s")


@contextlib.contextmanager
def _articles(system: System) -> Iterator[_Filed]:
    with Producer(system.settings) as producer, Reader(system.settings, [topics.FILED], from_now=True) as reader:
        yield _Filed(system, producer, reader)
