"""The functions that run in the processes of the pool, the only ones that load the language model and the parsers.

They import inside the functions, so that the other processes of a worker start without these, in a fraction of the
time.
"""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, FiledArticle, RawArticle, StorySketch, TaggedArticle, UniqueArticle

MOST_MEASURED = 200_000  # characters; the features of a longer text might not fit a message, and `story` computes them


def clean(arrived: RawArticle, live_days: float = 3) -> CleanArticle:
    """See `streams.cleaning.clean`."""
    from streams import cleaning

    return cleaning.clean(arrived, timedelta(days=live_days))


def tag(unique: UniqueArticle) -> TaggedArticle:
    """See `streams.entities.tag` and `streams.stories.measure`."""
    from streams import entities
    from streams.stories.similarity.features import measure

    tagged = entities.tag(unique)
    if len(tagged.article.body) > MOST_MEASURED:
        return tagged
    return replace(tagged, measured=measure(tagged.article))


def sketch(filed: FiledArticle) -> StorySketch | None:
    """See `streams.stories.links.sketch`."""
    from streams.stories import links

    return links.sketch(filed.article, filed.entities, filed.numbers)


def warm(publishers: Path | None, weights: Path | None = None) -> None:
    """Load everything that the first article would otherwise wait for. Raises `UsageError` for a file that is wrong."""
    from streams import cleaning, entities

    cleaning.warm(publishers)
    entities.warm(weights)
