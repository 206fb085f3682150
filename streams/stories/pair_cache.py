"""The probabilities of pairs of articles that were compared lately, so that they are computed once."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from streams.stories.similarity import pairs
from streams.stories.similarity.features import Compared
from streams.stories.similarity.pairs import Recent

ARTICLES = 2_000  # the latest; each has some hundred pairs at most
MOST_PAIRS = 200  # of one article


class PairCache:
    """Probabilities up to `pairs.CERTAIN`. They are the same in both directions, so what is cached decides nothing."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, dict[str, int]] = OrderedDict()

    def learn(self, key: str, others: Iterable[str], found: Iterable[int]) -> None:
        """Store what the article ``key`` was found to have with others."""
        known = self._known.setdefault(key, {})
        if len(known) > MOST_PAIRS:
            known.clear()
        known.update(zip(others, found, strict=True))
        self._known.move_to_end(key)
        if len(self._known) > ARTICLES:
            self._known.popitem(last=False)

    def probabilities(self, key: str, article: Compared, others: Sequence[str], recent: Recent) -> list[int]:
        """Return the probability of each pair of the article ``key`` and one of ``others``, which ``recent`` holds."""
        known = self._known.get(key, {})
        found = [known[other] if other in known else self._known.get(other, {}).get(key) for other in others]
        complete = [one for one in found if one is not None]
        if len(complete) == len(others):
            return complete
        computed: list[int] = pairs.probabilities(article, recent).tolist()
        self.learn(key, others, computed)
        return computed

    def forget(self, key: str) -> None:
        """Remove the pairs of an article whose text changed."""
        self._known.pop(key, None)
        for known in self._known.values():
            known.pop(key, None)
