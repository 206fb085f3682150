"""The table row of a filed article: what others are compared with, and what a replayed event is answered with."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from streams.contract.messages import COPIES, CleanArticle, Coverage, Filing, Kind, Publisher, Relation, TaggedArticle
from streams.stories.similarity.features import Features, ids_of

MOST_ENTITIES = 60  # of one article; longer lists of names, such as line-ups, say little
MOST_STAYS = 4  # former filings; only an article that moves five times in one batch is answered wrongly on replay
THIN_WORDS = 60  # two or three sentences: "more soon"
_THIN = frozenset({Kind.HEADLINE, Kind.STUB, Kind.LISTING})
MOST_VERSIONS = 10  # the first and the latest; only an article revised ten times in one batch fails on replay


class FiledRevision(Struct, frozen=True, array_like=True):
    """One revision of the article, in log order."""

    offset: int
    at: datetime
    revision: str
    number: int  # of its edit; 0 for the first text
    title: str
    fetched_at: datetime | None = None  # this and the next two: None in rows of older versions
    kind: Kind | None = None
    relation: Relation | None = None


class NamedEntity(Struct, frozen=True, array_like=True):
    """An entity of the article; ``since`` is the offset of the first revision that names it."""

    key: str
    name: str
    since: int


class FormerFiling(Struct, frozen=True, array_like=True):
    """How an article was filed before a revision of it was filed anew: what its story counted until ``left``."""

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
    refiled: bool = False  # it was moved by a correction or by second thoughts, without a new revision
    headline_of: str = ""  # as of `FilingRow`

    @property
    def headline(self) -> str:
        return self.versions[-1].title


class FilingRow(Struct, frozen=True, array_like=True):
    """Row: one article of a story, about 3 kB. Vectors are packed by `streams.stories.similarity.vectors.Vector.pack`.

    The fields from ``story`` to ``entities`` are those of `FormerFiling`, in the same order.
    """

    story: str
    began: int  # offset of the story's first article: an expired story with the same id is another one
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
    opening: bytes = b""  # this and the next two: empty in rows of older versions
    amounts: bytes = b""
    named: bytes = b""
    first_seen: datetime | None = None  # None in rows of older versions
    pinned: bool = False  # a person said where it belongs: only a person moves it
    published: datetime | None = None
    forms: bytes = b""  # this and the next: empty in rows of older versions and for English
    opening_forms: bytes = b""
    headline_of: str = ""  # id of the article whose headline the story has since this one was filed; "" for no change

    @property
    def is_provisional(self) -> bool:
        """Whether a full report is likely to replace the text at this address: it is thin, or a copy."""
        return self.thin or self.relation in COPIES

    def former(self, left: int, emptied: bool, *, refiled: bool = False) -> FormerFiling:
        """Return this filing as one that ends at the offset ``left``."""
        return FormerFiling(
            left=left, emptied=emptied, refiled=refiled, **{name: getattr(self, name) for name in _SHARED}
        )

    def before_refiling(self, offset: int) -> "FilingRow":
        """Return the row as it was before the event at ``offset`` made its article part of another story, or others."""
        row = self
        while row.stays and row.stays[-1].refiled and row.stays[-1].left == offset:
            stay = row.stays[-1]
            row = replace(row, stays=row.stays[:-1], **{name: getattr(stay, name) for name in _SHARED})
        return row

    @property
    def headline(self) -> str:
        """Title of the latest revision."""
        return self.versions[-1].title


# those that both have
_SHARED: tuple[str, ...] = tuple(name for name in FormerFiling.__struct_fields__ if name in FilingRow.__struct_fields__)

AnyFiling = FilingRow | FormerFiling  # whatever a story counts, or counted


def is_thin(article: CleanArticle) -> bool:
    """Return whether an article has a few lines at most, which a report may still replace."""
    return article.kind in _THIN or article.words < THIN_WORDS


def number_of(tagged: TaggedArticle) -> int:
    """Return the number of this edit of the article; 0 for the first text."""
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
    """Make the row of an article that is filed for the first time, or anew after ``stays``.

    ``began``: offset of the first article of its story.
    """
    article = tagged.article
    return FilingRow(
        story=filing.story,
        began=began,
        language=article.language,
        kind=article.kind,
        relation=tagged.copy.of_text,
        group=tagged.copy.group,
        publisher=_id_and_name(article.publisher),
        fetched_at=article.fetched_at,
        versions=(_version(tagged, offset, at),),
        filing=filing,
        coverage=coverage,
        entities=_entities(tagged, (), offset),
        thin=is_thin(article),
        stays=stays[-MOST_STAYS:],
        first_seen=tagged.first_seen,
        **_packed(features),
    )


def refile(
    row: FilingRow, filing: Filing, coverage: Coverage, offset: int, began: int, *, emptied: bool, pinned: bool
) -> FilingRow:
    """Return the row of an article that is part of another story from ``offset`` on, with the same text.

    Its version keeps the log time, so that this does not keep a story alive.
    """
    former = row.former(offset, emptied, refiled=True)
    return replace(
        row,
        story=filing.story,
        began=began,
        filing=filing,
        coverage=coverage,
        versions=(replace(row.versions[-1], offset=offset, at=row.versions[0].at),),
        entities=tuple(replace(named, since=offset) for named in row.entities),
        stays=(*row.stays, former)[-MOST_STAYS:],
        pinned=row.pinned or pinned,
        headline_of="",
    )


def revise(row: FilingRow, tagged: TaggedArticle, features: Features, offset: int, at: datetime) -> FilingRow:
    """Return the row after a new revision: compared by its new text, counted as before."""
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
        **_packed(features),
    )


def again(row: FilingRow, tagged: TaggedArticle, features: Features, coverage: Coverage, offset: int) -> FilingRow:
    """Return the row of an article that runs again: derived anew, with the position and the filing that it had.

    The latest version gets the new offset but keeps its log time, so that running again does not keep the story alive.
    The first version stays, since it is the article's position in the story.
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
        publisher=_id_and_name(tagged.article.publisher),
        versions=(first, *later[:-1], latest),
        coverage=coverage,
        entities=tuple(named.values())[:MOST_ENTITIES],
        **_packed(features),
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


def _id_and_name(publisher: Publisher | None) -> tuple[str, str] | None:
    return (publisher.id, publisher.name) if publisher else None


def _entities(tagged: TaggedArticle, before: tuple[NamedEntity, ...], offset: int) -> tuple[NamedEntity, ...]:
    known = {named.key for named in before}
    new = {
        entity.key: NamedEntity(entity.key, entity.name, offset)
        for entity in tagged.entities
        if entity.key not in known
    }
    return (*before, *new.values())[:MOST_ENTITIES]


def _packed(features: Features) -> dict[str, Any]:
    return {
        "body": features.body.pack(),
        "title": features.title.pack(),
        "phrases": features.phrases.pack(),
        "prominent": features.prominent.pack(),
        "weekdays": features.weekdays,
        "length": features.length,
        "figures": ids_of(features.figures),
        "quotes": ids_of(features.quotes),
        "opening": features.opening,
        "amounts": features.amounts,
        "named": features.named,
        "published": features.published,
        "forms": features.forms,
        "opening_forms": features.opening_forms,
    }
