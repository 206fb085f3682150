"""Replays the log of a story's updates for one track, to explain what it did at each update of an article."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.cli.common import connect, output, times
from connectors.kafka.reader import Reader
from streams.alerts.explain import Explained, Explanation
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import StoryUpdate, Track
from streams.runtime.settings import Settings

MOST_UPDATES = 20  # of one article, the latest
BEFORE = timedelta(minutes=1)  # clocks differ
PROGRESS = 10_000


@dataclass(frozen=True)
class Replayed:
    """What happened at each update of the article. ``reaches``: when the first update in the log was written."""

    updates: tuple[Explained, ...]
    reaches: datetime | None


def replay(settings: Settings, track: Track, article: str, stories: Collection[str], filed: datetime) -> Replayed:
    """Replay the updates of ``stories``, since the track was made or the article was ``filed``.

    Raises `Unavailable` if Kafka does not answer.
    """
    connect.check_kafka(settings)
    since = min(track.created_at, filed) - BEFORE
    keys = {story.encode() for story in stories}
    explanation = Explanation(track)
    found: list[Explained] = []
    with Reader(settings, [topics.UPDATES]) as reader, output.progress("reading updates") as show:
        reaches = reader.oldest_time()
        reader.seek_time(since)
        for number, record in enumerate(reader.to_end_by_time()):
            if number % PROGRESS == 0:
                show(times.iso_time(record.time), None)
            if record.key not in keys:
                continue
            try:
                update = decode(record.value or b"", StoryUpdate)
            except Undecodable:
                continue
            explained = explanation.take(update, record.offset, record.time)
            if update.article.id == article:
                found.append(explained)
    return Replayed(tuple(found[-MOST_UPDATES:]), reaches)
