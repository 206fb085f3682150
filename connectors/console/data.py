"""What the pages read: what the API reads, and how many messages wait."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.api.events.stream import EventStream
from connectors.api.read.corrected import Corrected
from connectors.api.read.receivers import Receivers
from connectors.api.read.tracked import Tracked
from connectors.api.read.watched import Watched
from connectors.api.routes.export import Exports
from connectors.api.write.commands import Commands
from connectors.elastic.read.index import Index
from connectors.kafka import admin
from connectors.views.library import Library
from streams.contract.errors import Unavailable
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class Data:
    """``library`` and ``index`` block, and raise `Unavailable` while Elasticsearch is away."""

    settings: Settings
    library: Library
    index: Index
    tracked: Tracked
    watched: Watched
    receivers: Receivers
    corrected: Corrected
    events: EventStream
    commands: Commands
    exports: Exports

    def waiting(self) -> Mapping[str, int] | None:
        """Stage -> messages that wait before it; None while Kafka is away."""
        try:
            return admin.lag_by_stage(self.settings)
        except Unavailable:
            return None
