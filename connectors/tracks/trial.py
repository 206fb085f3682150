"""The log of story updates -> what tracks would have sent since a time; nothing is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.kafka.reader import Reader
from streams.alerts.dry_run import DryRun
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import StoryUpdate, Track
from streams.runtime.settings import Settings

MOST_SERVED = 30_000  # updates that a server reads for one dry run: some ten seconds
MOST_WAITING = 20_000  # held alerts of all tracks, some kilobytes each
PROGRESS = 1_000  # updates between two reports
REASONS = {
    "refiled": "moved to the story long after it was filed",
    "muted": "the source, story or article is muted",
    "kind": "of a kind that the track does not want",
    "language": "in a language that the track does not want",
    "country": "of a country that the track does not want",
    "publisher": "of a publisher that the track does not want",
    "entity": "names none of the entities of the conditions",
    "too_old": "older than the track wants",
    "least_sources": "fewer sources than the track wants",
    "no_fact": "nothing that the track fires for",
    "backfill": "backfilled or old, and the track does not ask for it",
    "not_independent": "no new independent source",
    "known_publisher": "no new publisher",
    "no_publisher": "the text names no publisher",
    "too_few_sources": "too few sources yet",
    "already_fired": "reported before",
    "before_track": "filed before the first moment of the test",
}


@dataclass(frozen=True)
class Trial:
    """``reaches``: when the first update in the log was written, None if there is none. ``cut``: why it ended early."""

    run: DryRun
    reaches: datetime | None
    cut: str | None


def told(reason: str) -> str:
    """The label of a decision, for people."""
    return REASONS.get(reason, reason.replace("_", " "))


def try_out(
    settings: Settings,
    tracks: Sequence[Track],
    since: datetime,
    now: datetime,
    *,
    most_updates: int,
    report: Callable[[datetime], None] = lambda at: None,
) -> Trial:
    """Decide on the updates of [since, now) as a worker would; ``report`` is called with the time that is reached.

    Raises `Unavailable` while Kafka is away, `Undecodable` for a track whose query is invalid.
    """
    run = DryRun(tracks, since)
    cut = None
    with Reader(settings, [topics.UPDATES]) as reader:
        reaches = reader.oldest_time()
        reader.seek_time(since)
        for number, record in enumerate(reader.to_end_by_time()):
            reached = f"{record.time:%Y-%m-%d %H:%M} UTC"
            if number == most_updates:
                cut = f"only the first {most_updates:,} updates, until {reached}, were read"
                break
            if number % PROGRESS == 0:
                report(record.time)
            try:
                update = decode(record.value or b"", StoryUpdate)
            except Undecodable:
                continue  # the workers have made a dead letter of it
            run.take(update, record.offset, record.time)
            if run.waiting > MOST_WAITING:
                cut = f"more than {MOST_WAITING:,} alerts wait at {reached}: it ends there"
                break
        else:
            run.finish(now)
    return Trial(run, reaches, cut)
