"""``GET /v1/export/{what}``: all of something, as lines of JSON."""

import contextlib
from collections.abc import AsyncIterator, Generator
from datetime import UTC, datetime
from typing import Annotated

from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter
from litestar.response import Stream

from connectors.api.access.guard import Access
from connectors.api.problems import busy
from connectors.api.push.articles import BodyType
from connectors.api.read import parameters as p
from connectors.api.read.answers import Answers
from connectors.api.read.route import read_route
from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.views.choices import AlertChoice, ArticleChoice, StoryChoice
from connectors.views.export_lines import ExportKind
from connectors.views.library import Library
from streams.contract.errors import StorywatchError

MOST_AT_A_TIME = 2
RETRY_SECONDS = 30


class Exports:
    """Counts the exports in progress, since each of them may take minutes of Elasticsearch."""

    def __init__(self, library: Library, answers: Answers) -> None:
        self._library = library
        self._answers = answers
        self._running = 0

    def check_room(self) -> None:
        """Raises `ProblemError` while `MOST_AT_A_TIME` run."""
        if self._running >= MOST_AT_A_TIME:
            raise busy("too many exports at a time", RETRY_SECONDS)

    async def lines(self, what: ExportKind, filters: list[q.Query]) -> AsyncIterator[bytes]:
        """The lines, a part at a time. An error on the way ends the answer before its end, as clients notice."""
        self._running += 1
        parts = self._library.lines(what, filters)
        try:
            while part := await self._answers.run(lambda: next(parts, b"")):
                yield part
        finally:
            self._running -= 1
            self._answers.start(lambda: _end(parts))


def _end(parts: Generator[bytes, None, None]) -> None:
    """Release what the server holds for the export; after five minutes it does so by itself."""
    with contextlib.suppress(ValueError, StorywatchError):  # a thread that still reads a part; a server that is away
        parts.close()


def export_route(access: Access, exports: Exports) -> HTTPRouteHandler:
    @read_route(
        access, "/v1/export/{what:str}", "Export articles, stories or alerts", "export", media_type=BodyType.LINES
    )
    async def export(
        what: Annotated[ExportKind, PathParameter(description="What to export.")],
        words: p.Query = None,
        entity: p.Entity = None,
        publisher: p.Publishers = None,
        language: p.Languages = None,
        country: p.Countries = None,
        section: p.Sections = None,
        story: p.Story = None,
        track: p.Track = None,
        since: p.Since = None,
        until: p.Until = None,
    ) -> Stream:
        """The lines of `storywatch export`, the oldest first, as of now. A connection that breaks was not all of it."""
        now = datetime.now(UTC)
        from_, to = p.period(since, until, now)
        exports.check_room()
        filters: list[q.Query]
        if what == "articles":
            choice = ArticleChoice(
                query=words,
                entity=entity,
                publishers=tuple(publisher or ()),
                languages=tuple(language or ()),
                countries=tuple(country or ()),
                sections=tuple(section or ()),
                story=story,
                since=from_,
                until=to,
            )
            asked = choice.words(now)
            filters = [*choice.filters(), *([asked] if asked is not None else [])]
        elif what == "stories":
            of_story = StoryChoice(languages=tuple(language or ()), since=from_, until=to)
            filters = [
                *of_story.filters(),
                *([q.words_in(words, Family.STORIES, now)] if words is not None else []),
                *([q.names_entity(entity)] if entity is not None else []),
            ]
        else:
            filters = AlertChoice(track=track, story=story, since=from_, until=to).filters()
        return Stream(exports.lines(what, filters), media_type=BodyType.LINES)

    return export
