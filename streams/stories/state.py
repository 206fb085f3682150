"""The stories of one partition of articles.tagged: each article is filed with its reasons, its row and its messages.

The state is derived from the rows alone, so it is the same after a restart. An event that is read again is answered
with the same words: what was decided stands in the row, counts are made again from the rows up to that event.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec.structs import replace

from streams.contract.messages import Filing, Relation, Stored, Story, TaggedArticle, digest
from streams.contract.undo import Undo
from streams.stories import cluster, coverage, reasons, rows
from streams.stories.cluster import Cluster
from streams.stories.publish import Filed, Moved, answer, answer_again, document
from streams.stories.removal import after_move, after_removal
from streams.stories.rows import ArticleRow, Counted, Stay
from streams.stories.search import Candidate, Search
from streams.stories.similarity.features import Features, extract, measured
from streams.stories.similarity.vectors import Vector

TOMBSTONES = 200  # rows given up in one call: an old story of thousands must not hold up the stream
MOST_SHARED = 20  # entities named in a filing


class Stories:
    """All stories of one partition of articles.tagged. Offsets and the log's times come in rising order."""

    Row: ClassVar[type[ArticleRow]] = ArticleRow

    def __init__(self, *, window: timedelta) -> None:
        """``window``: how long after its last article a story takes new ones, and how long its rows are kept."""
        self._window = window
        self._restored: dict[tuple[str, int], dict[str, ArticleRow]] = {}
        self._searches: dict[str, Search] = {}  # by language
        self._stories: dict[int, Cluster] = {}  # by number
        self._story_of: dict[str, Cluster] = {}  # by article id
        self._left: dict[tuple[str, int], list[tuple[str, Stay]]] = {}  # (story, began) -> articles that moved away
        self._groups: dict[str, dict[int, None]] = {}  # copy group -> numbers of its stories, latest last
        self._idle: list[tuple[datetime, int]] = []  # heap of (last touched, story number); outdated ones are skipped
        self._leaving: deque[str] = deque()  # ids of articles given up, whose rows are still to be removed
        self._last_number = 0
        self.undo = Undo()

    def restore(self, key: str, row: ArticleRow) -> None:
        """Take one stored row; they come in any order."""
        self._restored.setdefault((row.story, row.began), {})[key] = row

    def build_indexes(self) -> None:
        """All rows are there: build the stories from them."""
        groups: list[tuple[int, str, Cluster]] = []
        stories = []
        for story, began in sorted(self._restored, key=lambda identity: (identity[1], identity[0])):
            kept = self._restored[story, began]
            stories.append(Cluster.rebuild(story, self._number(), kept))
            groups += [(row.versions[-1].offset, row.group, stories[-1]) for row in kept.values()]
            for key, row in kept.items():
                self._note_stays(key, row)
        self._restored = {}
        for story_ in sorted(stories, key=lambda story: story.last_offset):
            self._story_of.update(dict.fromkeys(story_.rows, story_))
            self._keep(story_)
        for _, group, story_ in sorted(groups, key=lambda event: event[0]):
            self._note_group(group, story_)

    def file(self, article: TaggedArticle, offset: int, at: datetime) -> Filed:
        """File one article. ``offset`` is its place in the partition, ``at`` the log's time of it.

        The same offset again gives the same answer. The same revision at a later offset gives nothing to publish.
        """
        self._expire(at)
        article = replace(article, measured=measured(article))
        story = self._story_of.get(article.article.id)
        if article.article.stored is not None:
            return self._file_again(article, article.article.stored, story, offset, at)
        if story is None:
            return self._enter(article, offset, at)
        row = story.rows[article.article.id]
        if known := _filed_at(row, offset):
            return self._answer_from(known, row, article, offset, at)
        if _seen(row, article, offset):
            return Filed(None, None, self._tombstones())
        return self._revise(story, row, article, offset, at)

    def _enter(self, tagged: TaggedArticle, offset: int, at: datetime) -> Filed:
        features = extract(tagged)
        key, language = tagged.article.id, tagged.article.language
        story, filing = self._decide(tagged, features, self._copied(tagged))
        if story is None:
            story = Cluster(filing.story, language, self._number(), offset)
        self._note(story)
        row = rows.make(tagged, features, filing, coverage.judge(story.tally.voices, tagged), offset, at, story.began)
        story.add(key, row)
        self.undo.item(self._story_of, key)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._keep(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _revise(self, story: Cluster, row: ArticleRow, tagged: TaggedArticle, offset: int, at: datetime) -> Filed:
        features = extract(tagged)
        if row.is_provisional or self._is_another_text(row, tagged, features):
            moved = self._judge_anew(story, row, tagged, features, offset, at)
            if moved is not None:
                return moved
        key = tagged.article.id
        self._note(story)
        row = rows.revise(row, tagged, features, offset, at)
        story.revise(key, row)
        self._note_group(row.group, story)
        self._keep(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _is_another_text(self, row: ArticleRow, tagged: TaggedArticle, features: Features) -> bool:
        """Whether a report has come in the place of one that is so unlike it as reports of two events are."""
        if rows.is_thin(tagged.article) or not row.body or not len(features.body):
            return False
        return Vector.unpack(row.body).cosine(features.body) < self._search(row.language).threshold

    def _judge_anew(
        self, story: Cluster, row: ArticleRow, tagged: TaggedArticle, features: Features, offset: int, at: datetime
    ) -> Filed | None:
        """File a revision as if its article arrived only now; None where it stays where it is and brings nothing new.

        A source that it brought its story before stays that: it is told once.
        """
        key = tagged.article.id
        self._note(story)
        self._take_out(story, key)
        target, filing = self._decide(tagged, features, self._copied(tagged) if tagged.copy.of else None)
        said = coverage.judge(target.tally.voices if target else coverage.Voices(), tagged)
        if target is story:
            said = replace(said, new_publisher=said.new_publisher and not row.coverage.new_publisher)
        stays = (story.rows or target is not None) and (target is not story or (said.new and not row.coverage.new))
        if not stays:
            self._put_back(story, key, row)
            return None
        filing = replace(filing, reasons=(reasons.anew(row), *filing.reasons))
        if target is not story:
            filing = replace(filing, moved_from=story.id)
        if target is None:
            filing = replace(filing, story=digest("story", key, tagged.article.revision))
            target = Cluster(filing.story, tagged.article.language, self._number(), offset)
        former = (*row.stays, row.stay(offset, emptied=not story.rows))
        new = rows.make(tagged, features, filing, said, offset, at, target.began, former)
        self._note(target)
        target.add(key, new)
        self._story_of[key] = target
        self._forget_stays(key, row)
        self._note_stays(key, new)
        self._note_group(new.group, target)
        self._keep(target)
        moved = self._moved(new, new.stays, tagged, offset, at)
        return answer(tagged, new, target.snapshot(), offset, at, {**self._tombstones(), key: new}, moved)

    def _answer_from(self, known: Counted, row: ArticleRow, tagged: TaggedArticle, offset: int, at: datetime) -> Filed:
        """The answer of an event that is read again, ``known`` being how the article was filed then."""
        before = [stay for stay in row.stays if stay.left <= offset]
        moved = self._moved(known, before, tagged, offset, at)
        return answer(tagged, known, self._at(known, offset), offset, at, self._tombstones(), moved)

    def _at(self, filed: Counted, offset: int) -> Story:
        """The story of a filing as it was after the event at ``offset``."""
        return cluster.at(filed.story, self._counted(filed), offset)

    def _moved(
        self, row: Counted, before: Sequence[Stay], tagged: TaggedArticle, offset: int, at: datetime
    ) -> Moved | None:
        """How the article left another story with this event, if it left one."""
        if not before or before[-1].left != offset or row.filing.moved_from is None:
            return None
        stay = before[-1]
        others = [
            (key, other)
            for key, other in self._counted(stay)
            if key != tagged.article.id
            and other.versions[0].offset < offset
            and not (isinstance(other, Stay) and other.left <= offset)
        ]
        if not others and not stay.emptied:
            return Moved(stay, None)  # the others were given up meanwhile
        return Moved(stay, after_move(stay, others, tagged, row.story, offset, at))

    def _counted(self, filed: Counted) -> list[tuple[str, Counted]]:
        """All that the story of a filing counts or has counted."""
        found = (one for one in self._stories.values() if (one.id, one.began) == (filed.story, filed.began))
        story = next(found, None)
        there: list[tuple[str, Counted]] = list(story.rows.items()) if story else []
        return [*there, *self._left.get((filed.story, filed.began), ())]

    def _take_out(self, story: Cluster, key: str) -> None:
        del self._stories[story.number]
        self._search(story.language).remove(story)
        row = story.remove(key)
        del self._story_of[key]
        self._leave_group(row.group, story)
        if story.rows:
            self._keep(story)

    def _put_back(self, story: Cluster, key: str, row: ArticleRow) -> None:
        if story.rows:
            self._search(story.language).remove(story)
        story.put_back(key, row)
        self._story_of[key] = story
        self._note_group(row.group, story)
        self._keep(story)

    def _note_stays(self, key: str, row: ArticleRow) -> None:
        for stay in row.stays:
            self.undo.item(self._left, (stay.story, stay.began), list)
            self._left.setdefault((stay.story, stay.began), []).append((key, stay))

    def _forget_stays(self, key: str, row: ArticleRow) -> None:
        for stay in row.stays:
            self.undo.item(self._left, (stay.story, stay.began), list)
            kept = [item for item in self._left.pop((stay.story, stay.began), ()) if item[0] != key]
            if kept:
                self._left[stay.story, stay.began] = kept

    def _file_again(
        self, tagged: TaggedArticle, stored: Stored, story: Cluster | None, offset: int, at: datetime
    ) -> Filed:
        """An article that runs again keeps its story. Where the story still has its row, all else is derived anew;
        where it has expired, the filing stays as it was stored, and no row is made."""
        if story is None:
            kept = document(tagged, stored.filing, stored.coverage, offset, stored.brought)
            return Filed(kept, None, self._tombstones(), "kept")
        key = tagged.article.id
        row = story.rows[key]
        latest = row.versions[-1]
        if latest.offset == offset:
            return answer_again(tagged, row, self._at(row, offset), offset, at, self._tombstones())
        if latest.offset > offset or latest.revision not in (stored.revision, tagged.article.revision):
            return Filed(None, None, self._tombstones(), "outdated")
        said = coverage.judge(story.voices_before(key), tagged)
        new = rows.again(row, tagged, extract(tagged), said, offset)
        self._note(story)
        story.replace(key, new)
        self._leave_group(row.group, story)
        self._note_group(new.group, story)
        self._keep(story)
        return answer_again(tagged, new, story.snapshot(), offset, at, {**self._tombstones(), key: new})

    def forget(self, key: str, offset: int, at: datetime) -> Filed:
        """Take an article out of its story, and its headlines out of the reasons that quote it.

        A reason quotes the nearest article; that of a story's first article quotes one that the row does not name, so
        there a headline stays which another article has as well.
        """
        self._expire(at)
        story = self._story_of.get(key)
        if story is None:
            return Filed(None, None, self._tombstones(), "forgotten")
        self._note(story)
        self._search(story.language).remove(story)  # before its language may become that of another article
        del self._story_of[key]
        gone = story.remove(key)
        self._forget_stays(key, gone)
        changed: dict[str, ArticleRow | None] = {**self._tombstones(), key: None}
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
            self._keep(story)
        else:
            del self._stories[story.number]
        return Filed(None, after_removal(story, gone, offset, at), changed, "forgotten")

    def _decide(
        self, tagged: TaggedArticle, features: Features, copied: Cluster | None
    ) -> tuple[Cluster | None, Filing]:
        """The story that takes an article, None for a new one; ``copied`` holds what it copies and takes it anyhow."""
        arrival = tagged.article.fetched_at
        search = self._search(tagged.article.language)
        if copied is not None:
            best: Candidate | None = self._search(copied.language).compare(copied, features, arrival)
        else:
            best = search.best(features, arrival)
        if best is not None and (copied is not None or best.takes):
            return best.story, self._joined(best, tagged, features, copied=copied is not None)
        return None, self._created(best, search.threshold, tagged)

    def _joined(self, best: Candidate, tagged: TaggedArticle, features: Features, *, copied: bool) -> Filing:
        story = best.story
        nearest = tagged.copy.of if tagged.copy.of and tagged.copy.of in story.rows else best.nearest
        row = story.rows[nearest]
        common = reasons.shared(tagged, features, row)
        gap = story.gap(tagged.article.fetched_at)
        why = reasons.joined(common, row.headline, gap, best.score, best.threshold)
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
            gap_seconds=gap.total_seconds(),
        )

    def _created(self, best: Candidate | None, threshold: float, tagged: TaggedArticle) -> Filing:
        score = best.score if best else 0.0
        threshold = best.threshold if best else threshold
        nearest = best.story.rows[best.nearest].headline if best else None
        why = reasons.apart(
            nearest, score, threshold, self._window, vetoed=best is not None and best.vetoed and best.ratio >= 1
        )
        return Filing(
            story=digest("story", tagged.article.id),
            decision="created",
            score=round(score, 4),
            threshold=threshold,
            reasons=why,
        )

    def _copied(self, tagged: TaggedArticle) -> Cluster | None:
        """The story that holds what the article copies or updates, if it still takes articles."""
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
        """Note again which stories have articles of a group, now that one of ``story`` is gone."""
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

    def _keep(self, story: Cluster) -> None:
        self._stories[story.number] = story
        self._search(story.language).put(story)
        heapq.heappush(self._idle, (story.touched, story.number))

    def _expire(self, at: datetime) -> None:
        """Give up the stories in which nothing was filed for the window, by the log's time.

        Not by the time of arrival: a backfill of old articles would then lose each story before its next article.
        """
        while self._idle and self._idle[0][0] + self._window < at:
            touched, number = heapq.heappop(self._idle)
            story = self._stories.get(number)
            if story is not None and story.touched == touched:
                self.undo.note(heapq.heappush, self._idle, (touched, number))
                self._give_up(story)

    def _give_up(self, story: Cluster) -> None:
        self._note(story)
        del self._stories[story.number]
        self._search(story.language).remove(story)
        for key, row in story.rows.items():
            del self._story_of[key]
            self._forget_stays(key, row)
            self.undo.item(self._groups, row.group, dict)
            numbers = self._groups.get(row.group, {})
            numbers.pop(story.number, None)
            if not numbers:
                self._groups.pop(row.group, None)
        self._leaving.extend(story.rows)
        self.undo.note(_shorten, self._leaving, len(story.rows))

    def _tombstones(self) -> dict[str, ArticleRow | None]:
        """The next rows to remove, unless their article has come again and has a row of its own."""
        keys = [self._leaving.popleft() for _ in range(min(TOMBSTONES, len(self._leaving)))]
        self.undo.note(self._leaving.extendleft, reversed(keys))
        return {key: None for key in keys if key not in self._story_of}

    def _note(self, story: Cluster) -> None:
        """Note a story for undo before it changes, begins or is given up."""
        if self.undo.noting:
            self.undo.note(self._take_back, story, dict(story.rows))

    def _take_back(self, story: Cluster, kept: dict[str, ArticleRow]) -> None:
        """Restore a story to the state in which it had the articles ``kept``; none if it began with this message."""
        self._stories.pop(story.number, None)
        for search in self._searches.values():  # it may have failed between two languages, or between two indexes
            search.remove(story)
        if kept:
            before = Cluster.rebuild(story.id, story.number, kept)
            self._story_of.update(dict.fromkeys(kept, before))
            self._keep(before)
        else:
            self._last_number -= 1  # it began with this message

    def _search(self, language: str) -> Search:
        if language not in self._searches:
            self._searches[language] = Search(language, self._window)
        return self._searches[language]

    def _number(self) -> int:
        self._last_number += 1
        return self._last_number


def _filed_at(row: ArticleRow, offset: int) -> Counted | None:
    """How an article was filed by the event at ``offset``."""
    filings: tuple[Counted, ...] = (row, *row.stays)
    for filed in filings:
        if any(version.offset == offset for version in filed.versions):
            return filed
    return None


def _shorten(ids: deque[str], by: int) -> None:
    for _ in range(by):
        ids.pop()


def _seen(row: ArticleRow, tagged: TaggedArticle, offset: int) -> bool:
    """Whether this revision is the latest one that was filed, or older than that.

    Revisions of one second may swap places between `tag`'s processes, since each is tagged for itself. Their order is
    that in which they were fetched, then that of their numbers, which begin anew once dedup has forgotten the article.
    """
    latest = row.versions[-1]
    if offset < latest.offset or tagged.article.revision == latest.revision:
        return True
    fetched = latest.fetched_at or row.fetched_at
    return (tagged.article.fetched_at, rows.number_of(tagged)) < (fetched, latest.number)
