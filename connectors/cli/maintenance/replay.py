"""Sends dead letters to the stage that refused them again, or drops them from the list with a reason."""

from collections.abc import Sequence
from itertools import islice
from typing import Literal

from connectors.cli.common import connect, output
from connectors.cli.common.user import current_user
from connectors.cli.maintenance.dead_letter_list import with_records
from connectors.kafka.producer import Producer
from connectors.kafka.reader import KafkaRecord
from streams.contract import topics
from streams.contract.deadletter import ORIGINAL, REPLAY, DeadLetter, Replay
from streams.contract.errors import UsageError
from streams.contract.messages import Resolution
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

BATCH = 100  # letters in memory: at most 130 MB


def replay_letters(settings: Settings, letters: Sequence[DeadLetter], *, by: str | None = None) -> None:
    """Send the original bytes to the topics that they came from, confirmed by the broker.

    Raises `UsageError` before anything is sent if a letter came from a topic that no stage reads, and `Unavailable` if
    Kafka goes away.
    """
    read_from = {letter.id: _topic(settings, letter) for letter in letters}
    sent = 0
    pairs = with_records(settings, letters)
    with Producer(settings) as producer, output.progress("sending again") as show:
        while part := list(islice(pairs, BATCH)):
            # recorded before it is sent, since the stage may process it before this command continues
            _record(producer, [_resolution(letter, "sent", letter.attempts + 1, "", by) for letter, _ in part])
            started = [
                producer.start_again(
                    read_from[letter.id],
                    record.key,
                    record.value,
                    _headers(letter, record),
                    _partition(letter, settings),
                )
                for letter, record in part
            ]
            for future in started:
                producer.confirm(future)
            sent += len(part)
            show(f"{sent} of {len(letters)}", sent / len(letters))


def drop_letters(settings: Settings, letters: Sequence[DeadLetter], reason: str, *, by: str | None = None) -> None:
    """Remove letters from the list, recording who did it and why. Raises `Unavailable`."""
    with Producer(settings) as producer:
        _record(producer, [_resolution(letter, "dropped", letter.attempts, reason, by) for letter in letters])


def _topic(settings: Settings, letter: DeadLetter) -> Topic:
    for topic in topics.ALL:
        if topic.name(settings.topic_prefix) == letter.topic and topic.carries is not None:
            return topic
    raise UsageError(
        f"no stage reads the topic that dead letter {letter.id} came from ({letter.topic}): drop it instead"
    )


def _partition(letter: DeadLetter, settings: Settings) -> int | None:
    """The partition that it came from, which has its state; None, if there is no such partition, uses its key."""
    if letter.partition.isdecimal() and int(letter.partition) < settings.partitions:
        return int(letter.partition)
    return None


def _headers(letter: DeadLetter, record: KafkaRecord) -> list[tuple[str, bytes]]:
    own = [
        (name.removeprefix(ORIGINAL), text.encode())
        for name, text in record.headers.items()
        if name.startswith(ORIGINAL)
    ]
    return [*own, (REPLAY, Replay(letter.stage, letter.id, letter.attempts + 1).header().encode())]


def _resolution(
    letter: DeadLetter, state: Literal["sent", "dropped"], attempt: int, reason: str, by: str | None
) -> Resolution:
    return Resolution(
        letter=letter.id, state=state, attempt=attempt, at=connect.now(), by=by or current_user(), reason=reason
    )


def _record(producer: Producer, resolutions: Sequence[Resolution]) -> None:
    for future in [producer.start(topics.RESOLUTIONS, one) for one in resolutions]:
        producer.confirm(future)
