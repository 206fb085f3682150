"""A stored story -> its view, in lists and in events."""

from datetime import datetime
from typing import Literal

from connectors.elastic import records as r
from connectors.views.base import View, publisher_name


class StoryEntity(View, frozen=True, kw_only=True):
    """A name, and how many articles of the story have it."""

    key: str
    name: str
    type: str
    articles: int | None


class HistoryEvent(View, frozen=True, kw_only=True):
    """A merge, or a correction by a person. ``by``: who asked for it; null for a decision of the filing."""

    at: datetime
    what: str
    text: str
    by: str | None


StoryState = Literal["breaking", "growing", "steady", "closed"]


class LatestArticle(View, frozen=True, kw_only=True):
    id: str
    title: str
    publisher: str | None


class StoryView(View, frozen=True, kw_only=True):
    """``sources`` and ``publishers`` are bounded lists of names; the counts are of all.

    ``absorbed``: ids of stories that became part of it, which lead here for ever.
    """

    id: str
    title: str | None
    language: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    articles: int | None
    source_count: int | None
    publisher_count: int | None
    sources: tuple[str, ...]
    publishers: tuple[str, ...]
    entities: tuple[StoryEntity, ...]
    latest: LatestArticle
    absorbed: tuple[str, ...]
    history: tuple[HistoryEvent, ...]


class Growth(View, frozen=True, kw_only=True):
    """What a story took in a day. ``counts``: articles in each hour from ``since``, the last hour is the present one.

    ``sources``: independent sources that the story had not had. ``per_hour``: articles an hour, over the last three.
    """

    since: datetime
    articles: int
    sources: int
    counts: tuple[int, ...]
    per_hour: float


class TrackName(View, frozen=True, kw_only=True):
    id: str
    name: str


class MovingStory(StoryView, frozen=True, kw_only=True):
    """A story in a list. ``languages``, ``countries`` and ``sections``: number of articles by language, by country of
    publisher, and by section as the publisher names it.

    ``tracks``: those that follow the story by its id; null where tracks are not known.
    ``state``: breaking (three sources in its first six hours), growing (half as many articles an hour again in the last
    three hours as in the day before), closed (no article for three days), else steady.
    """

    growth: Growth
    state: StoryState
    languages: dict[str, int]
    countries: dict[str, int]
    sections: dict[str, int]
    tracks: tuple[TrackName, ...] | None


def story(found: r.StoryRecord) -> StoryView:
    told = found.story
    return StoryView(
        id=told.id,
        title=told.title,
        language=told.language,
        first_seen=told.first_seen,
        last_seen=told.last_seen,
        articles=told.articles,
        source_count=told.source_count,
        publisher_count=told.publisher_count,
        sources=told.sources,
        publishers=told.publishers,
        entities=tuple(
            StoryEntity(key=one.key, name=one.name, type=one.type, articles=one.articles)
            for one in found.entities.details
        ),
        latest=LatestArticle(id=found.article.id, title=found.article.title, publisher=publisher_name(found)),
        absorbed=told.absorbed,
        history=tuple(HistoryEvent(at=one.at, what=one.what, text=one.text, by=one.by or None) for one in told.history),
    )
