"""A finding and the earlier article in, one sentence for people out."""

from datetime import datetime

from streams.contract.messages import Relation
from streams.copies.comparison import Comparison, Fingerprint
from streams.copies.rows import CopyRow, EditRow

TITLE_LETTERS = 120  # longer titles are shortened in a sentence, with a mark that says so
REMOVED = "an article that was removed"
ALONE = "no earlier article shares its wording"


def reason(finding: Comparison, new: Fingerprint, old: CopyRow) -> str:
    """Why ``new`` has this relation to ``old``, or in spite of what it shares has none."""
    named = _named(old)
    if finding.relation is None:
        share = _percent(finding.overlap.strongest)
        return f"shares up to {share} of its wording with {named}: too little for a copy, or another item of one form"
    if finding.relation is Relation.EXACT:
        return f"{_exactly(new, old)} {named}"
    if finding.relation is Relation.NEAR:
        return f"nearly the same text ({_percent(finding.similarity)} of all wording in common) as {named}"
    if finding.relation is Relation.UPDATE:
        return f"the same house's article at another address: {_carried(finding, new, old)} {named}"
    return f"outside quotations, {_carried(finding, new, old)} {named}"


def revision_reason(before: CopyRow, title: str, edit: EditRow) -> str:
    """What a revision changed."""
    added = len(edit.positions())
    parts = [f"{added} paragraph{'s' * (added != 1)} new"] if added else []
    parts += [f"{edit.removed} gone"] if edit.removed else []
    parts += [f"title was {_quoted(before.title)}"] if before.title != title else []
    return f"changed at its address since {_clock(before.seen_at)}: {', '.join(parts) or 'no change of wording'}"


def without_title(reason: str, title: str) -> str:
    """A sentence of these without the title of an article that was taken out."""
    return reason.replace(_quoted(title), REMOVED)


def with_title(reason: str, title: str) -> str:
    """A sentence from which the title of an article was taken by mistake, with it again."""
    return reason.replace(REMOVED, _quoted(title))


def _exactly(new: Fingerprint, old: CopyRow) -> str:
    if not new.body:
        return "the same headline, word for word, as"
    if new.publisher is not None and new.publisher == old.publisher:
        return "the same text at another address of the same publisher as"
    return "the same text, word for word, as"


def _carried(finding: Comparison, new: Fingerprint, old: CopyRow) -> str:
    """Shares are of the shorter text, so the sentence has to say which one that is."""
    share = _percent(finding.similarity)
    return (
        f"{share} of its wording is that of"
        if new.shingles.total <= old.total
        else f"carries {share} of the wording of"
    )


def _named(row: CopyRow) -> str:
    publisher = f" ({row.publisher_name})" if row.publisher_name else ""
    return f"{_quoted(row.title)}{publisher}, first seen {_clock(row.first_seen)}"


def _quoted(title: str) -> str:
    return f"“{title}”" if len(title) <= TITLE_LETTERS else f"“{title[:TITLE_LETTERS]}…”"


def _clock(time: datetime) -> str:
    return f"{time:%H:%M} UTC on {time:%Y-%m-%d}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
