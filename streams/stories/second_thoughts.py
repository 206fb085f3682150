"""Second thoughts: after each filing, stories that tell one event merge, and articles move to the story that they fit.

The story that took the article is compared with its neighbours, the stories that the article may belong to as well.
Two stories merge if the pairs of their articles are probable enough on average. An article moves if it fits another one
of these stories clearly better than its own. A story splits by such moves. After a headline without a body, stories
merge if their headlines are similar enough: one that begins twice is one as soon as more of it is known. All of it is
decided in the event that filed the article, from rows alone, so that a replay decides alike.

What a person said stays: pinned articles, stories that a person told apart, and titles given by hand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from streams.stories import regroup
from streams.stories.cluster import RECENT, Cluster, compared
from streams.stories.issues import Headline, is_column, is_other_issue, names_other_day, names_others
from streams.stories.lineage import end_of
from streams.stories.open_stories import OpenStories
from streams.stories.pair_cache import PairCache
from streams.stories.regroup import Event, Regrouped
from streams.stories.rows import FilingRow
from streams.stories.search import headline_bar, needed, silence_factor
from streams.stories.similarity import pairs
from streams.stories.similarity.features import Compared
from streams.stories.similarity.vectors import Vector
from streams.stories.similarity.vetoes import vetoed

NEIGHBOURS = 5  # of a story, compared with it
LEAST = 0.5  # probability from which on an article moves
NEAR = 0.15  # mean probability from which on a story is a neighbour
LATELY = timedelta(hours=48)  # after its first filing an article does not move any more, by log time
MOST_MERGES = 5  # after one filing
MOST_MOVES = 3
MOST_MERGED = 1_000  # articles of a story that becomes part of another one: each is a row and a message


@dataclass(frozen=True)
class Rule:
    """``merge``: the mean probability of two stories that merge. ``ahead``: how much better an article fits there.

    ``headlines``: the cosine of the sums of the headlines of two stories that merge. ``singles``: whether the only
    headline of a story becomes part of a story that it would join if it arrived now.
    """

    merge: float
    ahead: float
    headlines: float
    singles: bool


RULES: Mapping[str, Rule | None] = {
    "off": None,
    "calm": Rule(0.6, 0.2, 0.3, singles=False),
    "eager": Rule(0.5, 0.11, 0.22, singles=True),
}


@dataclass(frozen=True)
class Grounds:
    """Why two stories are of one event. ``strength``: of several pairs of stories the one with the highest merges."""

    strength: float
    why: str
    numbers: dict[str, float]


Judge = Callable[[Cluster, Cluster], Grounds | None]


@dataclass
class SecondThoughts:
    """Those after one filing. ``done``: what changed, in order."""

    stories: OpenStories
    cache: PairCache
    rule: Rule
    event: Event
    done: list[Regrouped] = field(default_factory=list)

    def after(self, key: str) -> None:
        """Look at the story of the article ``key`` and at its neighbours."""
        row = self._story(key).rows[key]
        near, judge = self._neighbours(key), self._by_texts if row.body else self._by_headlines
        for _ in range(MOST_MERGES):
            if not self._merge_one(self._story(key), near, judge):
                break
        for _ in range(MOST_MOVES if row.body else 0):
            if not self._move_one(self._story(key), near):
                break

    def _neighbours(self, key: str) -> list[Cluster]:
        own = self._story(key)
        row = own.rows[key]
        if not row.body:
            return [one for one in self.stories.near(row) if one is not own]
        article = compared(row)
        found = [(self._fits(key, article, one), one) for one in self.stories.near(row) if one is not own]
        near = [(probability, one) for probability, one in found if probability >= NEAR]
        return [one for _, one in sorted(near, key=lambda each: (-each[0], each[1].began))[:NEIGHBOURS]]

    def _story(self, key: str) -> Cluster:
        story = self.stories.holding(key)
        if story is None:
            raise AssertionError("an article that was filed is in a story")
        return story

    def _merge_one(self, story: Cluster, near: Sequence[Cluster], judge: Judge) -> bool:
        found = [
            (grounds.strength, -other.began, other, grounds)
            for other in self._open(story, near)
            if self._may_merge(story, other) and (grounds := judge(story, other)) is not None
        ]
        if not found:
            return False
        *_, other, grounds = max(found, key=lambda one: one[:2])
        older, younger = sorted((story, other), key=lambda one: (one.began, one.id))
        self.done.append(regroup.merge(self.stories, younger, older, grounds.why, grounds.numbers, self.event))
        return True

    def _by_texts(self, story: Cluster, other: Cluster) -> Grounds | None:
        """Return why the articles of two stories are of one event, None if they are not."""
        if not other.bodies.count:
            return None
        probability = self._together(story, other)
        if probability < max(self.rule.merge, needed(_gap(story, other))) or _contradict(story, other):
            return None
        count = len(story.recent()[0]) * len(other.recent()[0])
        why = f"their articles are {_percent(probability)} likely of the same event ({_count(count)} compared)"
        return Grounds(probability, why, {"probability": round(probability, 4), "pairs": float(count)})

    def _by_headlines(self, story: Cluster, other: Cluster) -> Grounds | None:
        """Return why the headlines of two stories are of one event, None if they are not. Texts tell more."""
        if story.bodies.count and other.bodies.count:
            return None
        smaller, larger = sorted((story, other), key=lambda one: (len(one.rows), -one.began))
        bar, factor = headline_bar(story.language), silence_factor(_gap(story, other))
        cosine, score = larger.match_titles(smaller)
        alike = cosine >= self.rule.headlines * factor
        joins = self.rule.singles and len(smaller.rows) == 1 and score >= bar.score * factor
        if not (alike or joins):
            return None
        nearest = [_nearest(row, larger) for row in list(smaller.rows.values())[-RECENT:]]
        best = max(found for *_, found in nearest)
        if not (alike and best >= bar.merging) and not (joins and best >= bar.cosine(larger.titles.count)):
            return None
        if any(is_other_issue(Headline.of(one), there) for one, there, _ in nearest):
            return None
        why = f"their headlines have a cosine of {cosine:.2f}, those of the smaller story a score of {score:.3f}"
        return Grounds(cosine, why, {"cosine": round(cosine, 4), "score": round(score, 4)})

    def _may_merge(self, story: Cluster, other: Cluster) -> bool:
        younger = max((story, other), key=lambda one: (one.began, one.id))
        named = younger.lineage is not None and younger.lineage.title
        pinned = any(row.pinned for row in younger.rows.values())
        return not (named or pinned or len(younger.rows) > MOST_MERGED or self._are_apart(story, other))

    def _move_one(self, story: Cluster, near: Sequence[Cluster]) -> bool:
        """Move the article that gains most, if any gains enough; of equal ones the first by its id."""
        others = list(self._open(story, near))
        ways = [(story, other) for other in others] + [(other, story) for other in others]
        found = [
            (there - here, key, here, there, source, target)
            for source, target in ways
            if not self._are_apart(source, target)
            for key, here, there in self._misplaced(source, target)
        ]
        if not found:
            return False
        _, key, here, there, source, target = min(found, key=lambda one: (-one[0], one[1], one[5].began))
        why = (
            f"{_percent(there)} likely of the same event as the articles of the story that it moved to, "
            f"{_percent(here)} as those of the one that it left"
        )
        numbers = {"probability": round(there, 4), "before": round(here, 4)}
        self.done.append(regroup.move(self.stories, [key], source, target, why, numbers, self.event))
        return True

    def _misplaced(self, source: Cluster, target: Cluster) -> Iterator[tuple[str, float, float]]:
        """Yield each article that fits another story better, with how it fits both."""
        if source.bodies.count < 2 or not target.bodies.count:
            return
        keys, recent = source.recent()
        for key, article in zip(keys, recent.members, strict=True):
            row = source.rows[key]
            if row.pinned or abs(self.event.at - row.versions[0].at) > LATELY:
                continue
            there = self._fits(key, article, target)
            if there < max(LEAST, needed(target.gap(row.fetched_at))):
                continue
            here = self._fits(key, article, source)
            if there >= here + self.rule.ahead and not _vetoed(row, article, target):
                yield key, here, there

    def _together(self, story: Cluster, other: Cluster) -> float:
        """Return the mean probability of the pairs of recent articles of two stories."""
        keys, recent = story.recent()
        return sum(self._fits(key, one, other) for key, one in zip(keys, recent.members, strict=True)) / len(keys)

    def _fits(self, key: str, article: Compared, story: Cluster) -> float:
        """Return the mean probability of an article with the recent ones of a story, itself left out."""
        keys, recent = story.recent()
        found = self.cache.probabilities(key, article, keys, recent)
        of_others = [one for other, one in zip(keys, found, strict=True) if other != key]
        return sum(of_others) / len(of_others) / pairs.CERTAIN

    def _open(self, story: Cluster, near: Sequence[Cluster]) -> Iterator[Cluster]:
        """Yield the neighbours that still have articles and are others."""
        for one in near:
            if one is not story and self.stories.find(one.id) is one:
                yield one

    def _are_apart(self, story: Cluster, other: Cluster) -> bool:
        """Return whether a person said that two stories are different events."""
        lineage = self.stories.lineage
        return any(
            end_of(id_, lineage) == two.id
            for one, two in ((story, other), (other, story))
            if one.lineage is not None
            for id_ in one.lineage.apart
        )


def _gap(story: Cluster, other: Cluster) -> timedelta:
    """Return the time between the articles of two stories."""
    (first, last), (other_first, other_last) = story.seen, other.seen
    return max(timedelta(0), first - other_last, other_first - last)


def _contradict(story: Cluster, other: Cluster) -> bool:
    """Return whether a rule says of an article of the smaller story that the other one tells another event."""
    smaller, larger = sorted((story, other), key=lambda one: len(one.recent()[0]))
    keys, recent = smaller.recent()
    return any(_vetoed(smaller.rows[key], one, larger) for key, one in zip(keys, recent.members, strict=True))


def _vetoed(row: FilingRow, article: Compared, story: Cluster) -> bool:
    keys, recent = story.recent()
    nearest = int(pairs.probabilities(article, recent).argmax())
    headline = Headline.of(row)
    return (
        vetoed(article, recent, nearest)
        or names_other_day(headline, story.rows[keys[nearest]])
        or names_others(headline, story.rows[keys[nearest]])
        or any(is_column(headline, story.rows[key]) for key in keys)
    )


def _nearest(row: FilingRow, story: Cluster) -> tuple[FilingRow, FilingRow, float]:
    """Return a headline, the most similar one of a story, and their cosine."""
    key, cosine = story.nearest_title(Vector.unpack(row.title))
    return row, story.rows[key], cosine


def _percent(probability: float) -> str:
    return f"{probability:.0%}".replace("%", " %")


def _count(number: int) -> str:
    return "1 pair" if number == 1 else f"{number} pairs"
