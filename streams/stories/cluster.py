"""The live form of one story: its articles in the order of the log, their sums and counts, derived from their rows."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from streams.contract.messages import Story
from streams.stories.coverage import SourceTally
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling
from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.features import Features, ids_in
from streams.stories.similarity.score import HEADLINE_SIZE, Compared, Match, Recent, compare
from streams.stories.similarity.vectors import SCALE, Vector, VectorStack
from streams.stories.snapshot import StoryTally

RECENT = 50  # articles compared one by one; what is older counts through the sum


class Cluster:
    """One story. ``number`` orders stories by their first article."""

    def __init__(self, identity: str, language: str, number: int, began: int) -> None:
        self.id = identity
        self.language = language
        self.number = number
        self.began = began  # offset of its first article: tells it from an expired story of the same id
        self.rows: dict[str, FilingRow] = {}  # by article id, in the order of the log
        self.bodies = Centroid()
        self.titles = Centroid()
        self.tally = StoryTally()
        self.last_offset = began
        self.touched = datetime.min.replace(tzinfo=UTC)  # the log's time of the last article or revision
        self._recent: tuple[list[str], Recent] | None = None

    def add(self, key: str, row: FilingRow) -> None:
        """Take a further article."""
        recent = self._recent
        self._weigh(row, 1)
        if recent is not None and row.body and len(recent[0]) < RECENT:
            self._recent = [*recent[0], key], recent[1].extended(_compared(row))
        self.rows[key] = row
        self.tally.add(key, row, 0)
        self._touch(row)

    def revise(self, key: str, row: FilingRow) -> None:
        """Put a new revision in an article's place."""
        self._weigh(self.rows[key], -1)
        self._weigh(row, 1)
        self.rows[key] = row
        self.tally.add(key, row, len(row.versions) - 1)
        self._touch(row)

    def replace(self, key: str, row: FilingRow) -> None:
        """Put a row in the place of an article's own and count everything anew."""
        self._weigh(self.rows[key], -1)
        self._weigh(row, 1)
        self.rows[key] = row
        self._count()

    def remove(self, key: str) -> FilingRow:
        """Take an article out and count everything anew; its row."""
        row = self.rows.pop(key)
        self._weigh(row, -1)
        self._count()
        return row

    def put_back(self, key: str, row: FilingRow) -> None:
        """Undo `remove`: the article has the place that it had."""
        self.rows = dict(sorted({**self.rows, key: row}.items(), key=_entered))
        self._weigh(row, 1)
        self._count()

    def _count(self) -> None:
        self.tally = _tally(self.rows.items())
        self.last_offset, self.touched = self.began, datetime.min.replace(tzinfo=UTC)
        for row in self.rows.values():
            self._touch(row)
        self.language = next((row.language for row in self.rows.values()), self.language)

    def sources_before(self, key: str) -> SourceTally:
        """Who covered the story when an article came into it."""
        return _tally(self.rows.items(), self.rows[key].versions[0].offset - 1).sources

    @classmethod
    def rebuild(cls, identity: str, number: int, rows: dict[str, FilingRow]) -> "Cluster":
        """The same story from its stored rows."""
        ordered = dict(sorted(rows.items(), key=_entered))
        first = next(iter(ordered.values()))
        story = cls(identity, first.language, number, first.began)
        story.rows = ordered
        story.bodies = Centroid.of(Vector.unpack(row.body) for row in ordered.values())
        story.titles = Centroid.of(Vector.unpack(row.title) for row in ordered.values())
        story._count()
        return story

    def snapshot(self) -> Story:
        """The snapshot as it is."""
        return self.tally.story(self.id, self.language)

    def gap(self, arrival: datetime) -> timedelta:
        """Time between an arrival and the story's articles; negative: the story has later ones."""
        first, last = self.tally.first_seen, self.tally.last_seen
        if first is None or last is None:
            raise ValueError("a story has at least one article")
        return arrival - first if arrival < first else max(arrival - last, timedelta(0))

    def match_body(self, article: Features) -> tuple[str, Match]:
        """Compare an article that has a body; with the id of the nearest article."""
        if self._recent is None:
            keys = [key for key, row in self.rows.items() if row.body][-RECENT:]
            self._recent = keys, Recent.of([_compared(self.rows[key]) for key in keys])
        keys, recent = self._recent
        match = compare(article, recent, self.bodies.cosine(article.body))
        return keys[match.nearest], match

    def rest(self) -> None:
        """Give back what can be made again: a story that is not compared any more takes little memory."""
        self._recent = None

    def match_title(self, article: Features) -> float:
        """The score by headlines alone: the sum of cosines over a power of the story's size."""
        if not self.titles.count or not len(article.title):
            return 0.0
        cosines = self.titles.dot(article.title) / (article.title.length * SCALE)
        return cosines / math.pow(self.titles.count, HEADLINE_SIZE)

    def nearest_title(self, article: Features) -> str:
        """The id of the recent article whose headline is most like that of ``article``."""
        keys = list(self.rows)[-RECENT:]
        cosines = VectorStack([Vector.unpack(self.rows[key].title) for key in keys]).cosines(article.title)
        return keys[int(cosines.argmax())]

    def _weigh(self, row: FilingRow, times: int) -> None:
        self.bodies.add(Vector.unpack(row.body), times)
        self.titles.add(Vector.unpack(row.title), times)
        self._recent = None

    def _touch(self, row: FilingRow) -> None:
        self.last_offset = max(self.last_offset, row.versions[-1].offset)
        self.touched = max(self.touched, row.versions[-1].at)


def _compared(row: FilingRow) -> Compared:
    return Compared(
        body=Vector.unpack(row.body),
        phrases=Vector.unpack(row.phrases),
        prominent=Vector.unpack(row.prominent),
        weekdays=row.weekdays,
        length=row.length,
        figures=ids_in(row.figures),
        quotes=ids_in(row.quotes),
    )


def at(identity: str, counted: Iterable[tuple[str, AnyFiling]], offset: int) -> Story:
    """The snapshot of a story as it was after the event at ``offset``: of its articles and those that left it since."""
    there = [(key, row) for key, row in counted if not isinstance(row, FormerFiling) or row.left > offset]
    first = min((row for _, row in there), key=lambda row: row.versions[0].offset)
    return _tally(there, offset).story(identity, first.language)


def _tally(counted: Iterable[tuple[str, AnyFiling]], until: int | None = None) -> StoryTally:
    tally = StoryTally()
    for _, key, version, row in sorted(_events(counted), key=lambda event: event[:3]):
        if until is None or row.versions[version].offset <= until:
            tally.add(key, row, version)
    return tally


def _events(counted: Iterable[tuple[str, AnyFiling]]) -> Iterable[tuple[int, str, int, AnyFiling]]:
    for key, row in counted:
        for version, made in enumerate(row.versions):
            yield made.offset, key, version, row


def _entered(item: tuple[str, FilingRow]) -> int:
    return item[1].versions[0].offset
