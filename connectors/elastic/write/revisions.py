"""A stored text and a newer one of the same article -> the article's revisions, each with what it changed.

An article's document holds its latest text. Of the texts before it holds what each revision removed and added, so that
all edits can be shown, and go with the document when the article is erased or its month deleted.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from connectors.elastic.records import HunkFields, RevisionFields
from streams.contract.messages import FiledArticle

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
    hunks, left_out = _bounded(changes(_paragraphs(before.body), _paragraphs(article.body)))
    if title_before is None and not hunks:
        return known
    revision = RevisionFields(
        number=max(known[-1].number + 1 if known else 1, filed.edit.number if filed.edit else 1),
        fetched_at=article.fetched_at,
        title_before=title_before,
        hunks=hunks,
        left_out=left_out,
    )
    return _latest([*known, revision])


def changes(before: Sequence[str], after: Sequence[str]) -> Iterator[HunkFields]:
    """The hunks that make ``after`` of ``before``, in order. Takes n log n steps, whatever the texts."""
    last = start = (0, 0)  # what is told so far; where the present hunk begins
    for pair in [*_unchanged(before, after), (len(before), len(after))]:
        if pair != start:
            yield HunkFields(
                after=start[0] - last[0],
                removed=tuple(before[start[0] : pair[0]]),
                added=tuple(after[start[1] : pair[1]]),
            )
            last = pair
        start = (pair[0] + 1, pair[1] + 1)


def _unchanged(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of unchanged paragraphs in both texts, in order.

    Those are the paragraphs that occur once in each and have kept their order (as in a patience diff), and those that
    are equal next to such a one or next to an end.
    """
    left, right = (-1, -1), (len(before), len(after))
    for anchor in [*_anchors(before, after), right]:
        i, j = left[0] + 1, left[1] + 1
        while i < anchor[0] and j < anchor[1] and before[i] == after[j]:
            yield i, j
            i, j = i + 1, j + 1
        back = 0
        while min(anchor[0] - i, anchor[1] - j) > back and before[anchor[0] - back - 1] == after[anchor[1] - back - 1]:
            back += 1
        yield from ((anchor[0] - one, anchor[1] - one) for one in range(back, 0, -1))
        if anchor != right:
            yield anchor
        left = anchor


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """The longest series of paragraphs that occur once in each text, in the order of both."""
    places = {text: place for place, text in enumerate(after)}
    numbers, others = Counter(before), Counter(after)
    pairs = [(i, places[text]) for i, text in enumerate(before) if numbers[text] == 1 and others[text] == 1]
    ends: list[int] = []  # the least last place of a series of each length
    series: list[int] = []  # the pair that ends that series
    previous: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        previous.append(series[length - 1] if length else -1)
        series[length : length + 1] = [number]
    found: list[tuple[int, int]] = []
    at = series[-1] if series else -1
    while at >= 0:
        found.append(pairs[at])
        at = previous[at]
    return found[::-1]


def _paragraphs(body: str) -> list[str]:
    return [part for part in body.split("\n\n") if part.strip()]


def _bounded(hunks: Iterator[HunkFields]) -> tuple[tuple[HunkFields, ...], int]:
    """The first hunks, and how many paragraphs of the others are left out."""
    kept: list[HunkFields] = []
    left_out, room = 0, MOST_CHARACTERS_OF_ONE
    for one in hunks:
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
            kept.append(HunkFields(after=one.after, removed=lists[0], added=lists[1]))
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
