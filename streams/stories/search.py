"""The story of its language to which an article belongs, or the nearest one, by the article's features."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal

from streams.stories.cluster import RECENT, Cluster
from streams.stories.issues import QUIET, Headline, is_column, is_other_issue, names_other_day, names_others
from streams.stories.similarity import idf, pairs
from streams.stories.similarity.features import Features
from streams.stories.similarity.index import StoryIndex
from streams.stories.similarity.vectors import Vector

PROBABLE = 0.38  # from here on an article joins a story; second thoughts ask for more
THRESHOLD_HEADLINE = 0.12

CACHED = 2_000  # stories unpacked for comparison, some 12 kB per article: too much for all stories of a month
# how much each further silent day takes from the log odds of an article, and from the score of a headline
QUIET_DAY_ODDS = 0.3
QUIET_DAY = 0.15


@dataclass(frozen=True)
class HeadlineBar:
    """What headlines need to be of one event: a score, and a cosine with the nearest headline.

    ``score``: of a headline in a story. ``single``: the cosine with the only headline of a story. ``many``: with the
    nearest one of a story of `RECENT` headlines and more, since a long list of headlines has almost every word.
    ``merging``: of the most similar headlines of two stories that merge.
    """

    score: float
    single: float
    many: float
    merging: float

    def cosine(self, headlines: int) -> float:
        """Return the cosine that a headline needs with the nearest one of a story of so many."""
        if headlines == 1:
            return self.single
        return self.many if headlines >= RECENT else 0.0


HEADLINES = HeadlineBar(THRESHOLD_HEADLINE, 0.28, 0.15, 0.25)
# without a table the most common words count as much as names
HEADLINES_WITHOUT_TABLE = HeadlineBar(0.2, 0.45, 0.25, 0.4)


def headline_bar(language: str) -> HeadlineBar:
    """Return what headlines in ``language`` need to be of one event."""
    return HEADLINES if idf.known(language) else HEADLINES_WITHOUT_TABLE


@dataclass(frozen=True)
class StoryCandidate:
    """A compared story. It takes the article from the threshold on, unless a rule vetoes it.

    ``score``: by text the probability that the article reports the story's event, by headline a sum of cosines.
    """

    story: Cluster
    nearest: str  # id of the story's most similar article
    score: float
    threshold: float
    vetoed: bool = False
    by_headline: bool = False
    cosine: float = 1.0  # of headlines: with the nearest one, which has to reach ``cosine_needed``
    cosine_needed: float = 0.0
    recent: tuple[list[str], list[int]] = ([], [])  # articles of the story, and the probability with each

    @property
    def ratio(self) -> float:
        return self.score / self.threshold

    @property
    def takes(self) -> bool:
        return self.ratio >= 1 and self.cosine >= self.cosine_needed and not self.vetoed


class StorySearch:
    """The stories of one language that still take articles."""

    def __init__(self, language: str, window: timedelta) -> None:
        self._window = window
        self._bar = headline_bar(language)
        self._stories: dict[int, Cluster] = {}
        self._bodies = StoryIndex()
        self._titles = StoryIndex()
        self._cached: OrderedDict[int, Cluster] = OrderedDict()  # stories unpacked for comparison, latest last

    def put(self, story: Cluster) -> None:
        """Index a story, or a changed story anew."""
        self._stories[story.number] = story
        self._bodies.put(story.number, story.bodies)
        self._titles.put(story.number, story.titles)

    def remove(self, story: Cluster) -> None:
        """Remove a story if it is indexed."""
        self._stories.pop(story.number, None)
        self._cached.pop(story.number, None)
        self._bodies.remove(story.number)
        self._titles.remove(story.number)

    def nearest(self, article: Features, arrival: datetime) -> list[StoryCandidate]:
        """Return the stories that share most words with the article; first the one that takes it, or comes nearest.

        Articles are compared by their text, with stories of headlines alone by headline. A headline is compared by
        headline with all stories.
        """
        found = []
        if len(article.body):
            near = self._bodies.find(article.body, self._in(arrival))
            found = [self._by_body(self._stories[number], article, arrival) for number in near]
        if not any(candidate.takes for candidate in found):
            whole = bool(len(article.body))
            near = self._titles.find(article.title, self._in(arrival, headlines_only=whole))
            found += [self._by_title(self._stories[number], article, arrival) for number in near]
        return sorted(found, key=lambda c: (not c.takes, -c.ratio, c.story.number))

    def near(self, body: Vector, arrival: datetime) -> list[Cluster]:
        """Return the stories with bodies that share most words with a body."""
        found = [self._stories[number] for number in self._bodies.find(body, self._in(arrival))]
        for story in found:
            self._cache(story)
        return found

    def near_title(self, title: Vector, arrival: datetime) -> list[Cluster]:
        """Return the stories whose headlines share most words with a headline."""
        return [self._stories[number] for number in self._titles.find(title, self._in(arrival))]

    def compare(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        """Compare the article with one story."""
        if len(article.body) and story.bodies.count:
            return self._by_body(story, article, arrival)
        return self._by_title(story, article, arrival)

    def _in(self, arrival: datetime, *, headlines_only: bool = False) -> "_Accept":
        return _Accept(self._stories, arrival, self._window, headlines_only)

    def _by_body(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        match = story.match_body(article.compared)
        self._cache(story)
        threshold = needed(story.gap(arrival))
        pairs_found = match.recent, match.each
        headline = _headline(article, arrival)
        vetoed = (
            match.vetoed
            or names_other_day(headline, story.rows[match.nearest])
            or names_others(headline, story.rows[match.nearest])
            or any(is_column(headline, story.rows[key]) for key in match.recent)
        )
        return StoryCandidate(story, match.nearest, match.probability, threshold, vetoed, recent=pairs_found)

    def _cache(self, story: Cluster) -> None:
        self._cached[story.number] = story
        self._cached.move_to_end(story.number)
        if len(self._cached) > CACHED:
            self._cached.popitem(last=False)[1].release()

    def _by_title(self, story: Cluster, article: Features, arrival: datetime) -> StoryCandidate:
        needed = round(self._bar.score * silence_factor(story.gap(arrival)), 4)
        nearest, cosine = story.nearest_title(article.title)
        there = story.rows[nearest]
        return StoryCandidate(
            story,
            nearest,
            story.match_title(article.title),
            needed,
            is_other_issue(_headline(article, arrival), there),
            by_headline=True,
            cosine=cosine,
            cosine_needed=self._bar.cosine(story.titles.count),
        )


def _headline(article: Features, arrival: datetime) -> Headline:
    return Headline(article.headline, article.language, article.publisher, arrival, article.names)


@dataclass(frozen=True)
class _Accept:
    """Predicate: whether a story may take an article that arrived at ``arrival``."""

    stories: dict[int, Cluster]
    arrival: datetime
    window: timedelta
    headlines_only: bool

    def __call__(self, number: int) -> bool:
        story = self.stories[number]
        return not (self.headlines_only and story.bodies.count) and abs(story.gap(self.arrival)) <= self.window


def needed(gap: timedelta) -> float:
    """Return the probability from which on an article joins a story that was silent for ``gap``."""
    return pairs.probability(_PROBABLE_ODDS + QUIET_DAY_ODDS * _silent_days(gap))


_PROBABLE_ODDS = float(Context(prec=9).ln(Decimal(str(PROBABLE)) / (1 - Decimal(str(PROBABLE)))))


def silence_factor(gap: timedelta) -> float:
    """Return by how much silence raises what headlines need to be of one event."""
    return 1 + QUIET_DAY * _silent_days(gap)


def _silent_days(gap: timedelta) -> float:
    """Return the days beyond `QUIET` that a story was silent: later reports on a subject are often another event."""
    return max(0.0, (abs(gap) - QUIET) / timedelta(days=1))
