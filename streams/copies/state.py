"""Clean articles in the order of a partition's log -> a copy verdict for each, and the table rows to write.

Each result depends only on the rows, the article and its offset, so a restart between any two messages changes nothing.
Time is the arrival time in the messages, never the clock.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import msgspec

from streams.contract.messages import CleanArticle, CopyVerdict, Lane, Relation, Stored, UniqueArticle
from streams.contract.undo import Undo
from streams.copies import reasons
from streams.copies.comparison import Fingerprint
from streams.copies.rows import CopyRow, edit_row, fingerprint, new_row, recleaned_row
from streams.copies.search import CopyMatch, best_match
from streams.copies.window import CopyWindow

WINDOW = timedelta(hours=72)  # 98.9 % of near copies came within it
# Rows this near to the newest stay after the window too: a replay after a crash (some hundred messages) then finds its
# rows, and a backfilled article its neighbours (99.4 % of copies came within 2,000 articles).
RETAINED_MESSAGES = 5_000
REFRESH = 4  # a repeat is recorded after this fraction of the retained messages, so that a re-sent article stays known


@dataclass(frozen=True)
class Judgement:
    """``unique``: None without news. ``rows``: those to write, None to delete. ``outcome``: a label for metrics."""

    unique: UniqueArticle | None
    rows: dict[str, CopyRow | None]
    outcome: str


class Copies:
    """The articles of one partition, with which later ones are compared."""

    Row: ClassVar = CopyRow

    def __init__(self, *, window: timedelta = WINDOW, retained: int = RETAINED_MESSAGES) -> None:
        """``window``: how far back copies are searched. ``retained``: messages whose rows stay whatever their age."""
        self._window = CopyWindow(window, retained)
        self._retained = retained

    @property
    def undo(self) -> Undo:
        """The undo log of this state."""
        return self._window.undo

    def restore(self, key: str, row: CopyRow) -> None:
        """Restore a stored row, in any order. `settle` must follow before `judge`."""
        self._window.restore(key, row)

    def build_indexes(self) -> None:
        """Build the indexes from the restored rows, once after all of them."""
        self._window.build_indexes()

    def judge(self, article: CleanArticle, offset: int) -> Judgement:
        """Compare an article with those before it.

        The message of the newest revision gives the same result again ("replayed"). No news ("repeated") are the same
        revision at a later offset, messages before the newest revision, and articles fetched before it, since a worker
        that was frozen may send an older revision late. For all others ``outcome`` is the relation.
        """
        self._window.drop_old(offset)
        known = self._window.get(article.id)
        if article.stored is not None:
            return self._judge_again(article, article.stored, offset, known)
        if known is not None and known.offset == offset and known.revision == article.revision:
            return self._judgement(known.unique(article), {}, "replayed")
        if known is not None and _is_no_news(article, offset, known):
            return self._judgement(None, self._refreshed(article, offset, known), "repeated")
        row = self._row(article, offset, known)
        self._window.put(article.id, row)
        return self._judgement(row.unique(article), {article.id: row}, row.copy.relation.value)

    def forget(self, key: str) -> dict[str, CopyRow | None]:
        """Remove an article, also from the reasons that quote it, and return the rows to write.

        Its copies keep their group, which says only that their texts are alike. The reason of an original may quote an
        article that the verdict does not name; there a headline stays if another article has the same one.
        """
        removed = self._window.remove(key)
        if removed is None:
            return {}
        rows: dict[str, CopyRow | None] = {key: None}
        others = self._window.rows()
        shared = any(row.title == removed.title for _, row in others)
        for other, row in others:
            may_quote = row.copy.of == key or (row.copy.of is None and not shared)
            reason = reasons.without_title(row.copy.reason, removed.title) if may_quote else row.copy.reason
            if reason != row.copy.reason:
                verdict = msgspec.structs.replace(row.copy, reason=reason)
                rows[other] = msgspec.structs.replace(row, copy=verdict)
        for other, changed in rows.items():
            if changed is not None:
                self._window.put(other, changed)
        return rows

    def _judge_again(self, article: CleanArticle, stored: Stored, offset: int, known: CopyRow | None) -> Judgement:
        """Judge a reprocessed article as of its first arrival; one without a row keeps its verdict.

        It never adds a row, so that the window is the same as without it.
        """
        if known is None:
            unique = UniqueArticle(article=article, copy=stored.copy, first_seen=stored.first_seen, edit=stored.edit)
            return self._judgement(unique, {}, "kept")
        if known.offset == offset and known.revision == article.revision:
            return self._judgement(known.unique(article), {}, "replayed")
        if known.offset > offset or known.revision not in (stored.revision, article.revision):
            return self._judgement(None, {}, "outdated")
        row = recleaned_row(known, article, fingerprint(article), offset)
        row = msgspec.structs.replace(row, copy=self._verdict_again(article, known))
        self._window.put(article.id, row)
        return self._judgement(row.unique(article), {article.id: row}, "again")

    def _verdict_again(self, article: CleanArticle, known: CopyRow) -> CopyVerdict:
        """A new verdict by earlier articles; that of a revision, or of a copy of an expired article, stays."""
        of = known.copy.of
        if known.edit is not None or (of is not None and self._window.get(of) is None):
            return known.copy
        new = fingerprint(article)
        return _verdict(new, best_match(self._window, new, known.first_offset, None))

    def _judgement(self, unique: UniqueArticle | None, rows: dict[str, CopyRow], outcome: str) -> Judgement:
        return Judgement(unique, {**rows, **dict.fromkeys(self._window.tombstones())}, outcome)

    def _refreshed(self, article: CleanArticle, offset: int, known: CopyRow) -> dict[str, CopyRow]:
        """The row with the newer arrival, if it might otherwise expire while its article is still being sent."""
        if offset - known.last_offset < self._retained / REFRESH:
            return {}
        row = msgspec.structs.replace(
            known, seen_at=max(known.seen_at, article.fetched_at), last_offset=max(known.last_offset, offset)
        )
        self._window.put(article.id, row)
        return {article.id: row}

    def _row(self, article: CleanArticle, offset: int, known: CopyRow | None) -> CopyRow:
        new = fingerprint(article)
        match = best_match(self._window, new, offset, known)
        live = article.lane is Lane.LIVE and self._window.is_current(article.fetched_at)
        if known is None:
            return new_row(article, new, offset, live, _verdict(new, match), None, None)
        edit = edit_row(known, article)
        reason = reasons.revision_reason(known, article.title, edit)
        verdict = self._revised_verdict(new, match, known, reason)
        return new_row(article, new, offset, live or known.live, verdict, known, edit)

    def _revised_verdict(self, new: Fingerprint, match: CopyMatch | None, known: CopyRow, reason: str) -> CopyVerdict:
        """The verdict of a revision; an original with copies stays one, as does a copy of an expired article.

        Neither holds if the previous revision was only a line or two, which say nothing about the text after it.
        """
        leads = known.copy.group == new.key and self._window.group_size(new.key) > 1 and not known.is_thin
        is_copy = match is not None and match.comparison.relation is not None
        if match is not None and is_copy and not leads:
            verdict = _verdict(new, match)
            reason = f"{reason}; {verdict.reason}"
            return msgspec.structs.replace(
                verdict, relation=Relation.REVISION, reason=reason, text_relation=verdict.relation
            )
        of = known.copy.of
        if leads or (of is not None and self._window.get(of) is None and not known.is_thin):
            text = known.copy.of_text
            return msgspec.structs.replace(known.copy, relation=Relation.REVISION, reason=reason, text_relation=text)
        return CopyVerdict(relation=Relation.REVISION, group=new.key, reason=reason, text_relation=Relation.ORIGINAL)


def _is_no_news(article: CleanArticle, offset: int, known: CopyRow) -> bool:
    return known.offset > offset or known.revision == article.revision or article.fetched_at < known.seen_at


def _verdict(new: Fingerprint, match: CopyMatch | None) -> CopyVerdict:
    if match is None:
        return CopyVerdict(relation=Relation.ORIGINAL, group=new.key, reason=reasons.ALONE)
    reason = reasons.reason(match.comparison, new, match.row)
    if match.comparison.relation is None:
        return CopyVerdict(relation=Relation.ORIGINAL, group=new.key, reason=reason)
    return CopyVerdict(
        relation=match.comparison.relation,
        group=match.row.copy.group,
        of=match.key,
        of_publisher=match.row.publisher_name,
        similarity=round(match.comparison.similarity, 3),
        reason=reason,
    )
