"""Broker settings of our topics: what they should be in, where the cluster differs out; and setting them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka import admin
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings

# on these the promises rest
NEEDED = ("cleanup.policy", "message.timestamp.type", "max.message.bytes")
AT_LEAST = ("max.message.bytes",)  # a cluster that takes more does no harm
RETENTION = "retention."  # of topics that are there it is an operator's: `storywatch retention` shows and sets it

Wanted = Mapping[str, Mapping[str, str]]  # topic name -> setting -> value


@dataclass(frozen=True)
class Difference:
    """One setting of one topic. ``found`` is None where the topic has none of its own, so that the broker's holds."""

    topic: str
    setting: str
    found: str | None
    wanted: str

    def __str__(self) -> str:
        return f"{self.setting} {self.found or 'of the broker'} -> {self.wanted}"


def read(settings: Settings, names: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """Topic name -> setting -> value, of topics that are there. Raises as `admin.admin` does."""
    with admin.admin(settings) as client:
        answer = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        topic: {name: entry["value"] for name, entry in entries.items()}
        for topic, entries in answer.get("topic", {}).items()
    }


def write(settings: Settings, wanted: Wanted) -> None:
    """Set what is named; all else stays as it is. Raises as `admin.admin` does."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs=dict(one)) for name, one in wanted.items()]
    with admin.admin(settings) as client:
        client.alter_configs(resources)


def differences(settings: Settings, wanted: Wanted) -> list[Difference]:
    """Where topics that are there are set otherwise, retention apart. Raises as `admin.admin` does."""
    found = read(settings, wanted)
    return [
        Difference(topic, setting, is_, value)
        for topic, values in wanted.items()
        for setting, value in values.items()
        if not setting.startswith(RETENTION) and not _fits(setting, is_ := found.get(topic, {}).get(setting), value)
    ]


def align(settings: Settings, wanted: Wanted) -> list[Difference]:
    """Set them as they should be, and return what was different. Raises as `admin.admin` does."""
    different = differences(settings, wanted)
    by_topic: dict[str, dict[str, str]] = {}
    for one in different:
        by_topic.setdefault(one.topic, {})[one.setting] = one.wanted
    if by_topic:
        write(settings, by_topic)
    return different


def check(settings: Settings, wanted: Wanted) -> None:
    """Raises `UsageError` when a topic is set so that messages or rows could be lost or refused."""
    for one in differences(settings, wanted):
        if one.setting in NEEDED:
            raise UsageError(
                f"topic {one.topic} has {one.setting} {one.found or 'of the broker'}, and needs {one.wanted}: "
                f"run `storywatch init`, which sets it"
            )


def _fits(setting: str, found: str | None, wanted: str) -> bool:
    if found is None or setting not in AT_LEAST:
        return found == wanted
    return int(found) >= int(wanted)
