"""Topics in, how long the broker keeps them out; and the other way round."""

from collections.abc import Iterable, Mapping

from connectors.kafka import topic_settings
from streams.contract.topics import DAY_MS
from streams.runtime.settings import Settings

RETENTION = "retention.ms"
FOREVER_MS = -1


def kept_days(settings: Settings, names: Iterable[str]) -> dict[str, float | None]:
    """Days by topic; None: for ever. Raises `Unavailable`."""
    found = topic_settings.read(settings, names)
    kept = {name: int(entries.get(RETENTION) or FOREVER_MS) for name, entries in found.items()}
    return {name: None if for_ == FOREVER_MS else for_ / DAY_MS for name, for_ in kept.items()}


def keep_days(settings: Settings, days: Mapping[str, int]) -> None:
    """Tell the broker how long to keep some topics; their other settings stay. Raises `Unavailable`."""
    topic_settings.write(settings, {name: {RETENTION: str(kept * DAY_MS)} for name, kept in days.items()})
