"""articles.tagged in; one partition's stories out: each article filed with its reasons, its row and what to publish.

The state is derived from the rows alone, so it is the same after a restart. An event that is read again is answered
with the same words: what was decided stands in the row, counts are made again from the rows up to that event.
"""

import heapq
from collections import deque
from datetime import datetime, timedelta
from typing import ClassVar

from msgspec.structs import replace

from streams.messages import Filing, Relation, Stored, TaggedArticle, digest
from streams.stories import coverage, reasons, rows
from streams.stories.cluster import Cluster
from streams.stories.features import Features, extract, measured
from streams.stories.publish import Filed, answer, answer_again, document
from streams.stories.removal import after_removal
from streams.stories.rows import ArticleRow
from streams.stories.search import Candidate, Search
from streams.undo import Undo

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
        self._groups: dict[str, dict[int, None]] = {}  # copy group -> numbers of its stories, latest last
        self._idle: list[tuple[datetime, int]] = []  # heap of (last touched, story number); outdated ones are skipped
        self._leaving: deque[str] = deque()  # ids of articles given up, whose rows are still to be removed
        self._last_number = 0
        self.undo = Undo()

    def restore(self, key: str, row: ArticleRow) -> None:
        """Take one stored row; they come in any order."""
        self._restored.setdefault((row.story, row.began), {})[key] = row

    def settle(self) -> None:
        """All rows are there: build the stories from them."""
        groups: list[tuple[int, str, Cluster]] = []
        stories = []
        for story, began in sorted(self._restored, key=lambda identity: (identity[1], identity[0])):
            kept = self._restored[story, began]
            stories.append(Cluster.rebuild(story, self._number(), kept))
            groups += [(row.versions[-1].offset, row.group, stories[-1]) for row in kept.values()]
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
        if any(version.offset == offset for version in row.versions):
            return answer(article, row, story.at(offset), offset, at, self._tombstones())
        if _seen(row, article, offset):
            return Filed(None, None, self._tombstones())
        return self._revise(story, row, article, offset, at)

    def _enter(self, tagged: TaggedArticle, offset: int, at: datetime) -> Filed:
        features = extract(tagged)
        key, language = tagged.article.id, tagged.article.language
        story, filing = self._decide(tagged, features)
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
        key = tagged.article.id
        row = rows.revise(row, tagged, extract(tagged), offset, at)
        self._note(story)
        story.revise(key, row)
        self._note_group(row.group, story)
        self._keep(story)
        return answer(tagged, row, story.snapshot(), offset, at, {**self._tombstones(), key: row})

    def _file_again(
        self, tagged: TaggedArticle, stored: Stored, story: Cluster | None, offset: int, at: datetime
    ) -> Filed:
        """An article that runs again keeps its story. Where the story still has its row, all else is derived anew;
        where it has expired, the filing stays as it was stored, and no row is made."""
        if story is None:
            return Filed(document(tagged, stored.filing, stored.coverage, offset), None, self._tombstones(), "kept")
        key = tagged.article.id
        row = story.rows[key]
        latest = row.versions[-1]
        if latest.offset == offset:
            return answer_again(tagged, row, story.at(offset), offset, at, self._tombstones())
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
        del self._story_of[key]
        gone = story.remove(key)
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
            self._search(story.language).remove(story)
        return Filed(None, after_removal(story, gone, offset, at), changed, "forgotten")

    def _decide(self, tagged: TaggedArticle, features: Features) -> tuple[Cluster | None, Filing]:
        arrival = tagged.article.fetched_at
        search = self._search(tagged.article.language)
        copied = self._copied(tagged, arrival)
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

    def _copied(self, tagged: TaggedArticle, arrival: datetime) -> Cluster | None:
        """The story that holds what the article copies or updates, if it still takes articles."""
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
        """Forget that a story has articles of a group, if it has none."""
        numbers = self._groups.get(group, {})
        if any(row.group == group for row in story.rows.values()):
            return
        self.undo.item(self._groups, group, dict)
        numbers.pop(story.number, None)
        if not numbers:
            self._groups.pop(group, None)

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
                self._give_up(story)

    def _give_up(self, story: Cluster) -> None:
        self._note(story)
        del self._stories[story.number]
        self._search(story.language).remove(story)
        for key, row in story.rows.items():
            del self._story_of[key]
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
        """A story is about to change, to begin or to be given up."""
        if self.undo.noting:
            self.undo.note(self._put_back, story, dict(story.rows))

    def _put_back(self, story: Cluster, kept: dict[str, ArticleRow]) -> None:
        """Take back what was changed of a story that had the articles ``kept``."""
        if story.number in self._stories:
            del self._stories[story.number]
            self._search(story.language).remove(story)
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
