"""The latest articles of one publisher in, the shingles out that it puts into article after article."""

from collections.abc import Iterable

import numpy as np

from streams.copies.shingles import Hashes

MIN_ARTICLES = 3  # of different groups: three texts of one house that are no copies, with the same words
LOOKED_AT = 20  # articles: boilerplate stands in nearly all of them, and sorting 20 takes .1 ms

NONE: Hashes = np.empty(0, np.uint64)


def repeated(articles: Iterable[Hashes]) -> Hashes:
    """Hashes that occur in at least `MIN_ARTICLES` of ``articles``, each of which holds a hash once; sorted."""
    texts = list(articles)
    if len(texts) < MIN_ARTICLES:
        return NONE
    every = np.sort(np.concatenate(texts))
    often = every[MIN_ARTICLES - 1 :] == every[: len(every) - MIN_ARTICLES + 1]
    return np.unique(every[MIN_ARTICLES - 1 :][often])
