"""Stories' summed vectors in; for an article the few stories worth comparing with out, at a bounded cost."""

import heapq
from collections import defaultdict
from collections.abc import Callable

from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.vectors import Vector

ARTICLE_TERMS = 15  # of an article, against so many of a story: the right story was among the best ten every time
STORY_TERMS = 40
CANDIDATES = 10
LONGEST = 2_000  # stories looked at for one term, the latest first: bounds what a name in every story costs


class StoryIndex:
    """From heavy terms to the stories that have them. A story is known by its number."""

    def __init__(self) -> None:
        self._stories: defaultdict[int, dict[int, float]] = defaultdict(dict)  # term -> story -> weight, latest last
        self._terms: dict[int, tuple[int, ...]] = {}

    def put(self, story: int, centre: Centroid) -> None:
        """Set what ``story`` is found by: the heaviest terms of its centre."""
        self.remove(story)
        heaviest = centre.heaviest(STORY_TERMS)
        self._terms[story] = tuple(term for term, _ in heaviest)
        for term, weight in heaviest:
            self._stories[term][story] = weight

    def remove(self, story: int) -> None:
        """Forget ``story``."""
        for term in self._terms.pop(story, ()):
            having = self._stories[term]
            del having[story]
            if not having:
                del self._stories[term]

    def find(self, article: Vector, accept: Callable[[int], bool]) -> list[int]:
        """The numbers of the stories that share most with ``article``, best first, of those that ``accept`` takes."""
        heaviest = heapq.nsmallest(ARTICLE_TERMS, article.items(), key=lambda item: (-item[1], item[0]))
        shared: defaultdict[int, float] = defaultdict(float)
        for term, weight in heaviest:
            having = self._stories.get(term, {})
            for _, story in zip(range(LONGEST), reversed(having), strict=False):
                shared[story] += weight * having[story]
        found = [story for story in shared if accept(story)]
        return heapq.nsmallest(CANDIDATES, found, key=lambda story: (-shared[story], story))
