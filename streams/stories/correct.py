"""A correction by a person -> what changes in the stories of a partition, or the reason why nothing does.

A correction is a message of the same log as the articles, so that it is decided between two of them, and a replay
decides it alike. Of two corrections that contradict each other the later one is refused, with a reason.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from streams.contract.messages import FiledArticle, StoryCorrection, StoryEvent, StoryUpdate, digest
from streams.stories import refile, regroup
from streams.stories.cluster import Cluster
from streams.stories.lineage import MOST_TITLES, PREFIX, StoryRow, end_of
from streams.stories.publish import AnyRow, FilingResult
from streams.stories.state import Stories

MOST_MOVED = 1_000  # articles in one correction: each is a row and a message, within which nothing else is filed
MOST_OTHERS = 50  # articles of the other side that a correction names
MOST_TITLE = 300  # characters


class _RefusedError(Exception):
    """The correction does not apply; the text is for the person who asked for it."""


@dataclass
class _Done:
    """What a correction did."""

    outcome: str
    refiled: tuple[FiledArticle, ...] = ()
    told: Sequence[StoryUpdate] = ()
    rows: dict[str, AnyRow] = field(default_factory=dict)
    said: StoryCorrection | None = None  # the correction with what was found


def correct(
    stories: Stories, asked: StoryCorrection, undone: StoryCorrection | None, offset: int, at: datetime
) -> FilingResult:
    """Apply a correction. ``undone``: the one that it takes back, of an undo."""
    if stories.is_repeated(offset, at):
        return FilingResult(None, None, {}, "repeated")
    event = _Event(stories, asked, undone, offset, at)
    try:
        done = event.apply()
    except _RefusedError as error:
        refused = replace(asked, state="refused", outcome=str(error))
        return FilingResult(None, None, {}, "refused", corrections=(refused,))
    said = replace(done.said or asked, state="applied", outcome=done.outcome)
    return FilingResult(
        None,
        None,
        done.rows,
        "corrected",
        changes=tuple(done.told),
        refiled=done.refiled,
        corrections=(said,) if undone is None else (said, replace(undone, undone=asked.id)),
    )


@dataclass
class _Event:
    """One correction in its place in the log."""

    stories: Stories
    asked: StoryCorrection
    undone: StoryCorrection | None
    offset: int
    at: datetime

    def apply(self) -> _Done:
        actions: dict[str, Callable[[], _Done]] = {
            "merge": self._merge,
            "split": self._split,
            "move": self._move,
            "rename": self._rename,
            "pin": self._pin,
            "undo": self._undo,
        }
        return actions[self.asked.action]()

    # --- the corrections ----------------------------------------------------------------------------------------

    def _merge(self) -> _Done:
        one, other = self._story(self.asked.story), self._story(self.asked.into)
        return self._merged(one, other, f"{self.asked.by} says that both tell the same event")

    def _split(self) -> _Done:
        source = self._story(self.asked.story)
        keys = self._members(source, self.asked.articles)
        if len(keys) == len(source.rows):
            raise _RefusedError(f"all articles of story {source.id} are named: nothing would be left in it")
        into = digest("story", self.asked.id)
        done = self._moved(keys, source, into, "split", f"{self.asked.by} says that it tells another event")
        done.rows |= self._pinned(source, source.rows)
        return done

    def _move(self) -> _Done:
        target = self._story(self.asked.into)
        source = self._story(self.asked.story)
        keys = self._members(source, self.asked.articles)
        if source is target:
            raise _RefusedError(f"it is in story {target.id} already")
        if len(keys) == len(source.rows):
            return self._merged(source, target, f"{self.asked.by} says that it belongs to this story")
        return self._moved(keys, source, target, "moved", f"{self.asked.by} says that it belongs to this story")

    def _rename(self) -> _Done:
        story = self._story(self.asked.story)
        title = " ".join(self.asked.title.split())[:MOST_TITLE]
        if not title:
            raise _RefusedError("a title has at least one character")
        return self._titled(story, title)

    def _titled(self, story: Cluster, title: str) -> _Done:
        before = story.lineage.title if story.lineage else ""
        row = regroup.row_of(self.stories, story.id)
        row = replace(row, titles=(*row.titles, (self.offset, title))[-MOST_TITLES:])
        text = f'is called "{title}"' if title else "is called after an article again"
        return self._said(story, row, "renamed", text, replace(self.asked, title=title, title_before=before))

    def _pin(self) -> _Done:
        story = self._story(self.asked.story)
        keys = self._members(story, self.asked.articles or tuple(story.rows)[:MOST_MOVED])
        pinned = self._pinned(story, keys)
        row = regroup.row_of(self.stories, story.id)
        done = self._said(story, row, "pinned", f"{len(keys)} articles stay in this story", self.asked)
        done.rows = {**pinned, **done.rows}
        done.said = replace(self.asked, articles=tuple(keys), others=self._some(story, keys))
        return done

    # --- undo ---------------------------------------------------------------------------------------------------

    def _undo(self) -> _Done:
        undone = self.undone
        if undone is None or undone.state != "applied" or undone.action == "undo":
            raise _RefusedError("only a correction that was applied can be undone")
        actions: dict[str, Callable[[StoryCorrection], _Done]] = {
            "merge": self._unmerge,
            "split": self._unsplit,
            "move": self._unmove,
            "rename": self._unrename,
            "pin": self._unpin,
        }
        return actions[undone.action](undone)

    def _unmerge(self, undone: StoryCorrection) -> _Done:
        row = self.stories.lineage.get(undone.story)
        if row is None or not row.into:
            raise _RefusedError(f"story {undone.story} is no part of another story: it was undone already")
        source = self._story(end_of(undone.story, self.stories.lineage))
        keys = [key for key in undone.articles if key in source.rows]
        if not keys or len(keys) == len(source.rows):
            raise _RefusedError(f"story {source.id} has {'only' if keys else 'none of'} the articles that were merged")
        self.stories.set_lineage(replace(row, into="", into_at=-1))
        held = regroup.row_of(self.stories, source.id)
        self.stories.set_lineage(replace(held, absorbed=tuple(one for one in held.absorbed if one[1] != row.id)))
        return self._moved(keys, source, row.id, "undone", f"{self.asked.by} takes back that both tell the same event")

    def _unsplit(self, undone: StoryCorrection) -> _Done:
        one, other = self._story(undone.into), self._story(end_of(undone.story, self.stories.lineage))
        return self._merged(one, other, f"{self.asked.by} takes back that both are different events")

    def _unmove(self, undone: StoryCorrection) -> _Done:
        source = self._story(end_of(undone.into, self.stories.lineage))
        former = self.stories.lineage.get(undone.story)
        if former is not None and former.into:
            return self._unmerge(undone)
        target = self._story(undone.story)
        keys = self._members(source, undone.articles)
        why = f"{self.asked.by} takes back that it belongs to story {source.id}"
        if source is target:
            raise _RefusedError(f"it is in story {target.id} already")
        if len(keys) == len(source.rows):
            return self._merged(source, target, why)
        return self._moved(keys, source, target, "undone", why)

    def _unrename(self, undone: StoryCorrection) -> _Done:
        story = self._story(end_of(undone.story, self.stories.lineage))
        if regroup.row_of(self.stories, story.id).title != undone.title:
            raise _RefusedError(f"the title of story {story.id} was changed since")
        return self._titled(story, undone.title_before)

    def _unpin(self, undone: StoryCorrection) -> _Done:
        story = self._story(end_of(undone.story, self.stories.lineage))
        keys = self._members(story, undone.articles)
        freed: dict[str, AnyRow] = {**self.stories.pin(keys, story, pinned=False)}
        done = self._said(
            story, regroup.row_of(self.stories, story.id), "undone", f"{len(keys)} articles are not pinned any more"
        )
        done.rows = {**freed, **done.rows}
        return done

    # --- what they share ----------------------------------------------------------------------------------------

    def _story(self, id_: str) -> Cluster:
        """Return the story that has articles. Raises `_RefusedError`."""
        end = end_of(id_, self.stories.lineage)
        if end != id_:
            raise _RefusedError(f"story {id_} became part of story {end}")
        found = self.stories.find(id_)
        if found is None:
            raise _RefusedError(f"story {id_} is closed: it takes no more articles, and nothing in it changes")
        return found

    def _members(self, story: Cluster, articles: Collection[str]) -> list[str]:
        """Return articles of a story. Raises `_RefusedError` if one of them is not in it."""
        if not 0 < len(articles) <= MOST_MOVED:
            raise _RefusedError(f"name from 1 to {MOST_MOVED:,} articles")
        for key in articles:
            held = self.stories.holding(key)
            if held is None:
                raise _RefusedError(f"article {key} is in no story that is still open")
            if held is not story:
                raise _RefusedError(f"article {key} is in story {held.id} now, not in {story.id}")
        return list(dict.fromkeys(articles))

    def _merged(self, one: Cluster, other: Cluster, why: str) -> _Done:
        if one is other:
            raise _RefusedError(f"both are story {one.id}")
        older, younger = sorted((one, other), key=lambda story: (story.began, story.id))
        if len(younger.rows) > MOST_MOVED:
            raise _RefusedError(f"story {younger.id} has more than {MOST_MOVED:,} articles: it cannot be merged")
        others = self._some(older, ())
        pinned = self._pinned(older, list(older.rows)[-MOST_MOVED:])
        done = regroup.merge(self.stories, younger, older, why, {}, self._event)
        done_rows: dict[str, AnyRow] = {**pinned, **done.rows}
        said = replace(self.asked, story=younger.id, into=older.id, articles=done.moved, others=others)
        return _Done(done.text, done.articles, done.updates, done_rows, said)

    def _moved(
        self, keys: list[str], source: Cluster, into: Cluster | str, what: Literal["moved", "split", "undone"], why: str
    ) -> _Done:
        """Move articles, and say that the two stories are different events."""
        others = self._some(source, keys)
        done = regroup.move(self.stories, keys, source, into, why, {}, self._event, what=what)
        fact = done.fact
        said = replace(self.asked, story=fact.from_, into=fact.into, articles=fact.articles, others=others)
        return _Done(done.text, done.articles, done.updates, done.rows, said)

    def _said(self, story: Cluster, row: StoryRow, what: str, text: str, said: StoryCorrection | None = None) -> _Done:
        event = StoryEvent(at=self.at, what=what, text=text, by=self.asked.by)  # type: ignore[arg-type]
        row = row.with_event(self.offset, event)
        self.stories.set_lineage(row)
        update = refile.latest_update(story, self.offset, self.at)
        return _Done(f"story {story.id} {text}", told=[update], rows={f"{PREFIX}{story.id}": row}, said=said)

    @property
    def _event(self) -> regroup.Event:
        return regroup.Event(self.offset, self.at, self.asked.by, self.asked.id)

    def _pinned(self, story: Cluster, keys: Collection[str]) -> dict[str, AnyRow]:
        return {**self.stories.pin(list(keys)[:MOST_MOVED], story, pinned=True)}

    def _some(self, story: Cluster, without: Collection[str]) -> tuple[str, ...]:
        """Return the latest articles of a story, without some."""
        excluded = frozenset(without)
        return tuple(key for key in story.rows if key not in excluded)[-MOST_OTHERS:]
