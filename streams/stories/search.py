"""The story of its language that an article belongs to, or the nearest that it does not, by the article's features."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.stories.cluster import Cluster
from streams.stories.rows import FilingRow
from streams.stories.similarity import idf
from streams.stories.similarity.features import NOUNS_IN_CAPITALS, Features, heading
from streams.stories.similarity.index import StoryIndex

THRESHOLD = 0.185  # measured on labelled reports with the novelty of names in the score
THRESHOLD_WITHOUT_NAMES = 0.27  # where capitals mark no names, nothing is taken off the score
THRESHOLD_WITHOUT_TABLE = 0.32  # where every word weighs the same, unrelated texts share more
THRESHOLD_HEADLINE = 0.12
HEADLINE_WITHOUT_TABLE = 0.20


LARGE = 8  # articles; beyond, a story of common jargon would draw in all that uses it and grow without end
DOUBLING = (
    0.25  # by how much each doubling raises the threshold: 1,855 market notices made a "story" of 361, then of 49
)
HIGHEST = 1.75  # reached at 64 articles: a large story is not to lose its own reports
AWAKE = 2_000  # stories kept laid out: some 12 kB an article, so that not all of a month's stories can be
QUIET = timedelta(days=2)  # reports of one event come within days: the dated set has no gap of over three
SAME_COLUMN = timedelta(
    hours=12
)  # a house that prints its own headline again after that begins another article under it
QUIET_DAY = 0.15  # by how much each further silent day raises the threshold: 14 days nearly treble it


@dataclass(frozen=True)
class StoryCandidate:
    """A story that was compared. It takes the article at the threshold, if nothing speaks against."""

    story: Cluster
    nearest: str  # id of the story's article that is most like it
    score: float
    threshold: float
    vetoed: bool = False

    @property
    def ratio(self) -> float:
        return self.score / self.threshold

    @property
    def takes(self) -> bool:
        return self.ratio >= 1 and not self.vetoed


class StorySearch:
    """The stories of one language that still take articles."""

    def __init__(self, language: str, window: timedelta) -> None:
        self._window = window
        self.threshold = _threshold(language)
        self.headline_threshold = THRESHOLD_HEADLINE if idf.known(language) else HEADLINE_WITHOUT_TABLE
        self._stories: dict[int, Cluster] = {}
        self._bodies = StoryIndex()
        self._titles = StoryIndex()
        self._awake: OrderedDict[int, Cluster] = OrderedDict()  # stories laid out to be compared, latest last

    def put(self, story: Cluster) -> None:
        """Take a story, or a story that changed."""
        self._stories[story.number] = story
        self._bodies.put(story.number, story.bodies)
        self._titles.put(story.number, story.titles)

    def remove(self, story: Cluster) -> None:
        """Forget a story, if it is there."""
        self._stories.pop(story.number, None)
        self._awake.pop(story.number, None)
        self._bodies.remove(story.number)
        self._titles.remove(story.number)

    def best(self, article: Features, arrival: datetime) -> StoryCandidate | None:
        """The story that takes the article, else the one that came nearest; None when none shares a word.

        Articles are compared by their text; by headlines with stories that have nothing else, and headlines with all.
        """
        found = []
        if len(article.body):
            near = self._bodies.find(article.body, self._in(arrival))
            found = [self._by_body(self._stories[number], article, arrival) for number in near]
        if not any(candidate.takes for candidate in found):
            whole = bool(len(article.body))
            near = self._titles.find(article.title, self._in(arrival, headlines_only=whole))
            found += [self._by_title(self._stories[number], article, arrival) for number in near]
        return max(found, key=lambda c: (c.takes, c.ratio, -c.story.number), default=None)

    def compare(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        """How near the article is to one story."""
        if len(article.body) and story.bodies.count:
            return self._by_body(story, article, arrival)
        return self._by_title(story, article, arrival)

    def _in(self, arrival: datetime, *, headlines_only: bool = False) -> "_Accept":
        return _Accept(self._stories, arrival, self._window, headlines_only)

    def _by_body(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        nearest, match = story.match_body(article)
        self._awake[story.number] = story
        self._awake.move_to_end(story.number)
        if len(self._awake) > AWAKE:
            self._awake.popitem(last=False)[1].rest()
        needed = _after(story.gap(arrival), self.threshold * _size_factor(story.bodies.count))
        return StoryCandidate(story, nearest, match.score, needed, match.vetoed)

    def _by_title(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        needed = _after(story.gap(arrival), self.headline_threshold)
        nearest = story.nearest_title(article)
        recurs = _recurs(article, story.rows[nearest], arrival)
        return StoryCandidate(story, nearest, story.match_title(article), needed, recurs)


@dataclass(frozen=True)
class _Accept:
    """Which stories may take an article that came at ``arrival``."""

    stories: dict[int, Cluster]
    arrival: datetime
    window: timedelta
    headlines_only: bool

    def __call__(self, number: int) -> bool:
        story = self.stories[number]
        return not (self.headlines_only and story.bodies.count) and abs(story.gap(self.arrival)) <= self.window


def _recurs(article: Features, row: FilingRow, arrival: datetime) -> bool:
    """Whether a headline is that of a column, as "Weather for the weekend" is: the same words long after each other.

    Reports of one event say what is new in it; after two days nobody writes its headline word for word again.
    """
    gap = abs(arrival - row.fetched_at)
    own = article.publisher is not None and row.publisher is not None and article.publisher == row.publisher[0]
    return gap > (SAME_COLUMN if own else QUIET) and article.heading == heading(row.headline, row.language)


def _after(gap: timedelta, threshold: float) -> float:
    """The threshold for a story that has been silent for ``gap``: follow-ups of a subject are often another event."""
    return round(threshold * (1 + QUIET_DAY * max(0.0, (abs(gap) - QUIET) / timedelta(days=1))), 4)


def _size_factor(articles: int) -> float:
    return min(HIGHEST, 1 + DOUBLING * max(0.0, math.log2(articles / LARGE)))


def _threshold(language: str) -> float:
    if not idf.known(language):
        return THRESHOLD_WITHOUT_TABLE
    return THRESHOLD_WITHOUT_NAMES if language in NOUNS_IN_CAPITALS else THRESHOLD
