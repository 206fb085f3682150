"""Where the marks of a row stand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from connectors.console.pages.row_marks import marks_of
from connectors.console.picture.marks import MarkKind
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.index import Index
from connectors.elastic.write.documents import alert_document, article_document
from deploy.stack import running
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.connectors.api.library import store
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO, GAZETTE, MAIL

STORY = "5aa1" * 8
DAY = datetime(2026, 3, 9, tzinfo=UTC)
ARRIVED = DAY + timedelta(days=3)
NOON = DAY + timedelta(hours=12)


def filed(number: int, publisher: m.Publisher, published: m.Timestamp | None, **more: object) -> m.FiledArticle:
    one = fiction.article(number, publisher, f"Report {number}", fetched_at=ARRIVED, published=published)
    return fiction.filed(one, story=STORY, **more)  # type: ignore[arg-type]


@pytest.fixture
def index(stack_folder: Path) -> Index:
    found = running(stack_folder)
    assert found is not None
    settings = Settings(kafka=found.kafka, elasticsearch=found.elasticsearch, topic_prefix="marks-")
    with sync_client(settings) as official:
        install(official, settings)
    original = filed(1, GAZETTE, m.Timestamp(value=NOON, precision="second", source="meta"))
    copy = filed(2, MAIL, m.Timestamp(value=DAY, precision="day", source="meta"), relation=m.Relation.WIRE, new=False)
    undated = replace(filed(3, ECHO, None), edit=m.Edit(number=1, removed=1))
    alert = replace(fiction.ALERTS[0], story=fiction.story(STORY, "Report 1", (original,)))
    alert = replace(alert, article=fiction.reference(original))
    store(settings, [*map(article_document, (original, copy, undated)), alert_document(alert)])
    return Index(SearchClient(settings), settings.index_prefix)


def test_marks_stand_where_their_articles_appeared(index: Index) -> None:
    found = sorted((mark.kind, mark.at) for mark in marks_of(index, [STORY], None)[STORY])
    assert found == sorted(
        [
            (MarkKind.OWN, NOON),
            (MarkKind.COPY, NOON),  # of which only the day is known
            (MarkKind.OWN, ARRIVED),
            (MarkKind.EDIT, ARRIVED),
            (MarkKind.ALERT, NOON),
        ]
    )


def test_what_appeared_before_the_chosen_time_is_at_its_begin(index: Index) -> None:
    since = DAY + timedelta(days=2)
    marks = marks_of(index, [STORY], since)[STORY]
    assert min(mark.at for mark in marks) == since
    assert marks_of(index, [], None) == {}
