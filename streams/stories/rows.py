"""The row of one article: enough to compare others with it, and to repeat word for word what was said of it."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.contract.messages import COPIES, CleanArticle, Coverage, Filing, Kind, Publisher, Relation, TaggedArticle
from streams.stories.similarity.features import Features, ids_of

MOST_ENTITIES = 60  # of one article; lists of names, such as line-ups, go further and say little
MOST_STAYS = 4  # former filings: only an article that moved five times in one batch would miss a replay
THIN_WORDS = 60  # two or three sentences: "more soon"
_THIN = frozenset({Kind.HEADLINE, Kind.STUB, Kind.LISTING})
MOST_VERSIONS = 10  # the first and the latest: only an article revised ten times in one batch would miss a replay


class FiledRevision(Struct, frozen=True, array_like=True):
    """One revision of the article, in the order of the log."""

    offset: int
    at: datetime
    revision: str
    number: int  # of its edit; 0 for none
    title: str
    fetched_at: datetime | None = None  # None in rows of older code, as the next two
    kind: Kind | None = None
    relation: Relation | None = None


class NamedEntity(Struct, frozen=True, array_like=True):
    """An entity of the article; ``since`` is the offset of the first revision that names it."""

    key: str
    name: str
    since: int


class FormerFiling(Struct, frozen=True, array_like=True):
    """How an article was filed before a revision of it was judged anew: what its story counted until ``left``."""

    left: int  # offset of that revision
    story: str
    began: int
    language: str
    kind: Kind
    relation: Relation
    group: str
    publisher: tuple[str, str] | None
    fetched_at: datetime
    versions: tuple[FiledRevision, ...]
    filing: Filing
    coverage: Coverage
    entities: tuple[NamedEntity, ...]
    emptied: bool  # its story had no other article

    @property
    def headline(self) -> str:
        return self.versions[-1].title


class FilingRow(Struct, frozen=True, array_like=True):
    """One article of a story: about 3 kB. Vectors are packed, see `streams.stories.similarity.vectors.Vector.pack`."""

    story: str
    began: int  # offset of the story's first article: a story that expired and came back is another one
    language: str
    kind: Kind
    relation: Relation
    group: str
    publisher: tuple[str, str] | None  # id and name
    fetched_at: datetime
    versions: tuple[FiledRevision, ...]
    filing: Filing
    coverage: Coverage
    entities: tuple[NamedEntity, ...]
    body: bytes
    title: bytes
    phrases: bytes
    prominent: bytes
    weekdays: tuple[int, ...]
    length: int
    figures: bytes
    quotes: bytes
    thin: bool = False
    stays: tuple[FormerFiling, ...] = ()  # the latest last

    @property
    def is_provisional(self) -> bool:
        """Whether the text says little of what its address is going to hold: a line or two, or a copy."""
        return self.thin or self.relation in COPIES

    def stay(self, left: int, emptied: bool) -> FormerFiling:
        """This filing, which ends at the offset ``left``."""
        return FormerFiling(
            left,
            self.story,
            self.began,
            self.language,
            self.kind,
            self.relation,
            self.group,
            self.publisher,
            self.fetched_at,
            self.versions,
            self.filing,
            self.coverage,
            self.entities,
            emptied,
        )

    @property
    def headline(self) -> str:
        """The title of the latest revision."""
        return self.versions[-1].title


AnyFiling = FilingRow | FormerFiling  # what a story counts


def is_thin(article: CleanArticle) -> bool:
    """Whether it has a few lines at most, that a report may still take the place of."""
    return article.kind in _THIN or article.words < THIN_WORDS


def number_of(tagged: TaggedArticle) -> int:
    """Which edit of the article this is; 0 for the first text."""
    return tagged.edit.number if tagged.edit else 0


def make(
    tagged: TaggedArticle,
    features: Features,
    filing: Filing,
    coverage: Coverage,
    offset: int,
    at: datetime,
    began: int,
    stays: tuple[FormerFiling, ...] = (),
) -> FilingRow:
    """The row of an article that is filed for the first time, or anew after ``stays``.

    ``began`` is the first offset of its story.
    """
    article = tagged.article
    return FilingRow(
        story=filing.story,
        began=began,
        language=article.language,
        kind=article.kind,
        relation=tagged.copy.of_text,
        group=tagged.copy.group,
        publisher=_names(article.publisher),
        fetched_at=article.fetched_at,
        versions=(_version(tagged, offset, at),),
        filing=filing,
        coverage=coverage,
        entities=_entities(tagged, (), offset),
        thin=is_thin(article),
        stays=stays[-MOST_STAYS:],
        **_compared(features),
    )


def revise(row: FilingRow, tagged: TaggedArticle, features: Features, offset: int, at: datetime) -> FilingRow:
    """The row after a new revision: compared by its new text, counted as before."""
    versions = (*row.versions, _version(tagged, offset, at))
    if len(versions) > MOST_VERSIONS:
        versions = (versions[0], *versions[2:])
    return replace(
        row,
        kind=tagged.article.kind,
        relation=tagged.copy.of_text,
        versions=versions,
        entities=_entities(tagged, row.entities, offset),
        thin=is_thin(tagged.article),
        **_compared(features),
    )


def again(row: FilingRow, tagged: TaggedArticle, features: Features, coverage: Coverage, offset: int) -> FilingRow:
    """The row of an article that runs again: all that is derived anew, in the place and with the filing that it had.

    Its latest version takes the new offset, and the log's time of the old one: an article that only ran again does not
    keep its story alive. The first version stays, since it says where in the story the article came.
    """
    latest = replace(_version(tagged, offset, row.versions[-1].at), number=row.versions[-1].number)
    first, *later = row.versions
    since = {named.key: named.since for named in row.entities}
    named = {one.key: NamedEntity(one.key, one.name, since.get(one.key, first.offset)) for one in tagged.entities}
    return replace(
        row,
        kind=tagged.article.kind,
        relation=tagged.copy.of_text,
        group=tagged.copy.group,
        thin=is_thin(tagged.article),
        publisher=_names(tagged.article.publisher),
        versions=(first, *later[:-1], latest),
        coverage=coverage,
        entities=tuple(named.values())[:MOST_ENTITIES],
        **_compared(features),
    )


def _version(tagged: TaggedArticle, offset: int, at: datetime) -> FiledRevision:
    article = tagged.article
    return FiledRevision(
        offset,
        at,
        article.revision,
        number_of(tagged),
        article.title,
        article.fetched_at,
        article.kind,
        tagged.copy.of_text,
    )


def _names(publisher: Publisher | None) -> tuple[str, str] | None:
    return (publisher.id, publisher.name) if publisher else None


def _entities(tagged: TaggedArticle, before: tuple[NamedEntity, ...], offset: int) -> tuple[NamedEntity, ...]:
    known = {named.key for named in before}
    new = {
        entity.key: NamedEntity(entity.key, entity.name, offset)
        for entity in tagged.entities
        if entity.key not in known
    }
    return (*before, *new.values())[:MOST_ENTITIES]


def _compared(features: Features) -> dict[str, Any]:
    return {
        "body": features.body.pack(),
        "title": features.title.pack(),
        "phrases": features.phrases.pack(),
        "prominent": features.prominent.pack(),
        "weekdays": features.weekdays,
        "length": features.length,
        "figures": ids_of(features.figures),
        "quotes": ids_of(features.quotes),
    }
