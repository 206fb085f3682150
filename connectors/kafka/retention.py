"""Topics in, how long the broker keeps them out; and the other way round."""

from collections.abc import Iterable, Mapping

from kafka.admin import ConfigResource, ConfigResourceType

from connectors.kafka.admin import admin
from streams.settings import Settings
from streams.topics import DAY_MS

RETENTION = "retention.ms"
FOREVER_MS = -1


def kept_days(settings: Settings, names: Iterable[str]) -> dict[str, float | None]:
    """Days by topic; None: for ever. Raises `Unavailable`."""
    wanted = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    with admin(settings) as client:
        found = client.describe_configs(wanted)["topic"]
    said = {name: int(configs[RETENTION]["value"]) for name, configs in found.items() if RETENTION in configs}
    return {name: None if (kept := said.get(name, FOREVER_MS)) == FOREVER_MS else kept / DAY_MS for name in found}


def keep_days(settings: Settings, days: Mapping[str, int]) -> None:
    """Tell the broker how long to keep some topics; their other settings stay. Raises `Unavailable`."""
    wanted = [
        ConfigResource(ConfigResourceType.TOPIC, name, {RETENTION: str(kept * DAY_MS)}) for name, kept in days.items()
    ]
    with admin(settings) as client:
        client.alter_configs(wanted)
