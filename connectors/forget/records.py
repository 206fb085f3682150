"""The records of forgotten articles."""

from connectors.kafka.reader import Reader
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Forgotten
from streams.runtime.settings import Settings


def latest(settings: Settings) -> dict[str, Forgotten]:
    """Article id -> its latest record, which may say that it is no longer blocked.

    Raises `Unavailable`, `UsageError` and, for a record of another program, `Undecodable`.
    """
    with Reader(settings, [topics.FORGOTTEN]) as reader:
        return {one.id: one for record in reader.read_to_end() if (one := decode(record.value, Forgotten))}
