"""The stories of one partition of articles.tagged: files each article with its reasons, its row and its messages.

The state derives from the rows alone, so it is the same after a restart. A replayed event gets the same answer word for
word: the decision is in the row, and counts are computed again from the rows up to that event.
"""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import COPIES, Filing, Relation, Stored, Story, TaggedArticle, digest
from streams.stories import coverage, decision, reasons, rows
from streams.stories.cluster import Cluster, compared, snapshot_at
from streams.stories.lineage import end_of
from streams.stories.open_stories import OpenStories
from streams.stories.pair_cache import PairCache
from streams.stories.publish import (
    AnyRow,
    FilingResult,
    Moved,
    after_move,
    after_removal,
    answer,
    answer_again,
    document,
)
from streams.stories.regroup import Event
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling
from streams.stories.search import StoryCandidate
from streams.stories.second_thoughts import NEAR, RULES, Rule, SecondThoughts
from streams.stories.similarity import pairs
from streams.stories.similarity.features import Features, extract, measured

_RECONSIDERED = frozenset({"created", "joined", "moved"})


class Stories(OpenStories):
    """All stories of one partition of articles.tagged. Offsets and log times come in rising order."""

    def __init__(self, *, window: timedelta, second_thoughts: str = "off") -> None:
        """``second_thoughts``: one of `RULES`. ``window``: see `OpenStories`."""
        super().__init__(window=window)
        self._rule = RULES[second_thoughts]
        self._cache = PairCache()

    def file(self, article: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        """File one article. ``offset``: its offset in the partition; ``at``: its log time.

        The same offset again gives the same answer. The same revision at a later offset gives nothing to publish.
        """
        repeated = self.is_repeated(offset, at)
        if repeated and self._former.is_refiled_by(offset):
            return FilingResult(None, None, self._tombstones())  # all of it was published, the end of it last
        result = self._file(article, offset, at)
        if repeated or self._rule is None or result.outcome not in _RECONSIDERED:
            return result
        return self._reconsider(result, article.article.id, self._rule, Event(offset, at))

    def _file(self, article: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        article = replace(article, measured=measured(article))
        story = self._story_of.get(article.article.id)
        if article.article.stored is not None:
            return self._run_again(article, article.article.stored, story, offset, at)
        if story is None:
            return self._file_new(article, offset, at)
        row = story.rows[article.article.id]
        if known := _filed_at(row, offset):
            return self._answer_replayed(known, row, article, offset, at)
        if _is_known(row, article, offset):
            return FilingResult(None, None, self._tombstones())
        return self._revise(story, row, article, offset, at)

    def _reconsider(self, result: FilingResult, key: str, rule: Rule, event: Event) -> FilingResult:
        """Add to the result of a filing what second thoughts change. Copies are where their original is."""
        row = self._story_of[key].rows[key]
        if row.relation in COPIES:
            return result
        thoughts = SecondThoughts(self, self._cache, rule, event)
        thoughts.after(key)
        rows_ = dict(result.rows)
        for one in thoughts.done:
            rows_ |= one.rows
        return dataclasses.replace(
            result,
            rows=rows_,
            changes=tuple(update for one in thoughts.done for update in one.updates),
            refiled=tuple(article for one in thoughts.done for article in one.articles),
        )

    def _file_new(self, tagged: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        features = extract(tagged)
        key, language = tagged.article.id, tagged.article.language
        self.undo.note(self._cache.forget, key)
        story, filing = self._decide(tagged, features, self._story_of_original(tagged))
        if story is None:
            filing = replace(filing, story=self._free(filing.story, key, offset))
        if story is None:
            story = Cluster(filing.story, language, self._number(), offset)
        self._note_for_undo(story)
        row = rows.make(tagged, features, filing, coverage.judge(story.tally.sources, tagged), offset, at, story.began)
        row = story.add_new(key, row)
        self.undo.item(self._story_of, key)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._index(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _free(self, identity: str, key: str, offset: int) -> str:
        """Return the id of a story that the article ``key`` begins: ``identity``, or another one where that is taken.

        It is taken by a redirect, or by a story that the article began before and that has other articles now.
        """
        taken = identity in self.lineage or identity in self._by_id
        return digest("story", key, str(offset)) if taken else identity

    def _revise(self, story: Cluster, row: FilingRow, tagged: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        features = extract(tagged)
        if row.is_provisional or self._is_another_text(row, tagged, features):
            moved = self._file_anew(story, row, tagged, features, offset, at)
            if moved is not None:
                return moved
        key = tagged.article.id
        self._forget_pairs(key)
        self._note_for_undo(story)
        row = rows.revise(row, tagged, features, offset, at)
        story.revise(key, row)
        self._note_group(row.group, story)
        self._index(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _is_another_text(self, row: FilingRow, tagged: TaggedArticle, features: Features) -> bool:
        """Return whether a report has replaced one from which it differs as reports of two events do."""
        if rows.is_thin(tagged.article) or not row.body or not len(features.body):
            return False
        before = pairs.Recent.of([compared(row)])
        return int(pairs.probabilities(features.compared, before)[0]) < pairs.CERTAIN // 2

    def _file_anew(
        self, story: Cluster, row: FilingRow, tagged: TaggedArticle, features: Features, offset: int, at: datetime
    ) -> FilingResult | None:
        """File a revision as if it were a new article; None where it stays in its story and brings nothing new.

        A source that the article already brought its story is not reported again.
        """
        key = tagged.article.id
        self._forget_pairs(key)
        self._note_for_undo(story)
        self._remove(story, key)
        target, filing = self._decide(tagged, features, self._story_of_original(tagged) if tagged.copy.of else None)
        verdict = coverage.judge(target.tally.sources if target else coverage.SourceTally(), tagged)
        if target is story:
            verdict = replace(verdict, new_publisher=verdict.new_publisher and not row.coverage.new_publisher)
        stays = (story.rows or target is not None) and (target is not story or (verdict.new and not row.coverage.new))
        if not stays:
            self._put_back(story, key, row)
            return None
        filing = replace(filing, reasons=(reasons.anew(row), *filing.reasons))
        if target is not story:
            filing = replace(filing, moved_from=story.id)
        if target is None:
            identity = digest("story", key, tagged.article.revision)
            filing = replace(filing, story=self._free(identity, key, offset))
            target = Cluster(filing.story, tagged.article.language, self._number(), offset)
        former = (*row.stays, row.former(offset, emptied=not story.rows))
        new = rows.make(tagged, features, filing, verdict, offset, at, target.began, former)
        self._note_for_undo(target)
        new = target.add_new(key, new)
        self._story_of[key] = target
        self._former.forget(key, row)
        self._former.note(key, new)
        self._note_group(new.group, target)
        self._index(target)
        moved = self._moved(new, new.stays, tagged, offset, at)
        return answer(tagged, new, target.snapshot(), offset, at, {**self._tombstones(), key: new}, moved)

    def _decide(
        self, tagged: TaggedArticle, features: Features, copied: Cluster | None
    ) -> tuple[Cluster | None, Filing]:
        """Return the story that takes an article, or None for a new one, and its filing.

        ``copied``: the story of the article that it copies, which takes it whatever the score.
        """
        arrival = tagged.article.fetched_at
        search = self._search(tagged.article.language)
        if copied is not None:
            best: StoryCandidate | None = self._search(copied.language).compare(copied, features, arrival)
        else:
            found = search.nearest(features, arrival)
            best = next(iter(found), None)
            for one in found if self._rule is not None else ():
                if not one.by_headline and one.score >= NEAR:
                    self._cache.learn(tagged.article.id, *one.recent)
        if best is not None and (copied is not None or best.takes):
            return best.story, decision.joined(best, tagged, features, copied=copied is not None)
        return None, decision.created(best, tagged, features, self._window)

    def _story_of_original(self, tagged: TaggedArticle) -> Cluster | None:
        """Return the story of the article that this one copies or updates, if it still takes articles."""
        arrival = tagged.article.fetched_at
        if tagged.copy.relation is Relation.ORIGINAL:
            return None
        story = self._story_of.get(tagged.copy.of or "")
        if story is None and tagged.copy.group in self._groups:
            story = self._stories[next(reversed(self._groups[tagged.copy.group]))]
        return story if story is not None and abs(story.gap(arrival)) <= self._window else None

    def _forget_pairs(self, key: str) -> None:
        """Forget what an article was compared with: its text changes now, or will not have changed after an error."""
        self._cache.forget(key)
        self.undo.note(self._cache.forget, key)

    def _remove(self, story: Cluster, key: str) -> None:
        self._unindex(story)
        row = story.remove(key)
        del self._story_of[key]
        self._leave_group(row.group, story)
        if story.rows:
            self._index(story)

    def _put_back(self, story: Cluster, key: str, row: FilingRow) -> None:
        self._unindex(story)
        story.put_back(key, row)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._index(story)

    def _answer_replayed(
        self, known: AnyFiling, row: FilingRow, tagged: TaggedArticle, offset: int, at: datetime
    ) -> FilingResult:
        """Return the answer to a replayed event; ``known``: how the article was filed then."""
        before = [stay for stay in row.stays if stay.left <= offset]
        moved = self._moved(known, before, tagged, offset, at)
        return answer(tagged, known, self._snapshot_at(known, offset), offset, at, self._tombstones(), moved)

    def _snapshot_at(self, filed: AnyFiling, offset: int) -> Story:
        """Return the story of a filing as it was after the event at ``offset``."""
        return snapshot_at(filed.story, self._filings_of(filed), offset, self.lineage.get(filed.story))

    def _moved(
        self, row: AnyFiling, before: Sequence[FormerFiling], tagged: TaggedArticle, offset: int, at: datetime
    ) -> Moved | None:
        """Return how the article left another story with this event; None if it did not."""
        if not before or before[-1].left != offset or row.filing.moved_from is None:
            return None
        stay = before[-1]
        others = [
            (key, other)
            for key, other in self._filings_of(stay)
            if key != tagged.article.id
            and other.versions[0].offset < offset
            and not (isinstance(other, FormerFiling) and other.left <= offset)
        ]
        if not others and not stay.emptied:
            return Moved(stay, None)  # the others have expired meanwhile
        lineage = self.lineage.get(stay.story)
        return Moved(stay, after_move(stay, others, tagged, row.story, offset, at, lineage))

    def _run_again(
        self, tagged: TaggedArticle, stored: Stored, story: Cluster | None, offset: int, at: datetime
    ) -> FilingResult:
        """File an article that runs again in the story that it had.

        If the story still has its row, everything else is derived anew; if it has expired, the filing stays as stored
        and no row is made.
        """
        if story is None:
            now = replace(stored.filing, story=end_of(stored.filing.story, self.lineage))
            kept = document(tagged, now, stored.coverage, offset, stored.brought, stored.counts)
            return FilingResult(kept, None, self._tombstones(), "kept")
        key = tagged.article.id
        row = story.rows[key]
        latest = row.versions[-1]
        if latest.offset == offset:
            return answer_again(tagged, row, self._snapshot_at(row, offset), offset, at, self._tombstones())
        if latest.offset > offset or latest.revision not in (stored.revision, tagged.article.revision):
            return FilingResult(None, None, self._tombstones(), "outdated")
        verdict = coverage.judge(story.sources_before(key), tagged)
        self._forget_pairs(key)
        new = rows.again(row, tagged, extract(tagged), verdict, offset)
        self._note_for_undo(story)
        story.replace(key, new)
        self._leave_group(row.group, story)
        self._note_group(new.group, story)
        self._index(story)
        return answer_again(tagged, new, story.snapshot(), offset, at, {**self._tombstones(), key: new})

    def forget(self, key: str, offset: int, at: datetime) -> FilingResult:
        """Remove an article from its story, and its headlines from the reasons that quote it.

        A reason quotes the nearest article. The row of a story's first article does not name the article it quotes, so
        there a headline that another article has too stays.
        """
        self._expire(at)
        story = self._story_of.get(key)
        if story is None:
            return FilingResult(None, None, self._tombstones(), "forgotten")
        self._forget_pairs(key)
        self._note_for_undo(story)
        self._unindex(story)  # first: its language may become that of another article
        del self._story_of[key]
        gone = story.remove(key)
        self._former.forget(key, gone)
        changed: dict[str, AnyRow | None] = {**self._tombstones(), key: None}
        titles = {version.title for version in gone.versions}
        of_nobody_else = titles - {
            version.title for other, its in self._story_of.items() for version in its.rows[other].versions
        }
        for other, its_story in self._story_of.items():
            row = its_story.rows[other]
            nearest = row.filing.nearest
            quoted = titles if nearest == key else of_nobody_else if nearest is None else ()
            told = reasons.without(row.filing.reasons, quoted)
            if told != row.filing.reasons:
                self.undo.item(its_story.rows, other)
                changed[other] = its_story.rows[other] = replace(row, filing=replace(row.filing, reasons=told))
        self._leave_group(gone.group, story)
        if story.rows:
            self._index(story)
        return FilingResult(None, after_removal(story, key, gone, offset, at), changed, "forgotten")


def _filed_at(row: FilingRow, offset: int) -> AnyFiling | None:
    """Return how an article was filed by the event at ``offset``; None if it was not."""
    filings: tuple[AnyFiling, ...] = (row, *row.stays)
    for filed in filings:
        if any(version.offset == offset for version in filed.versions):
            return filed
    return None


def _is_known(row: FilingRow, tagged: TaggedArticle, offset: int) -> bool:
    """Return whether this revision is the latest filed one, or older.

    Revisions within one second may swap between the processes of `tag`, since each is tagged by itself. They are
    ordered by fetch time, then by their numbers, which restart once dedup has forgotten the article.
    """
    latest = row.versions[-1]
    if offset < latest.offset or tagged.article.revision == latest.revision:
        return True
    fetched = latest.fetched_at or row.fetched_at
    return (tagged.article.fetched_at, rows.number_of(tagged)) < (fetched, latest.number)
