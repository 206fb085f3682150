"""The topic of what was forgotten in; the latest record of each article out."""

from connectors.kafka.reader import Reader
from streams import topics
from streams.codec import decode
from streams.messages import Forgotten
from streams.settings import Settings


def latest(settings: Settings) -> dict[str, Forgotten]:
    """Article id -> what was said of it last, which may be that it may come in again. Raises `Unavailable`, `Misuse`
    and, for a record that is not ours, `Undecodable`."""
    with Reader(settings, [topics.FORGOTTEN]) as reader:
        return {one.id: one for record in reader.to_the_end() if (one := decode(record.value, Forgotten))}
