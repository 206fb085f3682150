"""What a person names to follow, an article, an address or a text -> its story, or a query for what is awaited."""

import re
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import CleanArticle, ContentType, RawArticle, clipped
from streams.contract.urls import is_url
from streams.runtime.settings import Settings

if TYPE_CHECKING:
    from connectors.elastic.read.queries import Search

MOST_TITLE = 100  # characters of the name of a track that awaits a text
_ID = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_one_text = threading.Lock()  # a text takes a second of CPU: a server that gets several compares one after another


class Followed(NamedTuple):
    """A ``story``, or a ``query``. ``title`` is for people."""

    title: str
    story: str | None = None
    query: str = ""


def by_article(what: str, queries: "Search") -> Followed:
    """Return the story of a stored article, by its id or URL; a URL that is not stored is awaited.

    Raises `UsageError` if there is no such article, or for what cannot be the URL of one.
    """
    if is_url(what):
        found = queries.article_by_url(what)
    elif _ID.fullmatch(what):
        found = queries.article(what)
    else:
        raise UsageError(f"{what[:100]!r} is no article's id or URL")
    if found is not None:
        return Followed(found.article.title, story=found.story.id)
    if not is_url(what):
        raise UsageError(
            f"there is no article {what}: `storywatch search` lists ids, and a URL or a text can be awaited"
        )
    return awaited(what, f'url:"{what}"')


def by_text(text: str, name: str, queries: "Search", settings: Settings, now: datetime) -> Followed:
    """Return the story in which an article with this text would be filed, or a query that finds the text.

    ``name``: of the text in messages. Loads the tagger, which takes a second and some 200 MB. Raises `UsageError` for
    a text in which there is no article, `Unavailable` as the queries do.
    """
    raw = text.encode(errors="replace")
    try:
        arrived = RawArticle.arrive(raw, ContentType.TEXT, fetched_at=now, origin=name)
    except Rejected as error:
        raise UsageError(f"{name}: {error}") from error
    return by_words(clean(arrived, name, settings), queries, settings)


def by_words(article: CleanArticle, queries: "Search", settings: Settings) -> Followed:
    """Return what `by_text` does, of a text that is cleaned."""
    from connectors.tracks.story_of_text import nearest_article, query_of_text
    from streams import entities

    with _one_text:
        entities.warm(settings.tagger_weights)
        nearest = nearest_article(queries, article, timedelta(days=settings.story_window_days))
    if nearest is None:
        return Followed(clipped(article.title, MOST_TITLE), query=query_of_text(article))
    story = queries.story(nearest.story.id)
    title = story.story.title if story is not None else None
    return Followed(title or nearest.article.title, story=nearest.story.id)


def awaited(title: str, query: str) -> Followed:
    """Return what an article that has not arrived will answer. Raises `UsageError` for a query that cannot be."""
    from streams.alerts import query as language

    language.parse(query)
    return Followed(title, query=query)


def clean(arrived: RawArticle, name: str, settings: Settings) -> CleanArticle:
    """Clean an arrival by the code of the pipeline. Raises `UsageError` if there is no article in it."""
    from streams import cleaning

    with _one_text:
        cleaning.warm(settings.publishers_file)
        try:
            return cleaning.clean(arrived)
        except Rejected as error:
            raise UsageError(f"{name}: {error}") from error
