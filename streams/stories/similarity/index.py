"""Article -> the few stories worth comparing it with, at a bounded cost: an inverted index of heavy terms."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from itertools import islice

from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.vectors import Vector

# heavy terms looked up, of an article and of a story: the right story was among the best ten every time
ARTICLE_TERMS = 15
STORY_TERMS = 40
CANDIDATES = 10
FIRST_LOOK = 30  # stories asked whether they may take the article, before all are
LONGEST = 2_000  # stories read for one term, the latest first: bounds the cost of a name that is in every story


class StoryIndex:
    """Heavy terms -> the numbers of the stories that have them."""

    def __init__(self) -> None:
        self._stories: defaultdict[int, dict[int, float]] = defaultdict(dict)  # term -> story -> weight, latest last
        self._terms: dict[int, tuple[int, ...]] = {}

    def put(self, story: int, centroid: Centroid) -> None:
        """Index ``story`` by the heaviest terms of its centroid, in place of its former ones."""
        self.remove(story)
        heaviest = centroid.heaviest(STORY_TERMS)
        self._terms[story] = tuple(term for term, _ in heaviest)
        for term, weight in heaviest:
            self._stories[term][story] = weight

    def remove(self, story: int) -> None:
        """Remove ``story`` if it is indexed."""
        for term in self._terms.pop(story, ()):
            having = self._stories[term]
            del having[story]
            if not having:
                del self._stories[term]

    def find(self, article: Vector, accept: Callable[[int], bool]) -> list[int]:
        """Return the stories that share most with ``article``, best first, of those for which ``accept`` is true."""
        heaviest = heapq.nsmallest(ARTICLE_TERMS, article.items(), key=lambda item: (-item[1], item[0]))
        shared: defaultdict[int, float] = defaultdict(float)
        for term, weight in heaviest:
            for story, its_weight in islice(reversed(self._stories.get(term, {}).items()), LONGEST):
                shared[story] += weight * its_weight

        def order(story: int) -> tuple[float, int]:
            return -shared[story], story

        # ``accept`` costs more than the sum: first the best are asked, and all only if too few of them may
        found = [story for story in heapq.nsmallest(FIRST_LOOK, shared, key=order) if accept(story)]
        if len(found) < CANDIDATES:
            found = heapq.nsmallest(CANDIDATES, filter(accept, shared), key=order)
        return found[:CANDIDATES]
