"""Stores an invented library for the routes that read: stories of the last day, with copies, edits and alerts."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connectors.elastic.admin.install import install
from connectors.elastic.client import async_client, sync_client
from connectors.elastic.names import Family, index_name
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.records import HunkFields, RevisionFields
from connectors.elastic.write.documents import IndexDocument, alert_document, article_document, story_document
from connectors.elastic.write.letters import from_letter
from connectors.elastic.write.writer import Writer
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO, GAZETTE, MAIL
from tests.connectors.elastic import samples

NOW = datetime.now(UTC).replace(microsecond=0)
PIER, LIBRARY, GONE = "5aa1" * 8, "77fe" * 8, "90c3" * 8
BRITISH = replace(GAZETTE, country="GB")


def article(number: int, publisher: m.Publisher, title: str, hours_ago: float, **changed: Any) -> m.CleanArticle:
    return fiction.article(number, publisher, title, fetched_at=NOW - timedelta(hours=hours_ago), **changed)


FIRST = replace(
    fiction.filed(article(1, BRITISH, "Ferry pier closed at Dunmoor", 5, section="Regions")), numbers=("12 t", "3 m")
)
SECOND = replace(
    fiction.filed(article(2, ECHO, "Crane falls on ferry pier", 3)),
    numbers=("12 t",),
    edit=m.Edit(number=1, title_before="Crane falls", added=("The crane weighs 12 t.",), removed=1),
)
REVISIONS = (
    RevisionFields(number=1, fetched_at=NOW - timedelta(hours=2), title_before="Crane falls"),
    RevisionFields(
        number=2,
        fetched_at=NOW - timedelta(hours=1),
        hunks=(
            HunkFields(
                after=1,
                removed=("The crane weighs 9 t.", "The <b>mayor</b> is silent."),
                added=("The crane weighs 12 t.",),
            ),
        ),
        left_out=3,
    ),
)
COPY = fiction.filed(article(3, MAIL, "Pier closed after crane fall", 2), relation=m.Relation.WIRE, new=False)
OTHER = fiction.filed(
    article(4, MAIL, "Mayor opens library", 40, body="The new library opened.", language="sv"), story=LIBRARY
)
ARTICLES = (FIRST, SECOND, COPY, OTHER)
_LETTER = from_letter(samples.letter())
LETTER = IndexDocument(index_name(Family.DEADLETTERS), _LETTER.letter.id, 1, _LETTER)
STORIES = (
    fiction.update(fiction.story(PIER, "Ferry pier closed at Dunmoor", (FIRST, SECOND, COPY)), COPY),
    fiction.update(fiction.story(LIBRARY, "Mayor opens library", (OTHER,)), OTHER),
    replace(
        fiction.update(replace(fiction.story(GONE, "Pier closed", (FIRST,)), articles=0, sources=()), FIRST),
        moved_to=PIER,
    ),
)


def fill(settings: Settings) -> None:
    """After `storywatch init`, with the library stored and searchable."""
    with sync_client(settings) as client:
        install(client, settings)
    store(
        settings,
        [
            *(article_document(one, revisions=REVISIONS if one is SECOND else ()) for one in ARTICLES),
            *(story_document(one) for one in STORIES),
            *(alert_document(one) for one in fiction.ALERTS),
            LETTER,
        ],
    )


def store(settings: Settings, documents: Sequence[IndexDocument]) -> None:
    async def write() -> None:
        async with async_client(settings) as client:
            await Writer(client, settings.index_prefix).write(documents)

    asyncio.run(write())
    with SearchClient(settings) as client:
        Search(client, settings.index_prefix).refresh()


@contextmanager
def stored_for_a_while(settings: Settings, *documents: IndexDocument) -> Iterator[None]:
    """Store documents that other tests of the same server are not to see."""
    store(settings, documents)
    yield
    with sync_client(settings) as client:
        for one in documents:
            client.delete(index=f"{settings.index_prefix}{one.index}", id=one.id, refresh=True)
