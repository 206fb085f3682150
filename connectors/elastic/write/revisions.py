"""A stored text and a newer one of the same article -> the article's revisions, each with what it changed.

An article's document holds its latest text. Of the texts before it holds what each revision removed and added, so that
all edits can be shown, and go with the document when the article is erased or its month deleted.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from connectors.elastic.diff import Hunk, hunks
from connectors.elastic.records import HunkFields, RevisionFields
from streams.contract.messages import FiledArticle
from streams.copies.edits import paragraphs

MOST_REVISIONS = 50  # of one article; a live page has more, and its latest ones count
MOST_CHARACTERS = 100_000  # of all revisions of an article together, some ten times the usual text
MOST_CHARACTERS_OF_ONE = 50_000
MOST_CHARACTERS_OF_PARAGRAPH = 10_000


class StoredText(Struct, frozen=True, kw_only=True):
    """What is stored of an article's text. ``version``: of the document."""

    version: int
    title: str = ""
    body: str = ""
    revision: str | None = None
    revisions: tuple[RevisionFields, ...] = ()

    @classmethod
    def of(cls, filed: FiledArticle, revisions: tuple[RevisionFields, ...]) -> "StoredText":
        """What is stored once ``filed`` is."""
        article = filed.article
        return cls(
            version=filed.version,
            title=article.title,
            body=article.body,
            revision=article.revision,
            revisions=revisions,
        )


def revisions_with(before: StoredText, filed: FiledArticle) -> tuple[RevisionFields, ...]:
    """The revisions of an article once ``filed`` is stored, the latest last.

    A text that is stored already adds none, so that a message may be stored again; nor does an article that runs again,
    whose text changes with the code and not by its publisher.
    """
    article = filed.article
    known = before.revisions
    if article.stored is not None or before.version >= filed.version or before.revision == article.revision:
        return known
    title_before = before.title if before.title != article.title else None
    replaced, left_out = _bounded(hunks(paragraphs(before.body), paragraphs(article.body)))
    if title_before is None and not replaced:
        return known
    revision = RevisionFields(
        number=max(known[-1].number + 1 if known else 1, filed.edit.number if filed.edit else 1),
        fetched_at=article.fetched_at,
        title_before=title_before,
        hunks=replaced,
        left_out=left_out,
    )
    return _latest([*known, revision])


def _bounded(found: Iterator[Hunk]) -> tuple[tuple[HunkFields, ...], int]:
    """The first hunks, and how many paragraphs of the others are left out."""
    kept: list[HunkFields] = []
    left_out, room = 0, MOST_CHARACTERS_OF_ONE
    for one in found:
        lists: list[tuple[str, ...]] = []
        for texts in (one.removed, one.added):
            taken: list[str] = []
            for text in texts:
                if room > 0:
                    taken.append(_shortened(text, min(room, MOST_CHARACTERS_OF_PARAGRAPH)))
                    room -= len(taken[-1])
                else:
                    left_out += 1
            lists.append(tuple(taken))
        if any(lists):
            kept.append(HunkFields(after=one.unchanged, removed=lists[0], added=lists[1]))
    return tuple(kept), left_out


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _latest(revisions: Sequence[RevisionFields]) -> tuple[RevisionFields, ...]:
    """The latest ones that fit into the limits; always the last."""
    kept: list[RevisionFields] = []
    room = MOST_CHARACTERS
    for one in reversed(revisions[-MOST_REVISIONS:]):
        room -= sum(len(text) for hunk in one.hunks for text in (*hunk.removed, *hunk.added))
        if kept and room < 0:
            break
        kept.append(one)
    return tuple(reversed(kept))
