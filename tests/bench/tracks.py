"""``python -m tests.bench.tracks``: the cost of matching one update at 10, 1,000 and 100,000 tracks, and of a track.

The catalogue of `match`, without Kafka. A tenth of the tracks follow stories, the others queries of several shapes;
each query also needs a term that few articles have, as the tracks of a desk do. CPU time, so that a shared machine
tells about the same as a quiet one.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.contract.messages import StoryUpdate, Track
from streams.runtime.processes.supervisor import ALLOCATOR
from streams.stories.state import Stories
from tests.bench import synthetic
from tests.bench.report import report

SIZES = (10, 1_000, 100_000)
PROBES = 300  # updates over which a cost is taken
RARE = 5_000  # different rare words of the queries
PARSED = 500  # queries over which the cost of reading one is taken
SHAPES = (
    "{word} {rare}",
    '"{word} {rare}"',
    "{word} ({rare} OR {rare}x) -football",
    "title:{rare} language:en",
    "{word} {other} {rare}*",
    'person:"{word} {rare}" sources:>=3',
    "country:NZ publisher:{rare} OR owner:{rare}",
    "the {rare} published:>now-7d -copies:yes",
    "tag:{rare} section:sport",
)


def updates() -> list[StoryUpdate]:
    stories = Stories(window=timedelta(days=14))
    filed = (
        stories.file(article, offset, article.article.fetched_at).update
        for offset, article in enumerate(synthetic.tagged(PROBES, stories=PROBES // 4))
    )
    return [update for update in filed if update is not None]


def tracks(count: int, probes: Sequence[StoryUpdate]) -> Iterator[Track]:
    """Tracks whose common words are those of the updates, and whose rare word one of `RARE`, some of them too."""
    words = [word for update in probes for word in update.terms[:: max(1, len(update.terms) // 7)]]
    for number in range(count):
        if number % 10 == 0:
            yield Track(id=f"t{number}", name="bench", created_at=synthetic.BEGIN, story=f"{number:032x}")
            continue
        rare = f"term{number % RARE}" if number % 50 != 1 else words[number % len(words)]
        text = SHAPES[number % len(SHAPES)].format(
            word=words[number % len(words)], other=words[number * 7 % len(words)], rare=rare
        )
        yield Track(id=f"t{number}", name="bench", created_at=synthetic.BEGIN, query=text)


def measure() -> dict[str, float]:
    probes = updates()
    results: dict[str, float] = {}
    for size in SIZES:
        made = list(tracks(size, probes))
        gc.collect()
        before, started = _rss_bytes(), time.process_time()
        catalogue = Catalogue(made)
        results[f"track_load_seconds_at_{size}"] = time.process_time() - started
        if size == max(SIZES):
            results["track_bytes"] = (_rss_bytes() - before) / size
            results["tracks_unindexed"] = float(catalogue.unindexed)
        catalogue.answering(probes[0])
        started = time.process_time()
        answers = sum(len(catalogue.answering(update)) for update in probes)
        results[f"track_match_ms_at_{size}"] = (time.process_time() - started) / len(probes) * 1000
        results[f"track_answers_at_{size}"] = answers / len(probes)
    typed = [track.query for track in tracks(PARSED, probes) if track.query]
    started = time.process_time()
    for text in typed:
        query.parse(text)
    results["query_parse_ms"] = (time.process_time() - started) / len(typed) * 1000
    return results


def _rss_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    if not ALLOCATOR.keys() <= os.environ.keys():  # which a program reads when it starts: as the worker starts its own
        again = [sys.executable, "-m", "tests.bench.tracks", *sys.argv[1:]]
        sys.exit(subprocess.run(again, env=ALLOCATOR | os.environ, check=False).returncode)
    report(measure())
