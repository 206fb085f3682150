"""Articles of one story become part of another one: by a correction of a person, or by a second thought of the filing.

What follows is a fact with its reasons and numbers, rows of the articles and of what is known of both stories.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from streams.contract.messages import FiledArticle, Refiling, StoryEvent, StoryUpdate
from streams.stories import refile
from streams.stories.cluster import Cluster
from streams.stories.lineage import PREFIX, StoryRow
from streams.stories.open_stories import OpenStories
from streams.stories.publish import AnyRow
from streams.stories.refile import RefiledStory


@dataclass(frozen=True)
class Event:
    """The event of the log that causes a change. ``by``, ``correction``: of a correction by a person."""

    offset: int
    at: datetime
    by: str = ""
    correction: str = ""


@dataclass(frozen=True)
class Regrouped:
    """A story some or all of whose articles are part of another one.

    ``updates`` and ``articles`` tell both stories as they are now: the same event may merge either of them again.
    ``rows``: those to store, a redirect last.
    """

    fact: Refiling
    moved: tuple[str, ...]  # ids of articles
    text: str
    rows: dict[str, AnyRow]
    updates: tuple[StoryUpdate, ...]
    articles: tuple[FiledArticle, ...]


def merge(
    stories: OpenStories, younger: Cluster, older: Cluster, why: str, numbers: Mapping[str, float], event: Event
) -> Regrouped:
    """Make a story part of one that began before it, and a redirect to it."""
    moved = stories.refile(list(younger.rows), younger, older, why, event.offset, pinned=bool(event.by))
    text = f"story {younger.id} became part of this story, with {count_articles(len(moved))}"
    if not event.by:
        text = f"{text}: {why}"
    told = StoryEvent(at=event.at, what="merged", text=text, by=event.by)
    gone, held = row_of(stories, younger.id), row_of(stories, older.id)
    absorbed = (*held.absorbed, *((event.offset, id_) for _, id_ in gone.absorbed), (event.offset, younger.id))
    apart = tuple(id_ for id_ in dict.fromkeys((*held.apart, *gone.apart)) if id_ not in (older.id, younger.id))
    held = replace(held, absorbed=absorbed, apart=apart).with_event(event.offset, told)
    gone = replace(gone, into=older.id, into_at=event.offset)
    stories.set_lineage(held)
    stories.set_lineage(gone)
    fact = Refiling(
        fact="story.merged",
        articles=tuple(moved)[: refile.MOST_NAMED],
        from_=younger.id,
        into=older.id,
        reasons=(why,),
        numbers=dict(numbers),
        by=event.by,
        correction=event.correction,
    )
    rows: dict[str, AnyRow] = {key: after for key, (_, after) in moved.items()}
    rows |= {f"{PREFIX}{older.id}": held, f"{PREFIX}{younger.id}": gone}
    text = f"story {younger.id} became part of story {older.id}"
    return _regrouped(RefiledStory(fact, younger, older, moved), text, rows, event)


def move(
    stories: OpenStories,
    keys: Collection[str],
    source: Cluster,
    into: Cluster | str,
    why: str,
    numbers: Mapping[str, float],
    event: Event,
    *,
    what: Literal["moved", "split", "undone"] = "moved",
) -> Regrouped:
    """Make some articles of a story part of another one, or of a new one with the id ``into``.

    If a person asks for it, both stories are different events from then on.
    """
    moved = stories.refile(keys, source, into, why, event.offset, pinned=bool(event.by))
    target = stories.holding(next(iter(moved)))
    if target is None:
        raise AssertionError("an article that was moved is in a story")
    fact = Refiling(
        fact="article.moved",
        articles=tuple(moved),
        from_=source.id,
        into=target.id,
        reasons=(why,),
        numbers=dict(numbers),
        by=event.by,
        correction=event.correction,
    )
    text = f"{count_articles(len(moved))} moved from story {source.id} to story {target.id}"
    told = StoryEvent(at=event.at, what=what, text=text if event.by else f"{text}: {why}", by=event.by)
    rows: dict[str, AnyRow] = {key: after for key, (_, after) in moved.items()}
    for story, other in ((source, target), (target, source)):
        row = row_of(stories, story.id)
        if event.by:
            row = replace(row, apart=tuple(dict.fromkeys((*row.apart, other.id))))
        row = row.with_event(event.offset, told)
        stories.set_lineage(row)
        rows[f"{PREFIX}{story.id}"] = row
    return _regrouped(RefiledStory(fact, source, target, moved), text, rows, event)


def _regrouped(done: RefiledStory, text: str, rows: dict[str, AnyRow], event: Event) -> Regrouped:
    updates, articles = refile.updates(done, event.offset, event.at), refile.articles(done, event.offset)
    return Regrouped(done.fact, tuple(done.moved), text, rows, tuple(updates), tuple(articles))


def row_of(stories: OpenStories, story: str) -> StoryRow:
    """Return what is known of a story beyond its articles."""
    return stories.lineage.get(story) or StoryRow(id=story)


def count_articles(count: int) -> str:
    return "1 article" if count == 1 else f"{count} articles"
