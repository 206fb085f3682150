"""``python -m tests.bench.scale``: how cost and memory of the stages' states grow with articles and stories.

The pure states, without Kafka: what one partition of one language holds and does. CPU time, so that a shared machine
tells the same as a quiet one. ``restored 1000000``: of a state as large as that, built of rows (20 GB). ``open``: of
filing with second thoughts, at several numbers of open stories.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec
from msgspec.structs import replace

from streams.contract.messages import TaggedArticle, digest
from streams.copies import Copies
from streams.runtime.processes.supervisor import ALLOCATOR
from streams.runtime.state.table import pack
from streams.stories import coverage, decision, rows
from streams.stories.rows import FilingRow
from streams.stories.similarity.features import extract
from streams.stories.state import Stories
from tests.bench import synthetic
from tests.bench.hops import MIB
from tests.bench.report import report

SIZES = (10_000, 100_000)
OPEN_STORIES = (1_000, 10_000, 100_000)
PROBES = 1_000  # articles over which the cost at a size is taken
A_STORY = 4  # articles
STEADY_WINDOW = 5_000  # articles
STEADY_ARTICLES = 100_000
RESTORED_REAL = 20_000  # articles whose rows are made by filing; more are those under other ids


def of_stories(sizes: tuple[int, ...]) -> dict[str, float]:
    """Cost of filing one more article, and memory a stored one takes, at each size of the window."""
    results: dict[str, float] = {}
    stories, before, filed = Stories(window=timedelta(days=14)), _rss(), 0
    largest = max(sizes)
    feed = enumerate(synthetic.tagged(largest + PROBES * len(sizes), stories=largest // A_STORY, per_day=largest))
    for size in sizes:
        for offset, article in islice(feed, size - filed):
            stories.file(article, offset, article.article.fetched_at)
        results[f"story_ms_at_{size}"] = _cpu_ms(partial(_file, stories, list(islice(feed, PROBES))))
        filed = size + PROBES
        results[f"story_kib_per_article_at_{size}"] = (_rss() - before) * 1024 / filed
    return results


def of_open_stories(sizes: tuple[int, ...] = OPEN_STORIES) -> dict[str, float]:
    """What filing one more article costs with second thoughts, at each number of open stories of one article each.

    The articles that are filed are the same at each: of 250 of the stories, which take them or merge with them.
    """
    results: dict[str, float] = {}
    for size in sizes:
        stories = Stories(window=timedelta(days=14), second_thoughts="eager")
        for offset, article in enumerate(synthetic.begun(size)):
            stories.restore(article.article.id, _first_row(article, offset))
        stories.build_indexes()
        later = list(enumerate(synthetic.tagged(PROBES, stories=PROBES // A_STORY), size))
        results[f"story_ms_per_article_at_{size}_open"] = _cpu_ms(partial(_file, stories, later))
    costs = list(results.values())
    return results | {"story_ms_per_article_growth": costs[-1] / costs[0]}


def _first_row(tagged: TaggedArticle, offset: int) -> FilingRow:
    """Return the row of an article that began a story."""
    features = extract(tagged)
    filing = decision.created(None, tagged, features, timedelta(days=14))
    verdict = coverage.judge(coverage.SourceTally(), tagged)
    return rows.make(tagged, features, filing, verdict, offset, tagged.article.fetched_at, offset)


def of_restored(count: int) -> dict[str, float]:
    """What a state built of so many articles' rows takes to build and to hold, and what filing one more costs then.

    Larger states than filing could make in an afternoon: rows of `RESTORED_REAL` articles, again under other ids.
    """
    window, before = timedelta(days=14), _rss()
    filing, made = Stories(window=window), dict[str, FilingRow]()
    feed = enumerate(synthetic.tagged(RESTORED_REAL + PROBES, stories=RESTORED_REAL // A_STORY))
    for offset, article in islice(feed, RESTORED_REAL):
        filed = filing.file(article, offset, article.article.fetched_at)
        made.update((key, row) for key, row in filed.rows.items() if isinstance(row, FilingRow))
    packed = [(key, pack(row)) for key, row in made.items()]
    del filing, made
    decode = msgspec.msgpack.Decoder(FilingRow).decode
    stories, started = Stories(window=window), time.process_time()
    gc.disable()  # as `streams.runtime.state.partition_states` does
    for number in range(count):
        turn, place = divmod(number, len(packed))
        key, row = packed[place][0], decode(packed[place][1])
        stories.restore(digest(key, str(turn)), replace(row, story=digest(row.story, str(turn))))
    stories.build_indexes()
    gc.enable()
    return {
        f"restore_seconds_at_{count}": time.process_time() - started,
        f"restored_kib_per_article_at_{count}": (_rss() - before) * 1024 / count,
        f"restored_story_ms_at_{count}": _cpu_ms(partial(_file, stories, list(feed))),
    }


def at_a_steady_window() -> dict[str, float]:
    """How far memory grows while the window stays as it is: rows as the tables hold them, and what is built of them."""
    window = timedelta(days=1)
    copies, stories = Copies(window=window, retained=0), Stories(window=window)
    tables: tuple[dict[str, bytes], ...] = ({}, {})
    samples: list[float] = []
    made = synthetic.tagged(STEADY_ARTICLES, stories=STEADY_ARTICLES // A_STORY, per_day=STEADY_WINDOW)
    for offset, article in enumerate(made):
        judged = copies.judge(article.article, offset)
        filed = stories.file(article, offset, article.article.fetched_at)
        for table, changed in zip(tables, (judged.rows, filed.rows), strict=True):
            table.update((key, pack(row)) for key, row in changed.items() if row is not None)
            for key in (key for key, row in changed.items() if row is None):
                table.pop(key, None)
        if offset % STEADY_WINDOW == STEADY_WINDOW - 1:
            samples.append(_rss())
    third = len(samples) // 3  # by then windows have come and gone
    print(f"input: {STEADY_ARTICLES} articles, {STEADY_WINDOW} in the window; MiB: {[round(one) for one in samples]}")
    return {
        "steady_rows": float(max(map(len, tables))),
        "steady_rss_growth": samples[-1] / samples[third] - 1,
    }


def _file(stories: Stories, articles: Sequence[tuple[int, TaggedArticle]]) -> None:
    for offset, article in articles:
        stories.file(article, offset, article.article.fetched_at)


def _cpu_ms(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) / PROBES * 1000


def _rss() -> float:
    """Resident memory in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / MIB


if __name__ == "__main__":
    if not ALLOCATOR.keys() <= os.environ.keys():  # which a program reads when it starts: as the worker starts its own
        again = [sys.executable, "-m", "tests.bench.scale", *sys.argv[1:]]
        sys.exit(subprocess.run(again, env=ALLOCATOR | os.environ, check=False).returncode)
    match sys.argv[1:]:
        case ["restored", size]:
            report(of_restored(int(size)))
        case ["open", *counts]:
            report(of_open_stories(tuple(int(count) for count in counts) or OPEN_STORIES))
        case sizes:
            wanted = tuple(int(size) for size in sizes) or SIZES
            report(at_a_steady_window())
            report(of_stories(wanted))
