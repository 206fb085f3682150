"""A comparison and the earlier article -> the reason of a verdict, as a sentence for people."""

from datetime import datetime

from streams.contract.messages import Relation
from streams.copies.comparison import Comparison, Fingerprint
from streams.copies.rows import CopyRow, EditRow

TITLE_LETTERS = 120  # longer titles are truncated in a sentence, ending in …
REMOVED = "an article that was removed"
ALONE = "no earlier article shares its wording"


def reason(comparison: Comparison, new: Fingerprint, old: CopyRow) -> str:
    """Why ``new`` has this relation to ``old``, or has none despite the shared wording."""
    earlier = _described(old)
    if comparison.relation is None:
        share = _percent(comparison.overlap.strongest)
        return f"shares up to {share} of its wording with {earlier}: too little for a copy, or another item of one form"
    if comparison.relation is Relation.EXACT:
        return f"{_same_text(new, old)} {earlier}"
    if comparison.relation is Relation.NEAR:
        return f"nearly the same text ({_percent(comparison.similarity)} of all wording in common) as {earlier}"
    if comparison.relation is Relation.UPDATE:
        return f"the same house's article at another address: {_share_of_wording(comparison, new, old)} {earlier}"
    return f"outside quotations, {_share_of_wording(comparison, new, old)} {earlier}"


def revision_reason(before: CopyRow, title: str, edit: EditRow) -> str:
    """What a revision changed since the row ``before``."""
    added = len(edit.positions())
    parts = [f"{added} paragraph{'s' * (added != 1)} new"] if added else []
    parts += [f"{edit.removed} gone"] if edit.removed else []
    parts += [f"title was {_quoted(before.title)}"] if before.title != title else []
    return f"changed at its address since {_time(before.seen_at)}: {', '.join(parts) or 'no change of wording'}"


def without_title(reason: str, title: str) -> str:
    """A reason without the title of an article that was removed."""
    return reason.replace(_quoted(title), REMOVED)


def with_title(reason: str, title: str) -> str:
    """Undo `without_title` in a reason from which a title was removed by mistake."""
    return reason.replace(REMOVED, _quoted(title))


def _same_text(new: Fingerprint, old: CopyRow) -> str:
    if not new.body:
        return "the same headline, word for word, as"
    if new.publisher is not None and new.publisher == old.publisher:
        return "the same text at another address of the same publisher as"
    return "the same text, word for word, as"


def _share_of_wording(comparison: Comparison, new: Fingerprint, old: CopyRow) -> str:
    """The share of common wording; it is of the shorter text, so the words depend on which one that is."""
    share = _percent(comparison.similarity)
    if new.shingles.total <= old.total:
        return f"{share} of its wording is that of"
    return f"carries {share} of the wording of"


def _described(row: CopyRow) -> str:
    publisher = f" ({row.publisher_name})" if row.publisher_name else ""
    return f"{_quoted(row.title)}{publisher}, first seen {_time(row.first_seen)}"


def _quoted(title: str) -> str:
    return f"“{title}”" if len(title) <= TITLE_LETTERS else f"“{title[:TITLE_LETTERS]}…”"


def _time(time: datetime) -> str:
    return f"{time:%H:%M} UTC on {time:%Y-%m-%d}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
