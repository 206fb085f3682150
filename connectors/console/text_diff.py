"""The revisions of an article -> what a page shows of them: paragraphs with what was removed and added, by words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from connectors.elastic.diff import hunks
from connectors.views.articles import Hunk, Revision
from streams.contract.analyzer import word_spans

LEAST_ALIKE = 0.4  # of the characters of two paragraphs: others are shown one after the other
MOST_TRIED = 4  # added paragraphs that one removed paragraph is compared with
MOST_UNCHANGED = 240  # characters between two changes; of more only the words next to a change are shown
SHOWN_UNCHANGED = 100
MARKUP = 40  # characters around a paragraph, so that many short ones do not make a long page

Part = tuple[Literal["same", "removed", "added"], str]


@dataclass(frozen=True)
class ChangedParagraph:
    """A paragraph in parts, after ``unchanged`` paragraphs that are not shown."""

    unchanged: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class ShownRevision:
    """What a page shows of a revision. ``title``: the title in parts if it changed, else empty.

    ``removed``, ``added``: the numbers of paragraphs. ``left_out``: how many of them are not shown.
    """

    number: int
    at: datetime
    title: tuple[Part, ...]
    paragraphs: tuple[ChangedParagraph, ...]
    removed: int
    added: int
    left_out: int


def shown_revisions(revisions: Sequence[Revision], title: str, most_characters: int) -> list[ShownRevision]:
    """The revisions of an article that has this title now, the latest first, with about ``most_characters`` in all."""
    found = []
    room = most_characters
    for one in reversed(revisions):
        shown = shown_revision(one, title, room)
        room -= sum(map(_size, shown.paragraphs))
        title = title if one.title_before is None else one.title_before
        found.append(shown)
    return found


def shown_revision(found: Revision, title: str, most_characters: int) -> ShownRevision:
    """A revision that gave an article this title, with the paragraphs that fit into about ``most_characters``."""
    shown: list[ChangedParagraph] = []
    left_out, room = found.left_out, most_characters
    for hunk in found.hunks:
        if room <= 0:
            left_out += len(hunk.removed) + len(hunk.added)
            continue
        for paragraph, read in _paragraphs(hunk):
            if room <= 0:
                left_out += read
                continue
            shown.append(paragraph)
            room -= _size(paragraph)
    return ShownRevision(
        number=found.number,
        at=found.at,
        title=() if found.title_before is None else replaced(found.title_before, title),
        paragraphs=tuple(shown),
        removed=sum(len(one.removed) for one in found.hunks),
        added=sum(len(one.added) for one in found.hunks),
        left_out=left_out,
    )


def _size(paragraph: ChangedParagraph) -> int:
    return MARKUP + sum(len(text) for _, text in paragraph.parts)


def _paragraphs(hunk: Hunk) -> Iterator[tuple[ChangedParagraph, int]]:
    """The paragraphs of a hunk in the order of both texts, each with the number of stored paragraphs that it shows.

    A removed and an added paragraph that resemble each other are one.
    """
    unchanged, added = hunk.after, list(hunk.added)
    for text in hunk.removed:
        tried = ((place, word_changes(text, other)) for place, other in enumerate(added[:MOST_TRIED]))
        place, parts = next(((place, parts) for place, parts in tried if parts), (0, None))
        for other in added[:place]:
            yield ChangedParagraph(unchanged, (("added", other),)), 1
            unchanged = 0
        yield ChangedParagraph(unchanged, _shortened(parts) if parts else (("removed", text),)), 2 if parts else 1
        unchanged = 0
        added = added[place + 1 if parts else 0 :]
    for other in added:
        yield ChangedParagraph(unchanged, (("added", other),)), 1
        unchanged = 0


def replaced(before: str, after: str) -> tuple[Part, ...]:
    """As `word_changes`; texts that have little in common are shown one after the other."""
    return word_changes(before, after) or tuple(_parts("", before, after))


def word_changes(before: str, after: str) -> tuple[Part, ...] | None:
    """One text with what was removed from and added to another; None if they have little in common."""
    old, new = _words(before), _words(after)
    changes: list[tuple[str, str, str]] = []  # the unchanged text before each, what it removed, what it added
    at = 0
    for hunk in hunks(old, new):
        same = "".join(old[at : at + hunk.unchanged])
        at += hunk.unchanged + len(hunk.removed)
        removed, added = "".join(hunk.removed), "".join(hunk.added)
        if changes and len(same) <= min(max(map(len, changes[-1][1:])), max(len(removed), len(added))):
            # a few words that stayed between longer changes make a text that nobody can read
            first, removed_before, added_before = changes.pop()
            changes.append((first, removed_before + same + removed, added_before + same + added))
        else:
            changes.append((same, removed, added))
    rest = "".join(old[at:])
    shared = sum(len(same) for same, _, _ in changes) + len(rest)
    if 2 * shared < LEAST_ALIKE * (len(before) + len(after)):
        return None
    return (*(part for change in changes for part in _parts(*change)), *_parts(rest, "", ""))


def _parts(same: str, removed: str, added: str) -> Iterator[Part]:
    if same:
        yield "same", same
    if removed:
        yield "removed", removed
    if added:
        yield "added", added


def _words(text: str) -> list[str]:
    """The words of a text and what stands between them. In Chinese and Japanese most characters are a word each."""
    ends = [0, *(place for span in word_spans(text) for place in span), len(text)]
    return [text[begin:end] for begin, end in pairwise(ends) if begin < end]


def _shortened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts without the middle of long texts that did not change."""
    last = len(parts) - 1
    return tuple(
        (kind, _ends(text, first=place > 0, last=place < last))
        if kind == "same" and len(text) > MOST_UNCHANGED
        else (kind, text)
        for place, (kind, text) in enumerate(parts)
    )


def _ends(text: str, *, first: bool, last: bool) -> str:
    """The first words of a text, the last ones, or both."""
    begin = _words(text[:SHOWN_UNCHANGED])[:-1] if first else []
    end = _words(text[-SHOWN_UNCHANGED:])[1:] if last else []
    return f"{''.join(begin)} … {''.join(end)}"
