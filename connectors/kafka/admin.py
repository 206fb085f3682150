"""Topics and groups: settings in, what exists and what is missing out."""

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import MemberToRemove, OffsetSpec
from kafka.errors import (
    AuthorizationError,
    BrokerResponseError,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)

from connectors.kafka.away import not_there
from streams.contract.errors import FatalError, StorywatchError, UsageError
from streams.contract.stage import APPS
from streams.contract.topics import is_changelog
from streams.runtime.credentials import kafka_access
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE

ANSWER_MS = 5_000  # a broker on the same network answers in milliseconds; a person waits for this
KNOWN_SECONDS = 30.0  # a busy cluster may take some to tell of a new topic, or to have somebody look after a group
LOOK_SECONDS = 0.1
COORDINATOR_MOVES = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)

logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its failures reach people as one line of ours


def trouble(settings: Settings, error: Exception) -> StorywatchError:
    """What a client's error comes from, as one line that says what to do."""
    if isinstance(error, AuthorizationError):
        return FatalError(
            f"Kafka at {settings.kafka} does not let user {settings.kafka_username} do this ({type(error).__name__}): "
            f"grant what docs/deploying.md lists"
        )
    if isinstance(error, BrokerResponseError) and not error.retriable:
        return UsageError(f"Kafka at {settings.kafka} refuses this: {' '.join(str(error).split())}")
    from connectors.kafka import connectivity  # brings another client along, which only a failure needs

    return connectivity.reason(settings) or not_there(settings, error)


@contextlib.contextmanager
def admin(settings: Settings) -> Iterator[Any]:
    """An admin client. Raises `Unavailable` with the address when Kafka is not there, else as `trouble` says."""
    try:
        client = KafkaAdminClient(
            bootstrap_servers=settings.kafka.split(","),
            client_id="storywatch-admin",
            request_timeout_ms=ANSWER_MS,
            bootstrap_timeout_ms=ANSWER_MS,
            **kafka_access(settings).options(),
        )
    except (KafkaError, OSError, ValueError) as error:
        raise trouble(settings, error) from error
    try:
        yield client
    except KafkaError as error:
        raise trouble(settings, error) from error
    finally:
        client.close()


@dataclass(frozen=True)
class Existing:
    """Topic name -> number of partitions."""

    partitions: Mapping[str, int]

    def missing(self, wanted: Mapping[str, Any]) -> list[str]:
        return [name for name in wanted if name not in self.partitions]

    def check(self, wanted: Mapping[str, Any], count: int) -> None:
        """Raises `UsageError` when a topic is missing or has another number of partitions than ``count``."""
        missing = self.missing(wanted)
        if missing and len(missing) < len(wanted) and is_changelog(missing[0]):
            raise UsageError(
                f"changelog {missing[0]} is missing, and with it what a stage remembers: stop every worker and run "
                f"`storywatch init`, which makes it and lets the stage read its input again (docs/troubles.md)"
            )
        if missing:
            together = f" ({len(missing)} in all)" if len(missing) > 1 else ""
            raise UsageError(f"topic {missing[0]} is missing{together}: run `storywatch init` first")
        for name in wanted:
            if self.partitions[name] != count:
                raise UsageError(
                    f"topic {name} has {self.partitions[name]} partitions, the setting STORYWATCH_PARTITIONS says "
                    f"{count}: set it to {self.partitions[name]}, or use another STORYWATCH_TOPIC_PREFIX"
                )


def existing(settings: Settings) -> Existing:
    """What is there. Raises `Unavailable`."""
    with admin(settings) as client:
        return _present(client)


def create(settings: Settings, wanted: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Make the topics that are missing and return their names, once the broker tells of them.

    Raises `UsageError` for one with other partitions, `Unavailable`.
    """
    with admin(settings) as client:
        present = _present(client)
        made = present.missing(wanted)
        present.check({name: None for name in wanted if name not in made}, settings.partitions)
        if not made:
            return []
        with contextlib.suppress(TopicAlreadyExistsError):  # somebody else runs `init` at the same time
            client.create_topics(
                {
                    name: {
                        "num_partitions": settings.partitions,
                        "replication_factor": settings.replication,
                        "configs": dict(wanted[name]),
                    }
                    for name in made
                }
            )
        _when_known(client, made).check(wanted, settings.partitions)
        return made


def _present(client: Any) -> Existing:
    return Existing({topic["name"]: len(topic["partitions"]) for topic in client.describe_topics()})


def _when_known(client: Any, made: Sequence[str]) -> Existing:
    """What is there, as soon as that has ``made``: a cluster agrees on a topic before each broker knows of it."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while (present := _present(client)).missing(dict.fromkeys(made)) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    return present


def lag(settings: Settings, read: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Messages that are not committed yet, by topic; ``read`` says which topics each group reads.

    Groups are asked in the order given and ends before commits: a zero for all, upstream first, means idle.
    """
    with admin(settings) as client:
        return waiting(client, read)


def waiting(client: Any, read: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """`lag`, asked through a client that is open already."""
    lags: dict[str, int] = {}
    for group, names in read.items():
        for described in client.describe_topics(list(names)):
            name = described["name"]
            parts = [TopicPartition(name, part["partition_index"]) for part in described["partitions"]]
            committed = commits(client, group, parts)
            ends = client.list_partition_offsets(dict.fromkeys(parts, OffsetSpec.LATEST))
            lags[f"{group} {name}"] = sum(max(0, ends[part].offset - _offset(committed.get(part))) for part in parts)
    return lags


def lag_of_stages(settings: Settings) -> dict[str, int]:
    """Stage -> messages that wait before it, in the order of the pipeline: what is there less what is committed.

    Asked of Kafka alone, so it is known also while no worker runs. What retention has deleted does not wait any more.
    Raises `Unavailable`.
    """
    names = {place: place.reads.name(settings.topic_prefix) for place in PIPELINE}
    with admin(settings) as client:
        described = client.describe_topics(list(dict.fromkeys(names.values())))
        parts: dict[str, list[TopicPartition]] = {
            topic["name"]: [TopicPartition(topic["name"], part["partition_index"]) for part in topic["partitions"]]
            for topic in described
        }
        groups = {app: [part for place in PIPELINE if place.app == app for part in parts[names[place]]] for app in APPS}
        # commits before ends: what is handled between the two questions counts as waiting, and nothing below zero
        handled = {app: commits(client, settings.app_id(app), wanted) for app, wanted in groups.items()}
        everywhere = [part for some in parts.values() for part in some]
        starts = client.list_partition_offsets(dict.fromkeys(everywhere, OffsetSpec.EARLIEST))
        ends = client.list_partition_offsets(dict.fromkeys(everywhere, OffsetSpec.LATEST))
    return {
        place.name: sum(
            max(0, ends[part].offset - max(starts[part].offset, _offset(handled[place.app].get(part))))
            for part in parts[names[place]]
        )
        for place in PIPELINE
    }


def committed(settings: Settings, group: str, topic: str) -> dict[int, int]:
    """Partition -> the next message of ``topic`` that ``group`` has not handled yet; without those never committed."""
    with admin(settings) as client:
        [described] = client.describe_topics([topic])
        parts = [TopicPartition(topic, part["partition_index"]) for part in described["partitions"]]
        found = commits(client, group, parts)
        return {part.partition: _offset(found[part]) for part in parts if found.get(part) is not None}


def commits(client: Any, group: str, parts: list[TopicPartition]) -> Any:
    """Partition -> what a group has committed, without those never committed."""
    return of_group(partial(client.list_group_offsets, {group: parts})).get(group, {})


def of_group(ask: Callable[[], Any]) -> Any:
    """What a group's coordinator says. It moves, and a new cluster has none before the first group is asked for."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            return ask()
        except COORDINATOR_MOVES:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_SECONDS)


def has_passed(client: Any, group: str, places: Iterable[Any]) -> bool:
    """Whether a group has committed past each of these records (topic, partition, offset)."""
    wanted = {TopicPartition(place.topic, place.partition): place.offset for place in places}
    committed = commits(client, group, list(wanted))
    return all(_offset(committed.get(part)) > offset for part, offset in wanted.items())


def _offset(committed: Any) -> int:
    return max(0, committed.offset) if committed is not None else 0


def evict_members(settings: Settings, group: str) -> int:
    """Remove every member of a group, and say how many there were.

    Only for the embedded Kafka, which never expels a dead member by itself, so that a worker that was killed could
    not come back. There, a lock sees to it that no second worker lives whose members would be removed.
    """
    with admin(settings) as client:
        described = of_group(partial(client.describe_groups, [group])).get(group, {})
        members = [MemberToRemove(member_id=member["member_id"]) for member in described.get("members", ())]
        if members:
            client.remove_group_members(group, members)
        return len(members)
