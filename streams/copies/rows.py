"""The table row of one article, at most about 40 kB, and its conversion to fingerprints and messages.

A row contains only the newest revision, its verdict as published, and the data that later articles are compared with.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from streams.contract.messages import CleanArticle, CopyVerdict, Edit, UniqueArticle
from streams.copies import edits
from streams.copies.comparison import Fingerprint
from streams.copies.shingles import Hashes, Mask, Shingles, number_digest, shingle, text_digest

# 20 kB of hashes: every shingle of bodies up to 2,560 words, of longer ones the 2,560 smallest hashes. Those are a
# random sample, the same choice in every text, so that shares stay unbiased: the standard error of a share of .20
# between two such texts is .8 percentage points. An article is compared in full when it arrives, so a short wire
# found inside a long text is exact; only the other order, long text first, rests on the part of the wire's shingles
# that falls into the sample.
MAX_SHINGLES = 2_560


THIN_WORDS = 60  # two or three sentences: "more soon"
THIN_LETTERS = 150  # the same in scripts without spaces


class EditRow(msgspec.Struct, frozen=True, array_like=True):
    """An `Edit` without its texts. ``added``: a bit for each paragraph of the body."""

    number: int
    title_before: str | None
    added: bytes
    removed: int

    def positions(self) -> list[int]:
        """The positions of the new paragraphs."""
        bits = np.unpackbits(np.frombuffer(self.added, np.uint8))
        return [int(position) for position in np.flatnonzero(bits)]


class CopyRow(msgspec.Struct, frozen=True, array_like=True):
    """One article in the table of copies, under the article's id."""

    offset: int  # of the message that brought the newest revision
    first_offset: int
    last_offset: int  # of the newest message, repeats included, that was recorded
    revision: str
    first_seen: datetime
    seen_at: datetime  # newest arrival
    live: bool  # advances the window; False for backfill and for arrivals past the window
    title: str
    publisher: str | None
    publisher_name: str | None
    owner: str | None
    body: bytes  # text_digest
    numbers: bytes
    hashes: bytes  # little-endian uint64, sorted
    outside: bytes  # a bit for each hash
    total: int
    words: int
    spaceless: bool
    marks: bytes
    copy: CopyVerdict
    edit: EditRow | None = None

    @property
    def is_thin(self) -> bool:
        """Whether it is a headline or a few lines, which a full report may still replace."""
        return self.words < (THIN_LETTERS if self.spaceless else THIN_WORDS)

    def hash_numbers(self) -> Hashes:
        """The stored hashes as an array."""
        return np.frombuffer(self.hashes, "<u8").astype(np.uint64, copy=False)

    def shingles(self) -> Shingles:
        """The stored shingles, boilerplate included."""
        hashes = self.hash_numbers()
        outside: Mask = np.unpackbits(np.frombuffer(self.outside, np.uint8), count=len(hashes)).astype(np.bool_)
        return Shingles(hashes, outside, self.total, self.words, self.spaceless)

    def fingerprint(self, key: str, shingles: Shingles) -> Fingerprint:
        """The fingerprint of this article, with ``shingles`` without boilerplate."""
        return Fingerprint(key, self.title, self.body, self.numbers, self.seen_at, shingles, self.publisher, self.owner)

    def unique(self, article: CleanArticle) -> UniqueArticle:
        """The message that was sent with this row, rebuilt from the same ``article``."""
        return UniqueArticle(article=article, copy=self.copy, first_seen=self.first_seen, edit=self._edit(article))

    def _edit(self, article: CleanArticle) -> Edit | None:
        if self.edit is None:
            return None
        texts = edits.paragraphs(article.body)
        return Edit(
            number=self.edit.number,
            title_before=self.edit.title_before,
            added=tuple(texts[position] for position in self.edit.positions()),
            removed=self.edit.removed,
        )


def edit_row(before: CopyRow, article: CleanArticle) -> EditRow:
    """What ``article`` changes in the revision of ``before``."""
    change = edits.compare_versions(before.marks, article.body)
    return EditRow(
        number=(before.edit.number if before.edit else 0) + 1,
        title_before=before.title if before.title != article.title else None,
        added=_bits(change.added),
        removed=change.removed,
    )


def fingerprint(article: CleanArticle) -> Fingerprint:
    """The fingerprint of an arriving article, with all of its shingles."""
    publisher = article.publisher
    return Fingerprint(
        key=article.id,
        title=article.title,
        body=text_digest(article.body),
        numbers=number_digest(f"{article.title}\n{article.body}"),
        seen_at=article.fetched_at,
        shingles=shingle(article.body),
        publisher=publisher.id if publisher else None,
        owner=publisher.owner if publisher else None,
    )


def new_row(
    article: CleanArticle,
    new: Fingerprint,
    offset: int,
    live: bool,
    copy: CopyVerdict,
    before: CopyRow | None,
    edit: EditRow | None,
) -> CopyRow:
    """The row of ``article`` with its verdict. ``before``: the row that it replaces."""
    return CopyRow(
        offset=offset,
        last_offset=offset,
        first_offset=before.first_offset if before else offset,
        first_seen=before.first_seen if before else article.fetched_at,
        seen_at=max(before.seen_at, article.fetched_at) if before else article.fetched_at,
        live=live,
        copy=copy,
        edit=edit,
        **_text_fields(article, new),
    )


def recleaned_row(known: CopyRow, article: CleanArticle, new: Fingerprint, offset: int) -> CopyRow:
    """The row of an article that was cleaned again: its new text, with its old first offset, times and verdict."""
    return msgspec.structs.replace(
        known,
        offset=offset,
        last_offset=offset,
        edit=_transferred_edit(known, article),
        **_text_fields(article, new),
    )


def _transferred_edit(known: CopyRow, article: CleanArticle) -> EditRow | None:
    """The edit applied to a text that was cleaned again: its new paragraphs that are still there stay new."""
    if known.edit is None or known.revision == article.revision:
        return known.edit
    positions = edits.positions_of(edits.hashes_at(known.marks, known.edit.positions()), article.body)
    return msgspec.structs.replace(known.edit, added=_bits(positions))


def _text_fields(article: CleanArticle, new: Fingerprint) -> dict[str, Any]:
    """The fields of a row that depend only on the text and its publisher."""
    shingles = new.shingles.smallest(MAX_SHINGLES)
    return {
        "revision": article.revision,
        "title": article.title,
        "publisher": new.publisher,
        "publisher_name": article.publisher.name if article.publisher else None,
        "owner": new.owner,
        "body": new.body,
        "numbers": new.numbers,
        "hashes": shingles.hashes.astype("<u8", copy=False).tobytes(),
        "outside": np.packbits(shingles.outside).tobytes(),
        "total": shingles.total,
        "words": shingles.words,
        "spaceless": shingles.spaceless,
        "marks": edits.paragraph_hashes(article.body),
    }


def _bits(positions: Sequence[int]) -> bytes:
    bits = np.zeros(max(positions, default=-1) + 1, np.uint8)
    bits[list(positions)] = 1
    return np.packbits(bits).tobytes()
