"""Which stories of one partition are open, which articles each of them has, and the indexes by which both are found.

All of it derives from the rows, so it is the same after a restart.
"""

import heapq
from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from streams.contract.undo import Undo
from streams.stories import coverage, rows
from streams.stories.cluster import Cluster
from streams.stories.former import FormerFilings
from streams.stories.lineage import PREFIX, StoryRow
from streams.stories.publish import AnyRow
from streams.stories.refile import refiled
from streams.stories.rows import AnyFiling, FilingRow
from streams.stories.search import StorySearch
from streams.stories.similarity.vectors import Vector

TOMBSTONES = 200  # rows removed in one call, so that an old story of thousands does not block the stream


class OpenStories:
    """The open stories of one partition. Offsets and log times come in rising order."""

    # rows of articles are arrays, those of stories are maps
    Row: ClassVar[Any] = FilingRow | dict[str, Any]

    def __init__(self, *, window: timedelta) -> None:
        """``window``: how long after its last article a story takes new ones and keeps its rows."""
        self._window = window
        self._restored: dict[tuple[str, int], dict[str, FilingRow]] = {}
        self._searches: dict[str, StorySearch] = {}  # by language
        self._stories: dict[int, Cluster] = {}  # by number
        self._by_id: dict[str, Cluster] = {}
        self._story_of: dict[str, Cluster] = {}  # by article id
        self._groups: dict[str, dict[int, None]] = {}  # copy group -> numbers of its stories, latest last
        self._idle: list[tuple[datetime, int]] = []  # heap of (last touched, story number), some of them outdated
        self.lineage: dict[str, StoryRow] = {}  # by story id
        self._handled = -1  # the highest offset of a row: every event before that one is complete
        self._tombstones_due: deque[str] = deque()  # ids of expired articles whose rows are still to be removed
        self._last_number = 0
        self.undo = Undo()
        self._former = FormerFilings(self.undo)

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
                self._former.note(key, row)
        self._restored = {}
        for story_ in sorted(stories, key=lambda story: story.last_offset):
            self._story_of.update(dict.fromkeys(story_.rows, story_))
            self._index(story_)
        for _, group, story_ in sorted(groups, key=lambda event: event[0]):
            self._note_group(group, story_)

    def near(self, row: FilingRow) -> list[Cluster]:
        """Return the stories that share most words with an article; with its headline if it has no body."""
        search = self._search(row.language)
        if row.body:
            return search.near(Vector.unpack(row.body), row.fetched_at)
        return search.near_title(Vector.unpack(row.title), row.fetched_at)

    def find(self, story: str) -> Cluster | None:
        """Return the story with this id, if it has articles."""
        return self._by_id.get(story)

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
            self._former.forget(key, before)
            self._former.note(key, after)
        target.put_in_order()
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
        before = {key: row.before_refiling(offset) for key, row in kept.items()}
        lineage = {id_: row.before(offset) for id_, row in self.lineage.items()}
        if before == kept and lineage == self.lineage:
            return
        self.undo.note(_cannot_undo)
        self._searches, self._stories, self._by_id, self._story_of = {}, {}, {}, {}
        self._former = FormerFilings(self.undo)
        self._groups, self._idle, self._last_number, self.lineage = {}, [], 0, lineage
        for key, row in before.items():
            self.restore(key, row)
        self.build_indexes()

    def _index(self, story: Cluster) -> None:
        self._stories[story.number] = story
        self._by_id[story.id] = story
        self._search(story.language).put(story)
        heapq.heappush(self._idle, (story.touched, story.number))

    def _unindex(self, story: Cluster) -> None:
        if self._stories.pop(story.number, None) is not None:
            del self._by_id[story.id]
            self._search(story.language).remove(story)

    def _filings_of(self, filed: AnyFiling) -> list[tuple[str, AnyFiling]]:
        """Return all filings that the story of ``filed`` counts or has counted, by article id."""
        story = self.find(filed.story)
        there: list[tuple[str, AnyFiling]] = (
            list(story.rows.items()) if story is not None and story.began == filed.began else []
        )
        return [*there, *self._former.of(filed)]

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
        self._unindex(story)
        for key, row in story.rows.items():
            del self._story_of[key]
            self._former.forget(key, row)
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
        if self._by_id.get(story.id, story).number == story.number:
            self._by_id.pop(story.id, None)
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


def _cannot_undo() -> None:
    raise RuntimeError("the state was built again: it has to be built from its rows")


def _drop_last(ids: deque[str], by: int) -> None:
    for _ in range(by):
        ids.pop()
