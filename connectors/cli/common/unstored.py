"""What the log holds and Elasticsearch does not have yet: why a list may be empty."""

from streams.contract.errors import FatalError, Unavailable, UsageError
from streams.contract.stage import STORE
from streams.contract.topics import Topic
from streams.runtime.settings import Settings


def waiting(settings: Settings, topic: Topic) -> int:
    """How many messages of a topic are not stored yet; 0 where Kafka cannot say."""
    from connectors.cli.common import connect
    from connectors.kafka import admin

    try:
        connect.check_kafka(settings)
        return sum(admin.lag(settings, {settings.app_id(STORE): [topic.name(settings.topic_prefix)]}).values())
    except (Unavailable, UsageError, FatalError):
        return 0
