"""When the articles of a story appeared where only the day is known, and how each outlet came to the story."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.console.pages.story_outlets import outlet_rows
from connectors.elastic import records as r
from connectors.elastic.read.story_articles import StoryArticles
from connectors.elastic.write.documents import article_document, story_document
from connectors.views.story_page import StoryPage, appearances, page
from streams.contract import messages as m
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO, GAZETTE, MAIL

DAY = datetime(2026, 3, 9, tzinfo=UTC)
ARRIVED = DAY + timedelta(days=3)


def filed(number: int, publisher: m.Publisher, published: datetime, precision: str, **more: Any) -> m.FiledArticle:
    when = m.Timestamp(value=published, precision=precision, source="meta")  # type: ignore[arg-type]
    one = fiction.article(number, publisher, f"Report {number}", fetched_at=ARRIVED, published=when)
    return fiction.filed(one, **more)


ORIGINAL = filed(1, GAZETTE, DAY + timedelta(hours=15), "second")
COPY = filed(2, MAIL, DAY, "day", relation=m.Relation.WIRE, new=False)
LATER = filed(3, ECHO, DAY + timedelta(hours=20), "second")


def records(*articles: m.FiledArticle) -> tuple[r.ArticleRecord, ...]:
    found = [article_document(one).source for one in articles]
    assert all(isinstance(one, r.ArticleRecord) for one in found)
    return tuple(found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "appeared"),
    [
        (DAY, DAY + timedelta(hours=15)),
        (DAY - timedelta(days=1), DAY - timedelta(days=1)),
        (DAY + timedelta(days=1),) * 2,
    ],
)
def test_a_copy_of_a_day_is_not_before_its_text(day: datetime, appeared: datetime) -> None:
    copy = filed(2, MAIL, day, "day", relation=m.Relation.WIRE, new=False)
    assert appearances(records(ORIGINAL, copy))[copy.article.id] == appeared


def test_a_time_that_a_publisher_gives_stays() -> None:
    copy = filed(2, MAIL, DAY + timedelta(hours=3), "second", relation=m.Relation.WIRE, new=False)
    assert appearances(records(ORIGINAL, copy))[copy.article.id] == DAY + timedelta(hours=3)


@pytest.fixture
def story() -> StoryPage:
    articles = (COPY, ORIGINAL, LATER)
    told = fiction.story("5aa1" * 8, "Report 1", articles)
    found = story_document(fiction.update(told, LATER)).source
    assert isinstance(found, r.StoryRecord)
    members = records(*articles)
    return page(found, StoryArticles(members, members), {}, [], None, ARRIVED)


def test_the_timeline_has_the_copy_after_its_text(story: StoryPage) -> None:
    assert [(one.id, one.precision) for one in story.timeline] == [
        (ORIGINAL.article.id, "second"),
        (COPY.article.id, "day"),
        (LATER.article.id, "second"),
    ]
    [group] = story.copies
    assert [(one.at, one.precision) for one in group.copies] == [(DAY + timedelta(hours=15), "day")]


def test_outlets_are_in_order_with_how_they_came(story: StoryPage) -> None:
    rows = outlet_rows(story, {ORIGINAL.article.id: 1, LATER.article.id: 2})
    assert [(row.outlet, row.source, row.how) for row in rows] == [
        (GAZETTE.name, 1, "a report of its own"),
        (MAIL.name, None, f"carries the text of {GAZETTE.name}"),
        (ECHO.name, 2, "a report of its own"),
    ]


def test_a_revision_of_a_copy_is_a_copy(story: StoryPage) -> None:
    verdict = replace(COPY.copy, relation=m.Relation.REVISION, text_relation=m.Relation.WIRE)
    revised = replace(COPY, copy=verdict)
    [found] = page(
        story_document(fiction.update(fiction.story("5aa1" * 8, "x", (revised,)), revised)).source,  # type: ignore[arg-type]
        StoryArticles(records(revised), records(revised)),
        {},
        [],
        None,
        ARRIVED,
    ).timeline
    assert (found.relation, found.text_relation) == ("revision", "wire")
