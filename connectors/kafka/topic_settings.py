"""Broker settings of Storywatch's topics: what they should be, where the cluster differs, and changing them.

Functions that ask the cluster raise as `connectors.kafka.admin.admin` does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka import admin
from streams.contract.errors import UsageError
from streams.contract.topics import DAY_MS
from streams.runtime.settings import Settings

# settings without which messages or rows could be lost or refused
REQUIRED = ("cleanup.policy", "message.timestamp.type", "max.message.bytes")
MINIMUMS = ("max.message.bytes",)  # a larger value does no harm
RETENTION_PREFIX = "retention."  # of existing topics an operator decides: `storywatch retention` shows and sets it
RETENTION = "retention.ms"
FOREVER_MS = -1

TopicSettings = Mapping[str, Mapping[str, str]]  # topic name -> setting -> value


@dataclass(frozen=True)
class Difference:
    """One setting of one topic. ``found`` is None where the topic has no value of its own and the broker's applies."""

    topic: str
    setting: str
    found: str | None
    wanted: str

    def __str__(self) -> str:
        return f"{self.setting} {self.found or 'of the broker'} -> {self.wanted}"


def read(settings: Settings, names: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Topic name -> setting -> value, of existing topics."""
    with admin.admin(settings) as client:
        answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        topic: {name: entry["value"] for name, entry in entries.items()}
        for topic, entries in answer.get("topic", {}).items()
    }


def write(settings: Settings, wanted: TopicSettings) -> None:
    """Set these values; other settings of the topics stay."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(one)) for name, one in wanted.items()]
    with admin.admin(settings) as client:
        client.alter_configs(resources)


def retention_days(settings: Settings, names: Iterable[str]) -> dict[str, float | None]:
    """Topic name -> days for which the broker keeps its messages; None: for ever."""
    found = {name: int(entries.get(RETENTION) or FOREVER_MS) for name, entries in read(settings, names).items()}
    return {name: None if milliseconds == FOREVER_MS else milliseconds / DAY_MS for name, milliseconds in found.items()}


def set_retention_days(settings: Settings, days: Mapping[str, int]) -> None:
    """Set for how long the broker keeps the messages of these topics."""
    write(settings, {name: {RETENTION: str(count * DAY_MS)} for name, count in days.items()})


def differences(settings: Settings, wanted: TopicSettings) -> list[Difference]:
    """Where existing topics differ from ``wanted``, except in their retention."""
    found = read(settings, wanted)
    return [
        Difference(topic, setting, actual, value)
        for topic, values in wanted.items()
        for setting, value in values.items()
        if not setting.startswith(RETENTION_PREFIX)
        and not _satisfies(setting, actual := found.get(topic, {}).get(setting), value)
    ]


def align(settings: Settings, wanted: TopicSettings) -> list[Difference]:
    """Change what differs from ``wanted`` and return the differences."""
    different = differences(settings, wanted)
    by_topic: dict[str, dict[str, str]] = {}
    for one in different:
        by_topic.setdefault(one.topic, {})[one.setting] = one.wanted
    if by_topic:
        write(settings, by_topic)
    return different


def check(settings: Settings, wanted: TopicSettings) -> None:
    """Raises `UsageError` when a topic's settings could lose or refuse messages or rows."""
    for one in differences(settings, wanted):
        if one.setting in REQUIRED:
            raise UsageError(
                f"topic {one.topic} has {one.setting} {one.found or 'of the broker'}, and needs {one.wanted}: "
                f"run `storywatch init`, which sets it"
            )


def _satisfies(setting: str, actual: str | None, wanted: str) -> bool:
    if actual is None or setting not in MINIMUMS:
        return actual == wanted
    return int(actual) >= int(wanted)
