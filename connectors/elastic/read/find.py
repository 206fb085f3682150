"""An id, a prefix of one or a URL, as a person gives it -> the stored story or article, or one sentence."""

from collections.abc import Sequence

from connectors.elastic.read.queries import Search
from connectors.elastic.records import ArticleRecord, StoryRecord
from streams.contract.errors import UsageError

ID_CHARACTERS = 32


def find_story(queries: Search, key: str) -> StoryRecord:
    """Return the story with this id or prefix of one. Raises `UsageError` if there is none or more than one."""
    found = queries.story(key)
    if found is None:
        raise UsageError(f"there is no story {key}: `storywatch stories` lists their ids")
    return found


def find_surviving_story(queries: Search, key: str) -> StoryRecord:
    """As `find_story`, but of a story that was merged the one that has its articles now."""
    held = queries.surviving(find_story(queries, key))
    if held is None:
        raise UsageError(f"story {key} was merged into one that is not stored")
    return held


def find_article(queries: Search, key: str) -> ArticleRecord:
    """Return the stored article with this id, prefix of an id or URL. Raises `UsageError` if there is none."""
    is_url = key.lower().startswith(("http://", "https://"))
    found = queries.article_by_url(key) if is_url else queries.article_by_prefix(key)
    if found is None:
        raise UsageError(f"article {key} is not stored: `storywatch trace` tells where it is")
    return found


def find_articles(queries: Search, keys: Sequence[str]) -> list[ArticleRecord]:
    """As `find_article`, of many. Those named by their whole ids are read together."""
    whole = [key for key in keys if len(key) == ID_CHARACTERS]
    stored = {one.article.id: one for one in queries.articles(whole)} if len(whole) > 1 else {}
    return [stored[key] if key in stored else find_article(queries, key) for key in keys]
