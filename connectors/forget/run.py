"""What is to be forgotten in; done everywhere and written down, out. May be run again: it does what is left to do.

The order matters. First the record, which every stage reads before it handles anything more: from then on the article
passes none of them. Then shells of it to every partition, since its rows stand where its language once put it. Then
the alerts that wait, and at last the documents.
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
from streams.contract.messages import CleanArticle, CopyVerdict, Forgotten, Kind, Lane, Message, Relation, TaggedArticle
from streams.contract.stage import STATE
from streams.runtime.settings import Settings

ANSWER_SECONDS = 30.0  # a worker takes a message within a second; behind a backlog the rest is left to it


@dataclass(frozen=True)
class Target:
    """What is to be forgotten, and what is known of it. ``titles``: what other documents may quote."""

    id: str
    titles: tuple[str, ...] = ()
    story: str | None = None


@dataclass(frozen=True)
class ErasureResult:
    """``documents`` and ``alerts`` that were deleted, closed or changed; whether the worker has ``removed`` its rows
    by now."""

    documents: int
    alerts: int
    rows_removed: bool


def forget(settings: Settings, producer: Producer, eraser: Eraser, known: Target, record: Forgotten) -> ErasureResult:
    """Raises `Unavailable` when a server is away: then running it again does the rest."""
    producer.send(topics.FORGOTTEN, record)
    sent = [
        producer.confirm(producer.start_at(topic, shell, partition))
        for topic, shell in shells(known.id, record)
        for partition in range(settings.partitions)
    ]
    traces = eraser.traces(known.id, known.titles, known.story)
    with Reader(settings, [topics.ALERTS]) as reader:
        waiting = list(pending.redacted(reader.read_to_end(), known.id, traces))
    sent += [producer.confirm(producer.start(topics.ALERTS, alert)) for alert in waiting]
    taken = _taken(settings, sent)
    return ErasureResult(eraser.erase(known.id, traces), len(waiting), taken)


def shells(id_: str, record: Forgotten) -> list[tuple[topics.Topic, Message]]:
    """An article with an id and nothing else, for each stage that keeps rows of articles."""
    article = CleanArticle(
        id=id_,
        revision="",
        arrival="",
        origin="forgotten",
        lane=Lane.BACKFILL,
        fetched_at=record.at,
        kind=Kind.HEADLINE,
        title="",
        body="",
        language="und",
    )
    copy = CopyVerdict(relation=Relation.ORIGINAL, group=id_)
    return [(topics.CLEAN, article), (topics.TAGGED, TaggedArticle(article=article, copy=copy, first_seen=record.at))]


def _taken(settings: Settings, sent: list[Any]) -> bool:
    """Whether the worker has done all of it, after waiting a while."""
    deadline = time.monotonic() + ANSWER_SECONDS
    with admin.admin(settings) as client:
        while not admin.has_passed(client, settings.app_id(STATE), sent):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
    return True
