"""Clean articles in the order of one partition's log in; a copy verdict for each, and the table rows to write, out.

Every answer depends on the rows, the article and its offset alone, so a restart between any two messages changes
nothing. Time is the arrival time in the messages, never the clock.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import msgspec

from streams.contract.messages import CleanArticle, CopyVerdict, Lane, Relation, Stored, UniqueArticle
from streams.contract.undo import Undo
from streams.copies import reasons
from streams.copies.rows import ArticleRow, again_row, edit_row, look, row_of
from streams.copies.search import Hit, best
from streams.copies.verdict import Side
from streams.copies.window import Window

WINDOW = timedelta(hours=72)  # 98.9 % of near copies came within it
KEPT_MESSAGES = 5_000  # rows this near to the newest stay after the window too: a replay after a crash (some hundred
# messages) then meets its rows, and a backfilled article its neighbours (99.4 % of copies came within 2,000 articles)
REFRESH = 4  # a repeat is written down after this part of the kept messages, so that what is sent again stays known


@dataclass(frozen=True)
class Judgement:
    """``unique`` None: nothing new to tell. ``rows``: what to write, None to delete. ``outcome``: one word to count."""

    unique: UniqueArticle | None
    rows: dict[str, ArticleRow | None]
    outcome: str


class Copies:
    """The articles of one partition that later ones are compared with."""

    Row: ClassVar = ArticleRow

    def __init__(self, *, window: timedelta = WINDOW, kept: int = KEPT_MESSAGES) -> None:
        """``window``: how far back copies are looked for; ``kept``: messages whose rows stay however old they are."""
        self._window = Window(window, kept)
        self._kept = kept

    @property
    def undo(self) -> Undo:
        return self._window.undo

    def restore(self, key: str, row: ArticleRow) -> None:
        """Take back a stored row, in any order. `settle` has to follow before `judge`."""
        self._window.restore(key, row)

    def build_indexes(self) -> None:
        """Derive the indexes from the restored rows, once after all of them."""
        self._window.settle()

    def judge(self, article: CleanArticle, offset: int) -> Judgement:
        """Compare one article with those before it.

        The message that brought the newest revision gives the same answer again ("replayed"). The same revision at a
        later offset, and any message from before the newest revision, tell nothing new ("repeated"); so does what was
        fetched before it, since a worker that was frozen may send an older revision late. Everything else is news, and
        ``outcome`` names its relation.
        """
        self._window.drop_old(offset)
        known = self._window.get(article.id)
        if article.stored is not None:
            return self._judge_again(article, article.stored, offset, known)
        if known is not None and known.offset == offset and known.revision == article.revision:
            return self._judgement(known.unique(article), {}, "replayed")
        if known is not None and _tells_nothing(article, offset, known):
            return self._judgement(None, self._refreshed(article, offset, known), "repeated")
        row = self._row(article, offset, known)
        self._window.put(article.id, row)
        return self._judgement(row.unique(article), {article.id: row}, row.copy.relation.value)

    def forget(self, key: str) -> dict[str, ArticleRow | None]:
        """Take an article out, also of the reasons that quote it; the rows to write. Whatever it was the original of
        keeps its group, which says only that those texts are alike.

        The reason of an original may quote an article that the verdict does not name: there a headline stays which
        another article has as well.
        """
        gone = self._window.take_out(key)
        if gone is None:
            return {}
        rows: dict[str, ArticleRow | None] = {key: None}
        others = self._window.rows()
        shared = any(row.title == gone.title for _, row in others)
        for other, row in others:
            quotes_it = row.copy.of == key or (row.copy.of is None and not shared)
            reason = reasons.without(row.copy.reason, gone.title) if quotes_it else row.copy.reason
            if reason != row.copy.reason:
                verdict = msgspec.structs.replace(row.copy, reason=reason)
                rows[other] = msgspec.structs.replace(row, copy=verdict)
        for other, changed in rows.items():
            if changed is not None:
                self._window.put(other, changed)
        return rows

    def _judge_again(self, article: CleanArticle, stored: Stored, offset: int, known: ArticleRow | None) -> Judgement:
        """An article that runs again is judged as if it arrived when it first did; one without a row keeps its verdict.

        It never makes a row, so that the window holds what it would hold without it.
        """
        if known is None:
            unique = UniqueArticle(article=article, copy=stored.copy, first_seen=stored.first_seen, edit=stored.edit)
            return self._judgement(unique, {}, "kept")
        if known.offset == offset and known.revision == article.revision:
            return self._judgement(known.unique(article), {}, "replayed")
        if known.offset > offset or known.revision not in (stored.revision, article.revision):
            return self._judgement(None, {}, "outdated")
        row = again_row(known, article, look(article), offset)
        row = msgspec.structs.replace(row, copy=self._verdict_again(article, known))
        self._window.put(article.id, row)
        return self._judgement(row.unique(article), {article.id: row}, "again")

    def _verdict_again(self, article: CleanArticle, known: ArticleRow) -> CopyVerdict:
        """By what came before it; that of a revision, or of a copy of what has grown too old, stays."""
        of = known.copy.of
        if known.edit is not None or (of is not None and self._window.get(of) is None):
            return known.copy
        looked = look(article)
        return _first_verdict(looked, best(self._window, looked, known.first_offset, None))

    def _judgement(self, unique: UniqueArticle | None, rows: dict[str, ArticleRow], outcome: str) -> Judgement:
        return Judgement(unique, {**rows, **dict.fromkeys(self._window.tombstones())}, outcome)

    def _refreshed(self, article: CleanArticle, offset: int, known: ArticleRow) -> dict[str, ArticleRow]:
        """The row with a newer arrival, when it could otherwise be dropped while its article is still being sent."""
        if offset - known.last_offset < self._kept / REFRESH:
            return {}
        row = msgspec.structs.replace(
            known, seen_at=max(known.seen_at, article.fetched_at), last_offset=max(known.last_offset, offset)
        )
        self._window.put(article.id, row)
        return {article.id: row}

    def _row(self, article: CleanArticle, offset: int, known: ArticleRow | None) -> ArticleRow:
        looked = look(article)
        hit = best(self._window, looked, offset, known)
        live = article.lane is Lane.LIVE and self._window.is_current(article.fetched_at)
        if known is None:
            return row_of(article, looked, offset, live, _first_verdict(looked, hit), None, None)
        edit = edit_row(known, article)
        told = reasons.revised(known, article.title, edit)
        verdict = self._revised_verdict(looked, hit, known, told)
        return row_of(article, looked, offset, live or known.live, verdict, known, edit)

    def _revised_verdict(self, new: Side, hit: Hit | None, known: ArticleRow, told: str) -> CopyVerdict:
        """Judged anew; but an original that has copies stays one, and so does a copy of what has grown too old.

        Not so where a line or two stood before, which say nothing of the text that came in their place.
        """
        leads = known.copy.group == new.key and self._window.group_size(new.key) > 1 and not known.is_thin
        matched = hit is not None and hit.finding.relation is not None
        if hit is not None and matched and not leads:
            verdict = _verdict(new, hit)
            told = f"{told}; {verdict.reason}"
            return msgspec.structs.replace(
                verdict, relation=Relation.REVISION, reason=told, text_relation=verdict.relation
            )
        of = known.copy.of
        if leads or (of is not None and self._window.get(of) is None and not known.is_thin):
            text = known.copy.of_text
            return msgspec.structs.replace(known.copy, relation=Relation.REVISION, reason=told, text_relation=text)
        return CopyVerdict(relation=Relation.REVISION, group=new.key, reason=told, text_relation=Relation.ORIGINAL)


def _tells_nothing(article: CleanArticle, offset: int, known: ArticleRow) -> bool:
    return known.offset > offset or known.revision == article.revision or article.fetched_at < known.seen_at


def _first_verdict(new: Side, hit: Hit | None) -> CopyVerdict:
    if hit is None:
        return CopyVerdict(relation=Relation.ORIGINAL, group=new.key, reason=reasons.ALONE)
    return _verdict(new, hit)


def _verdict(new: Side, hit: Hit) -> CopyVerdict:
    told = reasons.reason(hit.finding, new, hit.row)
    if hit.finding.relation is None:
        return CopyVerdict(relation=Relation.ORIGINAL, group=new.key, reason=told)
    return CopyVerdict(
        relation=hit.finding.relation,
        group=hit.row.copy.group,
        of=hit.key,
        of_publisher=hit.row.publisher_name,
        similarity=round(hit.finding.similarity, 3),
        reason=told,
    )
