"""The questions of `Library`, asked of `storywatch serve` at another place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
import urllib3

from connectors.connectivity import failure_reason
from connectors.views.choices import AlertChoice, ArticleChoice, StoryChoice
from connectors.views.library import AlertList, ArticleList, StoryList, StorySort
from connectors.views.story_page import StoryPage
from streams.contract.errors import StorywatchError, Unavailable, UsageError
from streams.runtime.credentials import secret
from streams.runtime.settings import Settings

MOST_ITEMS = 200  # of a part of a list
SECONDS = 60.0
SETTING = "STORYWATCH_API"
MOST_MOVES = 5  # from one story to another one
_ANSWERS = (HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.PERMANENT_REDIRECT)

T = TypeVar("T", StoryList, ArticleList, AlertList)
V = TypeVar("V")


class _Told(msgspec.Struct):
    """The body of an error answer, as far as it is used here."""

    detail: str


class RemoteLibrary:
    """Answers by HTTP, with the key of `STORYWATCH_API_KEY`.

    Methods raise `Unavailable` when the server or what is behind it is away, else `UsageError` with its sentence.
    """

    def __init__(self, settings: Settings, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{SETTING} is not an address such as http://127.0.0.1:8470: {address}")
        key = secret("API_KEY", settings.api_key, settings.api_key_file)
        if key is None:
            raise UsageError(
                f"{SETTING} is set without a key: set STORYWATCH_API_KEY, which `storywatch key add` makes"
            )
        self._address = address.rstrip("/")
        self._client = urllib3.PoolManager(retries=False, timeout=SECONDS, headers={"Authorization": f"Bearer {key}"})

    def stories(self, choice: StoryChoice, sort: StorySort = "time", *, limit: int = 20) -> StoryList:
        having = choice.having
        return self._list(
            "stories",
            StoryList,
            limit,
            {
                **_articles(having),
                "sort": sort,
                "language": choice.languages,
                "sources": choice.least_sources,
                "since": choice.since,
                "until": choice.until,
            },
        )

    def articles(self, choice: ArticleChoice, *, limit: int = 20) -> ArticleList:
        period = {"since": choice.since, "until": choice.until}
        return self._list("articles", ArticleList, limit, {**_articles(choice), **period})

    def alerts(self, choice: AlertChoice, *, limit: int = 20) -> AlertList:
        given = {name: getattr(choice, name) for name in ("track", "story", "receiver", "status", "since", "until")}
        return self._list("alerts", AlertList, limit, given)

    def story(self, id: str) -> StoryPage | None:  # noqa: A002
        """The page of a story, or of the one that has its articles now."""
        path = f"/v1/stories/{quote(id, safe='')}"
        for _ in range(MOST_MOVES):
            answer = self._get(path, {})
            if answer.status != HTTPStatus.PERMANENT_REDIRECT:
                return None if answer.status == HTTPStatus.NOT_FOUND else _decoded(answer.data, StoryPage)
            path = answer.headers.get("Location", "")
        return None

    def _list(self, path: str, kind: type[T], limit: int, given: dict[str, Any]) -> T:
        """The first ``limit`` items, over as many parts as that takes."""
        items: list[Any] = []
        cursor: str | None = None
        while True:
            asked = {**given, "limit": min(limit - len(items), MOST_ITEMS), "cursor": cursor}
            part = _decoded(self._get(f"/v1/{path}", asked).data, kind)
            items += part.items
            cursor = part.next
            if cursor is None or len(items) >= limit:
                return kind(items=tuple(items), next=cursor)

    def _get(self, path: str, given: dict[str, Any]) -> urllib3.BaseHTTPResponse:
        """The answer of this server. Raises for each status but those of `_ANSWERS`."""
        fields = [(name, text) for name, value in given.items() for text in _texts(value)]
        with self._explained():
            answer = self._client.request("GET", self._address + path, fields=fields)
        if answer.status in _ANSWERS:
            return answer
        try:
            detail = msgspec.json.decode(answer.data, type=_Told).detail
        except (msgspec.DecodeError, UnicodeDecodeError):
            detail = f"it answers {answer.status}"
        raise self._error(answer.status, f"{self._address}: {detail}")

    def _error(self, status: int, line: str) -> StorywatchError:
        return Unavailable(line) if status == 429 or status >= 500 else UsageError(line)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(f"{self._address} ({SETTING}) does not answer ({failure_reason(error)})") from error

    def close(self) -> None:
        self._client.clear()


def _articles(choice: ArticleChoice) -> dict[str, Any]:
    return {
        "query": choice.query,
        "entity": choice.entity,
        "publisher": choice.publishers,
        "language": choice.languages,
        "country": choice.countries,
        "section": choice.sections,
        "story": choice.story,
    }


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [str(one) for one in value]
    return [value.isoformat() if isinstance(value, datetime) else str(value)]


def _decoded(body: bytes, kind: type[V]) -> V:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"what {SETTING} names answers something else than Storywatch of this version: {error}"
        ) from error
