"""The stories of one partition of articles.tagged: files each article with its reasons, its row and its messages.

The state derives from the rows alone, so it is the same after a restart. A replayed event gets the same answer word for
word: the decision is in the row, and counts are computed again from the rows up to that event.
"""

import heapq
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from streams.contract.messages import Filing, Relation, Stored, Story, TaggedArticle, digest
from streams.contract.undo import Undo
from streams.stories import coverage, reasons, rows
from streams.stories.cluster import Cluster, compared, snapshot_at
from streams.stories.lineage import PREFIX, StoryRow, end_of
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
from streams.stories.refile import refiled
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling
from streams.stories.search import PROBABLE, StoryCandidate, StorySearch
from streams.stories.similarity import pairs
from streams.stories.similarity.features import Features, extract, measured

TOMBSTONES = 200  # rows removed in one call, so that an old story of thousands does not block the stream
MOST_SHARED = 20  # entities named in a filing


class Stories:
    """All stories of one partition of articles.tagged. Offsets and log times come in rising order."""

    # rows of articles are arrays, those of stories are maps
    Row: ClassVar[Any] = FilingRow | dict[str, Any]

    def __init__(self, *, window: timedelta) -> None:
        """``window``: how long after its last article a story takes new ones and keeps its rows."""
        self._window = window
        self._restored: dict[tuple[str, int], dict[str, FilingRow]] = {}
        self._searches: dict[str, StorySearch] = {}  # by language
        self._stories: dict[int, Cluster] = {}  # by number
        self._story_of: dict[str, Cluster] = {}  # by article id
        # (story, began) -> the articles that moved to another story
        self._moved_away: dict[tuple[str, int], list[tuple[str, FormerFiling]]] = {}
        self._groups: dict[str, dict[int, None]] = {}  # copy group -> numbers of its stories, latest last
        self._idle: list[tuple[datetime, int]] = []  # heap of (last touched, story number), some of them outdated
        self.lineage: dict[str, StoryRow] = {}  # by story id
        self._handled = -1  # the highest offset of a row: every event before that one is complete
        self._tombstones_due: deque[str] = deque()  # ids of expired articles whose rows are still to be removed
        self._last_number = 0
        self.undo = Undo()

    def restore(self, key: str, row: FilingRow | dict[str, Any]) -> None:
        """Take one stored row; rows come in any order."""
        if isinstance(row, dict):
            story = msgspec.convert(row, StoryRow)
            self.lineage[story.id] = story
            offsets = (story.into_at, *(at for at, _ in (*story.absorbed, *story.titles, *story.history)))
            self._handled = max(self._handled, *offsets)
            return
        self._handled = max(self._handled, row.versions[-1].offset, *(stay.left for stay in row.stays))
        self._restored.setdefault((row.story, row.began), {})[key] = row

    def build_indexes(self) -> None:
        """Build the stories once all rows are restored."""
        groups: list[tuple[int, str, Cluster]] = []
        stories = []
        for story, began in sorted(self._restored, key=lambda identity: (identity[1], identity[0])):
            kept = self._restored[story, began]
            stories.append(Cluster.rebuild(story, self._number(), kept))
            stories[-1].lineage = self.lineage.get(story)
            groups += [(row.versions[-1].offset, row.group, stories[-1]) for row in kept.values()]
            for key, row in kept.items():
                self._note_former(key, row)
        self._restored = {}
        for story_ in sorted(stories, key=lambda story: story.last_offset):
            self._story_of.update(dict.fromkeys(story_.rows, story_))
            self._index(story_)
        for _, group, story_ in sorted(groups, key=lambda event: event[0]):
            self._note_group(group, story_)

    def file(self, article: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        """File one article. ``offset``: its offset in the partition; ``at``: its log time.

        The same offset again gives the same answer. The same revision at a later offset gives nothing to publish.
        """
        self._expire(at)
        self._handled = max(self._handled, offset)
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

    def _file_new(self, tagged: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        features = extract(tagged)
        key, language = tagged.article.id, tagged.article.language
        story, filing = self._decide(tagged, features, self._story_of_original(tagged))
        if story is None and filing.story in self.lineage:  # it expired, and its id is a redirect
            filing = replace(filing, story=digest("story", key, str(offset)))
        if story is None:
            story = Cluster(filing.story, language, self._number(), offset)
        self._note_for_undo(story)
        row = rows.make(tagged, features, filing, coverage.judge(story.tally.sources, tagged), offset, at, story.began)
        story.add(key, row)
        self.undo.item(self._story_of, key)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._index(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _revise(self, story: Cluster, row: FilingRow, tagged: TaggedArticle, offset: int, at: datetime) -> FilingResult:
        features = extract(tagged)
        if row.is_provisional or self._is_another_text(row, tagged, features):
            moved = self._file_anew(story, row, tagged, features, offset, at)
            if moved is not None:
                return moved
        key = tagged.article.id
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
        return int(pairs.probabilities(features.compared, before)[0]) < PROBABLE * pairs.CERTAIN

    def _file_anew(
        self, story: Cluster, row: FilingRow, tagged: TaggedArticle, features: Features, offset: int, at: datetime
    ) -> FilingResult | None:
        """File a revision as if it were a new article; None where it stays in its story and brings nothing new.

        A source that the article already brought its story is not reported again.
        """
        key = tagged.article.id
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
            taken = identity in self.lineage
            filing = replace(filing, story=digest("story", key, str(offset)) if taken else identity)
            target = Cluster(filing.story, tagged.article.language, self._number(), offset)
        former = (*row.stays, row.former(offset, emptied=not story.rows))
        new = rows.make(tagged, features, filing, verdict, offset, at, target.began, former)
        self._note_for_undo(target)
        target.add(key, new)
        self._story_of[key] = target
        self._forget_former(key, row)
        self._note_former(key, new)
        self._note_group(new.group, target)
        self._index(target)
        moved = self._moved(new, new.stays, tagged, offset, at)
        return answer(tagged, new, target.snapshot(), offset, at, {**self._tombstones(), key: new}, moved)

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

    def _filings_of(self, filed: AnyFiling) -> list[tuple[str, AnyFiling]]:
        """Return all filings that the story of ``filed`` counts or has counted, by article id."""
        found = (one for one in self._stories.values() if (one.id, one.began) == (filed.story, filed.began))
        story = next(found, None)
        there: list[tuple[str, AnyFiling]] = list(story.rows.items()) if story else []
        return [*there, *self._moved_away.get((filed.story, filed.began), ())]

    def _remove(self, story: Cluster, key: str) -> None:
        del self._stories[story.number]
        self._search(story.language).remove(story)
        row = story.remove(key)
        del self._story_of[key]
        self._leave_group(row.group, story)
        if story.rows:
            self._index(story)

    def _put_back(self, story: Cluster, key: str, row: FilingRow) -> None:
        if story.rows:
            self._search(story.language).remove(story)
        story.put_back(key, row)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._index(story)

    def _note_former(self, key: str, row: FilingRow) -> None:
        for stay in row.stays:
            self.undo.item(self._moved_away, (stay.story, stay.began), list)
            self._moved_away.setdefault((stay.story, stay.began), []).append((key, stay))

    def _forget_former(self, key: str, row: FilingRow) -> None:
        for stay in row.stays:
            self.undo.item(self._moved_away, (stay.story, stay.began), list)
            kept = [item for item in self._moved_away.pop((stay.story, stay.began), ()) if item[0] != key]
            if kept:
                self._moved_away[stay.story, stay.began] = kept

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
        self._note_for_undo(story)
        self._search(story.language).remove(story)  # first: its language may become that of another article
        del self._story_of[key]
        gone = story.remove(key)
        self._forget_former(key, gone)
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
        else:
            del self._stories[story.number]
        return FilingResult(None, after_removal(story, key, gone, offset, at), changed, "forgotten")

    # --- articles of one story that are part of another one ------------------------------------------------------

    def find(self, story: str) -> Cluster | None:
        """Return the story with this id, if it has articles."""
        return next((one for one in self._stories.values() if one.id == story), None)

    def holding(self, article: str) -> Cluster | None:
        """Return the story that has an article."""
        return self._story_of.get(article)

    def is_repeated(self, offset: int, at: datetime) -> bool:
        """Begin the event at ``offset``; return whether it is handled in full, so that it must not be decided again.

        Rows are stored in the order of their events. So only of the last event that any row names, some rows may be
        missing: what the others say is taken back, and it is decided again, alike.
        """
        self._expire(at)
        if offset < self._handled:
            return True
        if offset == self._handled:
            self._take_back(offset)
        self._handled = offset
        return False

    def refile(
        self, keys: Collection[str], source: Cluster, into: Cluster | str, why: str, offset: int, *, pinned: bool
    ) -> dict[str, tuple[FilingRow, FilingRow]]:
        """Make articles of one story part of another one, or of a new one with the id ``into``.

        Returns the rows before and after by article id, in the order of their first filing.
        """
        self._note_for_undo(source)
        target = Cluster(into, source.language, self._number(), offset) if isinstance(into, str) else into
        self._note_for_undo(target)
        left = sorted((source.rows[key].versions[0].at, key) for key in keys)
        emptied = len(left) == len(source.rows)
        moving = {key: source.rows[key] for _, key in left}
        self._unindex(source)
        self._unindex(target)
        source.remove_all(moving)
        moved = {}
        for key, before in moving.items():
            filing = refiled(before, target.id, why, creates=not target.rows)
            verdict = coverage.judge_again(target.tally.sources, before)
            after = rows.refile(before, filing, verdict, offset, target.began, emptied=emptied, pinned=pinned)
            moved[key] = before, after
            target.add(key, after)
            self._story_of[key] = target
            self._forget_former(key, before)
            self._note_former(key, after)
        if source.rows:
            self._index(source)
        self._index(target)
        for group in dict.fromkeys(row.group for row in moving.values()):
            self._leave_group(group, source)
            self._note_group(group, target)
        return moved

    def pin(self, keys: Iterable[str], story: Cluster, *, pinned: bool) -> dict[str, FilingRow]:
        """Pin articles to their story, or take that back; returns the rows that change."""
        changed = {key: replace(story.rows[key], pinned=pinned) for key in keys if story.rows[key].pinned != pinned}
        self._note_for_undo(story)
        story.rows.update(changed)
        return changed

    def set_lineage(self, row: StoryRow) -> None:
        """Set what is known of a story beyond its articles."""
        self.undo.item(self.lineage, row.id)
        self.lineage[row.id] = row
        story = self.find(row.id)
        if story is not None:
            self._note_for_undo(story)
            story.lineage = row

    def _take_back(self, offset: int) -> None:
        """Build the state again without what the event at ``offset`` refiled and recorded."""
        kept = {key: story.rows[key] for key, story in self._story_of.items()}
        before = {key: row.before_refiling() if _is_refiled(row, offset) else row for key, row in kept.items()}
        lineage = {id_: row.before(offset) for id_, row in self.lineage.items()}
        if before == kept and lineage == self.lineage:
            return
        self.undo.note(_cannot_undo)
        self._searches, self._stories, self._story_of, self._moved_away = {}, {}, {}, {}
        self._groups, self._idle, self._last_number, self.lineage = {}, [], 0, lineage
        for key, row in before.items():
            self.restore(key, row)
        self.build_indexes()

    def _unindex(self, story: Cluster) -> None:
        if self._stories.pop(story.number, None) is not None:
            self._search(story.language).remove(story)

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
            best = search.best(features, arrival)
        if best is not None and (copied is not None or best.takes):
            return best.story, self._joined(best, tagged, features, copied=copied is not None)
        return None, self._created(best, tagged, features)

    def _joined(self, best: StoryCandidate, tagged: TaggedArticle, features: Features, *, copied: bool) -> Filing:
        story = best.story
        nearest = tagged.copy.of if tagged.copy.of and tagged.copy.of in story.rows else best.nearest
        row = story.rows[nearest]
        common = reasons.shared(tagged, features, row)
        gap = story.gap(tagged.article.fetched_at)
        verdict = reasons.judged(features, row, best.score, best.threshold, by_headline=best.by_headline)
        why = reasons.joined(common, row.headline, gap, verdict)
        if copied:
            why = (reasons.copied(tagged.copy, row.headline), *why)
        return Filing(
            story=story.id,
            decision="joined",
            score=round(best.score, 4),
            threshold=best.threshold,
            reasons=why,
            nearest=nearest,
            shared_entities=common.names[:MOST_SHARED],
            shared_terms=common.terms,
            shared_quotes=reasons.shown_quotes(common),
            shared_figures=reasons.shown_figures(common),
            gap_seconds=gap.total_seconds(),
        )

    def _created(self, best: StoryCandidate | None, tagged: TaggedArticle, features: Features) -> Filing:
        score, threshold, nearest = 0.0, PROBABLE, None
        verdict: tuple[str, ...] = ()
        if best is not None:
            row = best.story.rows[best.nearest]
            score, threshold, nearest = best.score, best.threshold, row.headline
            verdict = reasons.judged(features, row, score, threshold, by_headline=best.by_headline)
        vetoed = best is not None and best.vetoed and best.ratio >= 1
        why = reasons.created(nearest, verdict, self._window, vetoed=vetoed)
        return Filing(
            story=digest("story", tagged.article.id),
            decision="created",
            score=round(score, 4),
            threshold=threshold,
            reasons=why,
        )

    def _story_of_original(self, tagged: TaggedArticle) -> Cluster | None:
        """Return the story of the article that this one copies or updates, if it still takes articles."""
        arrival = tagged.article.fetched_at
        if tagged.copy.relation is Relation.ORIGINAL:
            return None
        story = self._story_of.get(tagged.copy.of or "")
        if story is None and tagged.copy.group in self._groups:
            story = self._stories[next(reversed(self._groups[tagged.copy.group]))]
        return story if story is not None and abs(story.gap(arrival)) <= self._window else None

    def _note_group(self, group: str, story: Cluster) -> None:
        self.undo.item(self._groups, group, dict)
        numbers = self._groups.setdefault(group, {})
        numbers.pop(story.number, None)
        numbers[story.number] = None

    def _leave_group(self, group: str, story: Cluster) -> None:
        """Compute again which stories have articles of a copy group after ``story`` lost one."""
        self.undo.item(self._groups, group, dict)
        numbers = self._groups.get(group, {})
        latest = {
            number: max((row.versions[-1].offset for row in one.rows.values() if row.group == group), default=None)
            for number in numbers
            if (one := story if number == story.number else self._stories.get(number)) is not None
        }
        held = sorted((offset, number) for number, offset in latest.items() if offset is not None)
        self._groups[group] = {number: None for _, number in held}
        if not held:
            del self._groups[group]

    def _index(self, story: Cluster) -> None:
        self._stories[story.number] = story
        self._search(story.language).put(story)
        heapq.heappush(self._idle, (story.touched, story.number))

    def _expire(self, at: datetime) -> None:
        """Drop the stories in which nothing was filed for the window, by log time.

        By arrival time, a backfill of old articles would lose each story before its next article.
        """
        while self._idle and self._idle[0][0] + self._window < at:
            touched, number = heapq.heappop(self._idle)
            story = self._stories.get(number)
            if story is not None and story.touched == touched:
                self.undo.note(heapq.heappush, self._idle, (touched, number))
                self._drop(story)

    def _drop(self, story: Cluster) -> None:
        self._note_for_undo(story)
        del self._stories[story.number]
        self._search(story.language).remove(story)
        for key, row in story.rows.items():
            del self._story_of[key]
            self._forget_former(key, row)
            self.undo.item(self._groups, row.group, dict)
            numbers = self._groups.get(row.group, {})
            numbers.pop(story.number, None)
            if not numbers:
                self._groups.pop(row.group, None)
        due = list(story.rows)
        if story.lineage is not None:
            self.undo.item(self.lineage, story.id)
            del self.lineage[story.id]
            due.append(f"{PREFIX}{story.id}")
        self._tombstones_due.extend(due)
        self.undo.note(_drop_last, self._tombstones_due, len(due))

    def _tombstones(self) -> dict[str, AnyRow | None]:
        """Return the next rows to remove, without articles that have come again and have a new row."""
        keys = [self._tombstones_due.popleft() for _ in range(min(TOMBSTONES, len(self._tombstones_due)))]
        self.undo.note(self._tombstones_due.extendleft, reversed(keys))
        return {key: None for key in keys if key not in self._story_of and key.removeprefix(PREFIX) not in self.lineage}

    def _note_for_undo(self, story: Cluster) -> None:
        """Log a story for undo before it changes, begins or is dropped."""
        if self.undo.noting:
            self.undo.note(self._undo_changes, story, dict(story.rows))

    def _undo_changes(self, story: Cluster, kept: dict[str, FilingRow]) -> None:
        """Restore the articles ``kept`` of a story; it had none if it began with this message."""
        self._stories.pop(story.number, None)
        for search in self._searches.values():  # the failure may be between two languages, or between two indexes
            search.remove(story)
        if kept:
            before = Cluster.rebuild(story.id, story.number, kept)
            before.lineage = self.lineage.get(story.id)
            self._story_of.update(dict.fromkeys(kept, before))
            self._index(before)
        else:
            self._last_number -= 1  # it began with this message

    def _search(self, language: str) -> StorySearch:
        if language not in self._searches:
            self._searches[language] = StorySearch(language, self._window)
        return self._searches[language]

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number


def _filed_at(row: FilingRow, offset: int) -> AnyFiling | None:
    """Return how an article was filed by the event at ``offset``; None if it was not."""
    filings: tuple[AnyFiling, ...] = (row, *row.stays)
    for filed in filings:
        if any(version.offset == offset for version in filed.versions):
            return filed
    return None


def _is_refiled(row: FilingRow, offset: int) -> bool:
    return bool(row.stays) and row.stays[-1].refiled and row.stays[-1].left == offset


def _cannot_undo() -> None:
    raise RuntimeError("the state was built again: it has to be built from its rows")


def _drop_last(ids: deque[str], by: int) -> None:
    for _ in range(by):
        ids.pop()


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
