"""Two articles -> how the later relates to the earlier: same text, near copy, wire copy, update, or not at all.

The thresholds were measured on 4,584 Reuters articles with real re-sends, on 4,000 seeded edits of them, and on reports
of the same event by different outlets, some with the same statement pasted in.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from streams.contract.messages import Relation
from streams.copies.shingles import Shingles, is_spaceless, words_of

NEAR_JACCARD = 0.5  # half of all wording in common: the usual threshold of a near copy
WIRE_SHARE = 0.20  # of the shorter text, without quotations: precision .98 at recall .97; .25 gives .99 and .94
WIRE_SHINGLES = 15  # 19 words in a row or more: with fewer, one stock phrase makes the share of a short text
WIRE_LETTERS = 35  # the same for scripts without spaces, where a word is about two letters long
UPDATE_SHARE = 0.5  # publishers reuse their own background paragraphs, so an update shares at least half of a text

SHORT_WORDS = 80  # up to here half of the template items (dividends, tenders, weather) reach J .5 with one another
SHORT_LETTERS = 200
TITLE_SIMILARITY = 0.65  # word Jaccard; with SAME_ITEM it rejected 15 of 15 template items and found 11 of 14 copies
SAME_ITEM = timedelta(hours=12)  # 93 % of re-sends came within 12 h; the next item of a template usually a day later
QUICK_RESEND = timedelta(hours=2)  # for equal titles, other numbers and no mark of a correction
SAME_NUMBERS_JACCARD = 0.8

HEADLINE_WORDS = 8  # two desks choose the same four words by chance ("Storm hits the coast"), but not eight
SAME_OWNER_HEADLINE_WORDS = 5  # a repeat by the same owner is no second source, so an error matters less
HEADLINE_LETTERS = 16  # for scripts without spaces

_CORRECTION = re.compile(
    r"^\W*(correct(?:s|ed|ion|ing)?|corr|rpt|repeat(?:s|ing)?|resend(?:s|ing)?|refil(?:e|es|ed|ing)|updat(?:e|es|ed|ing)"
    r"|upd|clarification|korrektur|korr|berichtigung|aktualisiert|update|rectificatif|rectif|correctif|correction"
    r"|actualisé|mise à jour|maj|corrección|corrige|actualización|actualiza|correzione|rettifica|aggiornamento|correção"
    r"|atualização|atualiza|correctie|rättelse|rettelse|oikaisu|sprostowanie|korekta|oprava|исправление|уточнение"
    r"|обновление|обновлено|更正|訂正|更新|정정|تصحيح|تحديث|düzeltme|güncelleme)"
    r"\s*\d*(?=\W|$)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fingerprint:
    """The data of one article that are compared. ``shingles``: without its publisher's boilerplate."""

    key: str
    title: str
    body: bytes  # text_digest; b"" without a body
    numbers: bytes  # number_digest
    seen_at: datetime
    shingles: Shingles
    publisher: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Overlap:
    """How much two texts share: ``jaccard`` of both, ``contained`` of the shorter, ``outside`` without quotations."""

    jaccard: float
    contained: float
    outside: float  # share of the shorter text, without quotations
    outside_count: float  # shingles; scaled up when a long text is sampled

    @property
    def strongest(self) -> float:
        """The largest of the three shares."""
        return max(self.jaccard, self.contained, self.outside)


@dataclass(frozen=True)
class Comparison:
    """``relation``: None if not a copy. ``similarity``: the share, 0 to 1, on which the relation is based."""

    relation: Relation | None
    similarity: float
    overlap: Overlap


NO_OVERLAP = Overlap(0.0, 0.0, 0.0, 0.0)


def compare(new: Fingerprint, old: Fingerprint) -> Comparison:
    """How ``new`` relates to ``old``, which was seen before it."""
    if not new.body or not old.body:
        same = not new.body and not old.body and same_headline(new, old)
        return Comparison(Relation.EXACT if same else None, 1.0 if same else 0.0, NO_OVERLAP)
    shared = overlap(new.shingles, old.shingles)
    if new.body == old.body:
        same = _is_whole_text(new, old)
        return Comparison(Relation.EXACT if same else None, 1.0 if same else shared.jaccard, shared)
    if min(new.shingles.total, old.shingles.total) < _min_shingles(new):
        same = new.numbers == old.numbers and same_headline(new, old)
        relation = Relation.UPDATE if same_owner(new, old) else Relation.NEAR
        return Comparison(relation if same else None, shared.jaccard, shared)
    if same_owner(new, old):
        return _update(new, old, shared)
    return _copy(new, old, shared)


def overlap(a: Shingles, b: Shingles) -> Overlap:
    """What two texts share. If one is sampled, they are compared in the range of hashes that both samples cover."""
    scale = 1.0
    (hashes_a, outside_a), (hashes_b, outside_b) = (a.hashes, a.outside), (b.hashes, b.outside)
    limits = [side.hashes[-1] for side in (a, b) if side.sampled and len(side.hashes)]
    if limits:
        known = min(limits)
        end_a, end_b = (int(np.searchsorted(h, known, side="right")) for h in (hashes_a, hashes_b))
        hashes_a, outside_a = hashes_a[:end_a], outside_a[:end_a]
        hashes_b, outside_b = hashes_b[:end_b], outside_b[:end_b]
        scale = (a.total + b.total) / max(1, end_a + end_b)
    if not len(hashes_a) or not len(hashes_b):
        return NO_OVERLAP
    place = np.minimum(np.searchsorted(hashes_b, hashes_a), len(hashes_b) - 1)
    common = hashes_b[place] == hashes_a
    shared = int(common.sum())
    if not shared:
        return NO_OVERLAP
    shared_outside = int((common & outside_a & outside_b[place]).sum())
    least_outside = min(int(outside_a.sum()), int(outside_b.sum()))
    return Overlap(
        jaccard=shared / (len(hashes_a) + len(hashes_b) - shared),
        contained=shared / min(len(hashes_a), len(hashes_b)),
        outside=shared_outside / least_outside if least_outside else 0.0,
        outside_count=shared_outside * scale,
    )


def same_owner(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether both have the same publisher or owner; False for articles without a publisher."""
    return (a.publisher is not None and a.publisher == b.publisher) or (a.owner is not None and a.owner == b.owner)


def same_headline(new: Fingerprint, old: Fingerprint) -> bool:
    """Whether both titles have the same words, too many to be chance, within `SAME_ITEM`.

    Strict on purpose: outlets write the same short headline of one event without copying, and an alert would be lost.
    """
    words = words_of(new.title)
    if words != words_of(old.title) or abs(new.seen_at - old.seen_at) > SAME_ITEM:
        return False
    if is_spaceless(new.title):
        return sum(map(len, words)) >= HEADLINE_LETTERS
    return len(words) >= (SAME_OWNER_HEADLINE_WORDS if same_owner(new, old) else HEADLINE_WORDS)


def title_similarity(a: str, b: str) -> float:
    """The word Jaccard of two titles without marks of correction; of letter trigrams for titles without spaces."""
    left, right = (_title_units(_CORRECTION.sub("", title)) for title in (a, b))
    return len(left & right) / len(left | right) if left and right else 0.0


def _update(new: Fingerprint, old: Fingerprint, shared: Overlap) -> Comparison:
    """Compare articles of one owner: an update at another address, or nothing; never wire."""
    share = max(shared.jaccard, shared.contained)
    if share < UPDATE_SHARE or (_either_short(new, old) and not _same_item(new, old, shared.jaccard)):
        return Comparison(None, shared.jaccard, shared)
    return Comparison(Relation.UPDATE, share, shared)


def _copy(new: Fingerprint, old: Fingerprint, shared: Overlap) -> Comparison:
    """Compare articles of different or unknown owners: near copy, wire copy, or nothing."""
    if shared.jaccard >= NEAR_JACCARD:
        same = not _either_short(new, old) or _same_item(new, old, shared.jaccard)
        return Comparison(Relation.NEAR if same else None, shared.jaccard, shared)
    least = WIRE_LETTERS if new.shingles.spaceless else WIRE_SHINGLES
    if shared.outside < WIRE_SHARE or shared.outside_count < least:
        return Comparison(None, shared.jaccard, shared)
    both_short = _is_short(new) and _is_short(old)
    same = not both_short or _same_item(new, old, shared.outside)
    return Comparison(Relation.WIRE if same else None, shared.outside, shared)


def _is_whole_text(new: Fingerprint, old: Fingerprint) -> bool:
    """Whether equal bodies are the article, and not a placeholder that a site uses for many articles."""
    tiny = min(new.shingles.total, old.shingles.total) < _min_shingles(new)
    if tiny or (_is_short(new) and same_owner(new, old)):
        return title_similarity(new.title, old.title) >= TITLE_SIMILARITY
    return True


def _same_item(new: Fingerprint, old: Fingerprint, shared: float) -> bool:
    """Whether two short texts are the same item, and not two items of one template."""
    if new.numbers == old.numbers and shared >= SAME_NUMBERS_JACCARD:
        return True
    corrected = any(_CORRECTION.match(side.title) for side in (new, old))
    gap = SAME_ITEM if corrected or new.numbers == old.numbers else QUICK_RESEND
    if abs(new.seen_at - old.seen_at) > gap:
        return False
    return corrected or title_similarity(new.title, old.title) >= TITLE_SIMILARITY


def _min_shingles(side: Fingerprint) -> int:
    return WIRE_LETTERS if side.shingles.spaceless else WIRE_SHINGLES


def _is_short(side: Fingerprint) -> bool:
    return side.shingles.words < (SHORT_LETTERS if side.shingles.spaceless else SHORT_WORDS)


def _either_short(a: Fingerprint, b: Fingerprint) -> bool:
    return _is_short(a) or _is_short(b)


def _title_units(title: str) -> set[str]:
    words = words_of(title)
    if not is_spaceless(title):
        return set(words)
    joined = "".join(words)
    return {joined[i : i + 3] for i in range(max(1, len(joined) - 2))}
