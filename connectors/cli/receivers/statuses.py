"""How receivers are: sending, paused or switched off, by what Elasticsearch has of their deliveries."""

from collections.abc import Sequence

from connectors.cli.common import connect, output
from connectors.cli.receivers import registry
from connectors.views import receivers as views
from streams.contract.errors import Unavailable, UsageError
from streams.contract.messages import NamedReceiver
from streams.runtime.settings import Settings


def states(settings: Settings, receivers: Sequence[NamedReceiver]) -> dict[str, str]:
    """As `views.receivers.states`. Without Elasticsearch only what was set by hand, with an error line."""
    try:
        with connect.open_search(settings) as queries:
            return views.states(queries, receivers)
    except (UsageError, Unavailable) as error:
        output.error(f"whether receivers fail is not known: {error}")
        return views.set_by_hand(receivers)


def troubled(settings: Settings) -> dict[str, str]:
    """Name -> how each receiver is that does not simply get its alerts. Empty if Kafka is away or not set up."""
    try:
        return states(settings, registry.read_all(settings))
    except (UsageError, Unavailable):
        return {}
