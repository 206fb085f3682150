"""What the log holds and Elasticsearch does not have yet: why a list may be empty."""

from streams.errors import Misuse, Stop, Unavailable
from streams.settings import Settings
from streams.stage import STORE
from streams.topics import Topic


def waiting(settings: Settings, topic: Topic) -> int:
    """How many messages of a topic are not stored yet; 0 where Kafka cannot say."""
    from connectors.cli import connect
    from connectors.kafka import admin

    try:
        connect.knock(settings)
        return sum(admin.lag(settings, {settings.app_id(STORE): [topic.name(settings.topic_prefix)]}).values())
    except (Unavailable, Misuse, Stop):
        return 0
