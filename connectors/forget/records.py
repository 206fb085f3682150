"""The topic of what was forgotten in; the latest record of each article out."""

from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Forgotten
from streams.runtime.settings import Settings


def latest(settings: Settings) -> dict[str, Forgotten]:
    """Article id -> what was said of it last, which may be that it may come in again. Raises `Unavailable`,
    `UsageError` and, for a record that is not ours, `Undecodable`."""
    with Reader(settings, [topics.FORGOTTEN]) as reader:
        return {one.id: one for record in reader.read_to_end() if (one := decode(record.value, Forgotten))}
