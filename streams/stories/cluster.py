"""One story in memory: its articles in log order, their vector sums and their counts, all derived from their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import COPIES, EntityCount, EntityType, Story
from streams.stories.coverage import SourceTally
from streams.stories.lineage import StoryRow, told
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling
from streams.stories.similarity import exact, forms, pairs
from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.features import Compared, amounts_in, ids_in, named_in
from streams.stories.similarity.pairs import Recent
from streams.stories.similarity.vectors import SCALE, Vector, VectorStack
from streams.stories.similarity.vetoes import vetoed

RECENT = 20  # articles compared one by one, the latest; older ones count in finding the story only
HEADLINE_SIZE = 0.65  # a story's score is its sum of cosines over this power of its size: between sum and mean
HEADLINE_SIZES = frozenset(3 * 2**n for n in range(20))  # articles at which a story's headline is chosen again
MORE_CENTRAL = 1.1  # times as central as the article of the present headline
MOST_LISTED = 200  # sources and publishers in a snapshot, so that a message fits its record
MOST_LISTED_ENTITIES = 15  # as many as a person reads


@dataclass(frozen=True)
class Match:
    """How an article fits a story. ``nearest``: the id of the most probable one of its recent articles.

    ``probability``: that the article reports the story's event, the mean over the recent articles. ``vetoed``: a rule
    says that it reports another event. ``each``: the probability with each of the ``recent`` ones, up to
    `pairs.CERTAIN`.
    """

    nearest: str
    probability: float
    vetoed: bool
    recent: list[str]
    each: list[int]


class StoryTally:
    """The counts of one story. Events are added in log order, so the counts at any offset can be computed again."""

    def __init__(self) -> None:
        self.sources = SourceTally()
        self.articles = 0
        self.first_seen: datetime | None = None
        self.last_seen: datetime | None = None
        self.headline_of: str | None = None  # the article whose headline is the title
        self._titles: dict[str, str] = {}  # the latest headline of each article
        self._entities: dict[str, int] = {}
        self._names: dict[str, str] = {}

    def add(self, key: str, row: AnyFiling, version: int) -> None:
        """Count one version of the article ``key``: version 0 is the article itself, later ones are its revisions."""
        if version == 0:
            self._add_article(row)
        if title := row.versions[version].title:
            self._titles[key] = title
            self.headline_of = self.headline_of or key
        if version == 0 and row.headline_of in self._titles:
            self.headline_of = row.headline_of
        since = row.versions[version - 1].offset if version else -1
        until = row.versions[version].offset
        for named in row.entities:
            if since < named.since <= until:
                self._entities[named.key] = self._entities.get(named.key, 0) + 1
                self._names.setdefault(named.key, named.name)

    def _add_article(self, row: AnyFiling) -> None:
        self.articles += 1
        self.first_seen = min(self.first_seen or row.fetched_at, row.fetched_at)
        self.last_seen = max(self.last_seen or row.fetched_at, row.fetched_at)
        self.sources.add(row.coverage, row.publisher, row.group)

    def story(self, identity: str, language: str) -> Story:
        """Return the snapshot. Its title is the latest headline of the article that `Cluster.more_central` chose last.

        Raises `ValueError` when no article was counted.
        """
        if self.first_seen is None or self.last_seen is None:
            raise ValueError("a story has at least one article")
        order = sorted(self._entities, key=lambda key: -self._entities[key])  # stable: ties by first appearance
        return Story(
            id=identity,
            title=self._titles.get(self.headline_of or "", ""),
            language=language,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            articles=self.articles,
            sources=tuple(self.sources.sources.values())[:MOST_LISTED],
            publishers=tuple(self.sources.publishers.values())[:MOST_LISTED],
            entities=tuple(
                EntityCount(key=key, name=self._names[key], type=_type(key), articles=self._entities[key])
                for key in order[:MOST_LISTED_ENTITIES]
            ),
            source_count=len(self.sources.sources),
            publisher_count=len(self.sources.publishers),
        )


def _type(key: str) -> EntityType:
    return EntityType(key.partition(":")[0])


class Cluster:
    """One story. ``number`` orders stories by their first article."""

    def __init__(self, identity: str, language: str, number: int, began: int) -> None:
        self.id = identity
        self.language = language
        self.number = number
        self.began = began  # offset of its first article, which distinguishes it from an expired story of the same id
        self.rows: dict[str, FilingRow] = {}  # by article id, in log order
        self.bodies = Centroid()
        self.titles = Centroid()
        self.tally = StoryTally()
        self.last_offset = began
        self.touched = datetime.min.replace(tzinfo=UTC)  # log time of the last article or revision
        self.lineage: StoryRow | None = None
        self._recent: tuple[list[str], Recent] | None = None

    def add_new(self, key: str, row: FilingRow) -> FilingRow:
        """Add an article that is filed now, and return its row with the headline that the story has from then on."""
        if len(self.rows) + 1 in HEADLINE_SIZES:
            row = replace(row, headline_of=self._more_central(key, row))
        self.add(key, row)
        return row

    def add(self, key: str, row: FilingRow) -> None:
        """Add an article."""
        recent = self._recent
        self._add_vectors(row, 1)
        if recent is not None and row.body and len(recent[0]) < RECENT:
            self._recent = [*recent[0], key], recent[1].extended(compared(row))
        self.rows[key] = row
        self.tally.add(key, row, 0)
        self._touch(row)

    def revise(self, key: str, row: FilingRow) -> None:
        """Replace an article by its new revision."""
        self._add_vectors(self.rows[key], -1)
        self._add_vectors(row, 1)
        self.rows[key] = row
        self.tally.add(key, row, len(row.versions) - 1)
        self._touch(row)

    def replace(self, key: str, row: FilingRow) -> None:
        """Replace the row of an article and recompute all counts."""
        self._add_vectors(self.rows[key], -1)
        self._add_vectors(row, 1)
        self.rows[key] = row
        self._recount()

    def remove(self, key: str) -> FilingRow:
        """Remove an article, recompute all counts and return its row."""
        row = self.rows.pop(key)
        self._add_vectors(row, -1)
        self._recount()
        return row

    def remove_all(self, keys: Iterable[str]) -> None:
        """Remove several articles and recompute all counts once."""
        for key in keys:
            self._add_vectors(self.rows.pop(key), -1)
        self._recount()

    def put_back(self, key: str, row: FilingRow) -> None:
        """Undo `remove`: the article gets its former position back."""
        self.rows = dict(sorted({**self.rows, key: row}.items(), key=place_of))
        self._add_vectors(row, 1)
        self._recount()

    def put_in_order(self) -> None:
        """Order the articles as `rebuild` does: one that was filed may come after those that the same event moved."""
        ordered = dict(sorted(self.rows.items(), key=place_of))
        if list(ordered) != list(self.rows):
            self.rows, self._recent = ordered, None
            self._recount()

    def _recount(self) -> None:
        self.tally = _tally(self.rows.items())
        self.last_offset, self.touched = self.began, datetime.min.replace(tzinfo=UTC)
        for row in self.rows.values():
            self._touch(row)
        self.language = next((row.language for row in self.rows.values()), self.language)

    def sources_before(self, key: str) -> SourceTally:
        """Return the sources of the story just before the article ``key`` was filed."""
        return _tally(self.rows.items(), self.rows[key].versions[0].offset - 1).sources

    @classmethod
    def rebuild(cls, identity: str, number: int, rows: dict[str, FilingRow]) -> "Cluster":
        """Build the story from its stored rows, in any order."""
        ordered = dict(sorted(rows.items(), key=place_of))
        first = next(iter(ordered.values()))
        story = cls(identity, first.language, number, first.began)
        story.rows = ordered
        story.bodies = Centroid.of(Vector.unpack(row.body) for row in ordered.values())
        story.titles = Centroid.of(Vector.unpack(row.title) for row in ordered.values())
        story._recount()
        return story

    def snapshot(self) -> Story:
        """Return the current snapshot."""
        return told(self.tally.story(self.id, self.language), self.lineage)

    @property
    def seen(self) -> tuple[datetime, datetime]:
        """When the first and the last of its articles arrived."""
        first, last = self.tally.first_seen, self.tally.last_seen
        if first is None or last is None:
            raise ValueError("a story has at least one article")
        return first, last

    def gap(self, arrival: datetime) -> timedelta:
        """Return the time between ``arrival`` and the story's articles: 0 among them, negative before its first one."""
        first, last = self.seen
        return arrival - first if arrival < first else max(arrival - last, timedelta(0))

    def match_body(self, article: Compared) -> Match:
        """Compare an article that has a body with the story's recent ones."""
        keys, recent = self.recent()
        found = pairs.probabilities(article, recent)
        best = int(found.argmax())
        mean = int(found.sum()) / len(found) / pairs.CERTAIN
        return Match(keys[best], mean, vetoed(article, recent, best), keys, found.tolist())

    def recent(self) -> tuple[list[str], Recent]:
        """Return the latest articles that have a body."""
        if self._recent is None:
            keys = [key for key, row in self.rows.items() if row.body][-RECENT:]
            self._recent = keys, Recent.of([compared(self.rows[key]) for key in keys])
        return self._recent

    def release(self) -> None:
        """Free what `match_body` computes again on demand, so that a story that is no longer compared stays small."""
        self._recent = None

    def match_title(self, title: Vector) -> float:
        """Return the score by headlines alone: the sum of cosines over a power of the story's size."""
        if not self.titles.count or not len(title):
            return 0.0
        return self.titles.dot(title) / (title.length * SCALE) / exact.power(self.titles.count, HEADLINE_SIZE)

    def match_titles(self, other: "Cluster") -> tuple[float, float]:
        """Compare the headlines of another story: the cosine of the two sums, and the mean score of the other's here.

        Both stories have headlines.
        """
        product = self.titles.dot_sum(other.titles)
        mean = product / (SCALE * SCALE * other.titles.count) / exact.power(self.titles.count, HEADLINE_SIZE)
        return product / (self.titles.length * other.titles.length), mean

    def nearest_title(self, title: Vector) -> tuple[str, float]:
        """Return the id of the recent article with the most similar headline, and the cosine with that."""
        keys = list(self.rows)[-RECENT:]
        cosines = VectorStack([Vector.unpack(self.rows[key].title) for key in keys]).cosines(title)
        nearest = int(cosines.argmax())
        return keys[nearest], float(cosines[nearest])

    def _more_central(self, key: str, row: FilingRow) -> str:
        """Return the article whose headline is most like the texts of the story when ``row`` joins it.

        Its headline is the story's then. "" if the article of the present one is nearly as central: a title that
        people know changes for a reason only. Copies are not asked, nor old articles of a long story.
        """
        reports = {one: its for one, its in (*self.rows.items(), (key, row)) if its.body and its.relation not in COPIES}
        latest = dict(list(reports.items())[-RECENT:])
        known = self.tally.headline_of
        if known in self.rows:
            latest.setdefault(known, self.rows[known])
        central = {one: self._centrality(its, row) for one, its in latest.items() if its.headline}
        best = max(central, key=lambda one: (central[one], -list(central).index(one)), default=None)
        if best is None or best == known or central[best] < MORE_CENTRAL * central.get(known or "", 0.0):
            return ""
        return best

    def _centrality(self, row: FilingRow, joining: FilingRow) -> float:
        """Return the mean cosine of a headline with the bodies, plus that with the headlines, of the articles.

        ``joining``: the article that is not counted yet. Each headline has its own product of 1 with itself.
        """
        title = Vector.unpack(row.title)
        return _mean_cosine(title, self.titles, Vector.unpack(joining.title)) + _mean_cosine(
            title, self.bodies, Vector.unpack(joining.body)
        )

    def _add_vectors(self, row: FilingRow, times: int) -> None:
        self.bodies.add(Vector.unpack(row.body), times)
        self.titles.add(Vector.unpack(row.title), times)
        self._recent = None

    def _touch(self, row: FilingRow) -> None:
        self.last_offset = max(self.last_offset, row.versions[-1].offset)
        self.touched = max(self.touched, row.versions[-1].at)


def _mean_cosine(one: Vector, centre: Centroid, more: Vector) -> float:
    whole = Centroid()
    whole.add(more)
    if not len(one) or not centre.count + whole.count:  # headlines alone have no bodies
        return 0.0
    return (centre.dot(one) + whole.dot(one)) / (one.length * SCALE) / (centre.count + whole.count)


def compared(row: FilingRow) -> Compared:
    """Unpack what an article is compared by."""
    return Compared(
        body=Vector.unpack(row.body),
        phrases=Vector.unpack(row.phrases),
        prominent=Vector.unpack(row.prominent),
        opening=Vector.unpack(row.opening),
        forms=forms.unpack(row.forms),
        opening_forms=forms.unpack(row.opening_forms),
        weekdays=row.weekdays,
        length=row.length,
        figures=ids_in(row.figures),
        quotes=ids_in(row.quotes),
        amounts=amounts_in(row.amounts),
        named=named_in(row.named),
        published=row.published,
    )


def snapshot_at(
    identity: str, filings: Iterable[tuple[str, AnyFiling]], offset: int, lineage: StoryRow | None = None
) -> Story:
    """Return the snapshot of a story after the event at ``offset``.

    ``filings``: its articles, and those that left it since, by article id.
    """
    present = [(key, row) for key, row in filings if not isinstance(row, FormerFiling) or row.left > offset]
    first = min(present, key=place_of)[1]
    return told(_tally(present, offset).story(identity, first.language), lineage, offset)


def _tally(filings: Iterable[tuple[str, AnyFiling]], until: int | None = None) -> StoryTally:
    tally = StoryTally()
    for *_, key, version, row in sorted(_events(filings), key=lambda event: event[:4]):
        if until is None or row.versions[version].offset <= until:
            tally.add(key, row, version)
    return tally


def _events(filings: Iterable[tuple[str, AnyFiling]]) -> Iterable[tuple[int, datetime, str, int, AnyFiling]]:
    for key, row in filings:
        for version, revision in enumerate(row.versions):
            yield revision.offset, revision.at, key, version, row


def place_of(item: tuple[str, AnyFiling]) -> tuple[int, datetime, str]:
    """Return what orders the articles of a story: those that came together are in the order of their first filing."""
    key, row = item
    return row.versions[0].offset, row.versions[0].at, key
