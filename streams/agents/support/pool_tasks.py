"""The functions that run in the pool's processes. These alone load the language model and the parsers.

The imports stand inside, so that the other processes of a worker start without them, in a fraction of the time.
"""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, RawArticle, TaggedArticle, UniqueArticle

MOST_MEASURED = 200_000  # characters: with a longer text the measures might not fit a message; its story makes them


def clean(arrived: RawArticle, live_days: float = 3) -> CleanArticle:
    """See `streams.cleaning.clean`."""
    from streams import cleaning

    return cleaning.clean(arrived, timedelta(days=live_days))


def tag(unique: UniqueArticle) -> TaggedArticle:
    """See `streams.entities.tag`; and `streams.stories.measure`, which is here for the same reason."""
    from streams import entities
    from streams.stories import measure

    tagged = entities.tag(unique)
    if len(tagged.article.body) > MOST_MEASURED:
        return tagged
    return replace(tagged, measured=measure(tagged.article))


def warm(publishers: Path | None) -> None:
    """Load all that the first article would wait for."""
    from streams import cleaning, entities

    cleaning.warm(publishers)
    entities.warm()
