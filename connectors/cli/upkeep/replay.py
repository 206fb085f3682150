"""Dead letters in; sent again to the stage that refused them, or dropped from the list with a word why."""

import getpass
import socket
from collections.abc import Sequence
from itertools import islice
from typing import Literal

from connectors.cli.common import connect, output
from connectors.cli.upkeep.letters import records_of
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Record
from streams.contract import topics
from streams.contract.deadletter import ORIGINAL, REPLAY, DeadLetter, Replay
from streams.contract.errors import UsageError
from streams.contract.messages import Resolution
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

AT_ONCE = 100  # letters in memory: at their largest, 130 MB


def send_again(settings: Settings, letters: Sequence[DeadLetter]) -> None:
    """Send the original bytes to where they came from, confirmed by the broker.

    Raises `UsageError` before anything is sent when a letter came from no topic of ours, `Unavailable` when Kafka goes.
    """
    read_from = {letter.id: _topic(settings, letter) for letter in letters}
    sent = 0
    pairs = records_of(settings, letters)
    with Producer(settings) as producer, output.progress("sending again") as progress:
        while part := list(islice(pairs, AT_ONCE)):
            # noted before it is sent: the stage may be done with it before this command goes on
            _note(producer, [_resolution(letter, "sent", letter.attempts + 1, "") for letter, _ in part])
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
            progress.show(f"{sent} of {len(letters)}")


def drop(settings: Settings, letters: Sequence[DeadLetter], reason: str) -> None:
    """Take them out of the list, with who did it and why. Raises `Unavailable`."""
    with Producer(settings) as producer:
        _note(producer, [_resolution(letter, "dropped", letter.attempts, reason) for letter in letters])


def _topic(settings: Settings, letter: DeadLetter) -> Topic:
    for topic in topics.ALL:
        if topic.name(settings.topic_prefix) == letter.topic and topic.carries is not None:
            return topic
    raise UsageError(f"dead letter {letter.id} came from no topic that a stage reads ({letter.topic}): drop it instead")


def _partition(letter: DeadLetter, settings: Settings) -> int | None:
    """The one that it came from, where the same state waits; None lets its key choose."""
    if letter.partition.isdecimal() and int(letter.partition) < settings.partitions:
        return int(letter.partition)
    return None


def _headers(letter: DeadLetter, record: Record) -> list[tuple[str, bytes]]:
    kept = [
        (name.removeprefix(ORIGINAL), text.encode())
        for name, text in record.headers.items()
        if name.startswith(ORIGINAL)
    ]
    return [*kept, (REPLAY, Replay(letter.stage, letter.id, letter.attempts + 1).header().encode())]


def _resolution(letter: DeadLetter, state: Literal["sent", "dropped"], attempt: int, reason: str) -> Resolution:
    return Resolution(letter=letter.id, state=state, attempt=attempt, at=connect.now(), by=_who(), reason=reason)


def _note(producer: Producer, resolutions: Sequence[Resolution]) -> None:
    for future in [producer.start(topics.RESOLUTIONS, one) for one in resolutions]:
        producer.confirm(future)


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        user = "somebody"
    return f"{user}@{socket.gethostname()}"
