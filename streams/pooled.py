"""The functions that run in the pool's processes. These alone load the language model and the parsers.

The imports stand inside, so that the other processes of a worker start without them, in a fraction of the time.
"""

from pathlib import Path

from streams.messages import CleanArticle, RawArticle, TaggedArticle, UniqueArticle


def clean(arrived: RawArticle) -> CleanArticle:
    """See `streams.cleaning.clean`."""
    from streams import cleaning

    return cleaning.clean(arrived)


def tag(unique: UniqueArticle) -> TaggedArticle:
    """See `streams.entities.tag`."""
    from streams import entities

    return entities.tag(unique)


def warm(publishers: Path | None) -> None:
    """Load all that the first article would wait for."""
    from streams import cleaning, entities

    cleaning.warm(publishers)
    entities.warm()
