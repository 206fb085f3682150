"""A person's correction of stories -> the log of articles; its outcome, as `story` wrote it."""

import time

from msgspec.structs import replace

from connectors.corrections.request import PreparedCorrection
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import (
    Change,
    ChangedField,
    StoryCorrection,
    TaggedArticle,
    clipped,
    digest,
)
from streams.runtime.settings import Settings

ANSWER_SECONDS = 30.0  # a worker handles a message within a second; behind a backlog it does so later
MOST_CHARACTERS = 1_000  # of a field in the audit log


def send(settings: Settings, prepared: PreparedCorrection) -> None:
    """Send a correction, after its entry in the audit log. Raises `Unavailable`."""
    with Producer(settings) as producer:
        producer.send(topics.AUDIT, _entry(prepared.correction))
        producer.send(topics.TAGGED, _message(prepared))


def send_and_wait(
    settings: Settings, prepared: PreparedCorrection, seconds: float = ANSWER_SECONDS
) -> StoryCorrection | None:
    """Send a correction. Returns it with its outcome, None if no worker decided it within ``seconds``: then it will be.

    Raises `Unavailable`.
    """
    with Reader(settings, [topics.CORRECTIONS], from_now=True) as reader:
        send(settings, prepared)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for record in reader.poll():
                found = _decoded(record.value)
                if found is not None and found.id == prepared.correction.id:
                    return found
    return None


def read(settings: Settings) -> list[StoryCorrection]:
    """All corrections that were decided, in the order in which they were asked for. Raises `Unavailable`."""
    with Reader(settings, [topics.CORRECTIONS]) as reader:
        latest = {one.id: one for record in reader.read_to_end() if (one := _decoded(record.value)) is not None}
    return sorted(latest.values(), key=lambda one: (one.at, one.id))


def _decoded(value: bytes | None) -> StoryCorrection | None:
    try:
        return decode(value, StoryCorrection)
    except Undecodable:
        return None


def _message(prepared: PreparedCorrection) -> TaggedArticle:
    correction = prepared.correction
    empty = TaggedArticle.without_text(correction.id, "correction", correction.at, prepared.language)
    return replace(empty, correction=correction, undoes=prepared.undoes)


def _entry(correction: StoryCorrection) -> Change:
    given = {
        "action": correction.action,
        "into": correction.into,
        "articles": ", ".join(correction.articles),
        "title": correction.title,
        "undoes": correction.undoes,
        "reason": correction.reason,
    }
    fields = [ChangedField(name=name, after=clipped(text, MOST_CHARACTERS)) for name, text in given.items() if text]
    return Change(
        id=digest("change", correction.id),
        at=correction.at,
        by=correction.by,
        action="changed",
        kind="story",
        subject=correction.story,
        fields=tuple(fields),
    )
