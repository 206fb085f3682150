"""Forgets an article everywhere. Running it again does what is left to do.

The order matters:

1. the record, which every stage reads before its next message: from then on the article passes none of them;
2. an empty article to every partition, since its rows are in the partition of the language that it once had;
3. the undelivered alerts;
4. the documents.
"""

import time
from dataclasses import dataclass
from typing import Any

from connectors.elastic.admin.erase import Eraser
from connectors.forget import pending
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.messages import Forgotten, Message, TaggedArticle
from streams.contract.stage import STATE
from streams.runtime.settings import Settings

ANSWER_SECONDS = 30.0  # a worker handles a message within a second; behind a backlog it does the rest later


@dataclass(frozen=True)
class Target:
    """The article to forget. ``titles``: its headlines, which other documents may quote; ``story``: its story's id."""

    id: str
    titles: tuple[str, ...] = ()
    story: str | None = None


@dataclass(frozen=True)
class ErasureResult:
    """How many documents and alerts were deleted, closed or changed; whether the worker has removed the rows."""

    documents: int
    alerts: int
    rows_removed: bool


def forget(settings: Settings, producer: Producer, eraser: Eraser, target: Target, record: Forgotten) -> ErasureResult:
    """Raises `Unavailable` when a server is away: then running it again does the rest."""
    producer.send(topics.FORGOTTEN, record)
    sent = [
        producer.confirm(producer.start_at(topic, message, partition))
        for topic, message in empty_articles(target.id, record)
        for partition in range(settings.partitions)
    ]
    quotations = eraser.quotations(target.id, target.titles, target.story)
    with Reader(settings, [topics.ALERTS]) as reader:
        waiting = list(pending.redacted(reader.read_to_end(), target.id, quotations))
    sent += [producer.confirm(producer.start(topics.ALERTS, alert)) for alert in waiting]
    rows_removed = _handled(settings, sent)
    return ErasureResult(eraser.erase(target.id, quotations), len(waiting), rows_removed)


def empty_articles(id_: str, record: Forgotten) -> list[tuple[topics.Topic, Message]]:
    """An article with an id and nothing else, for the topic of each stage that has rows of articles."""
    empty = TaggedArticle.without_text(id_, "forgotten", record.at)
    return [(topics.CLEAN, empty.article), (topics.TAGGED, empty)]


def _handled(settings: Settings, sent: list[Any]) -> bool:
    """Whether the worker handles all of ``sent`` within `ANSWER_SECONDS`."""
    deadline = time.monotonic() + ANSWER_SECONDS
    with admin.admin(settings) as client:
        while not admin.has_passed(client, settings.app_id(STATE), sent):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
    return True
