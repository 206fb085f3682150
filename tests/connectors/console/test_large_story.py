"""A story of thousands of articles has a page of bounded size, made of a bounded number of documents."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.console.pages.story_lanes import (
    MOST_COPIES,
    MOST_LANES,
    MOST_MARKS,
    copy_trees,
    groups_of_part,
    is_whole,
    picture,
    source_numbers,
)
from connectors.console.picture.lanes import lanes
from connectors.console.picture.marks import MarkKind
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.read import story_articles
from connectors.elastic.read.client import SearchClient
from connectors.elastic.write.documents import article_document, story_document
from connectors.views.library import Library
from connectors.views.story_page import StoryPage
from deploy.stack import running
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.connectors.api.library import article, store
from tests.connectors.cli import fiction

ARTICLES, OUTLETS, COPIES = 1_000, 50, 240
SOURCES = 60
STORY = "5aa1" * 8
MOST_BYTES = 80_000  # of the drawing: the page has 150,000
MOST_DOCUMENTS = 600


class CountingClient(SearchClient):
    """Counts the articles that searches return."""

    documents = 0

    def search(self, index: str | None, /, *, ignore_missing: bool = False, **body: Any) -> dict[str, Any]:
        answer = super().search(index, ignore_missing=ignore_missing, **body)
        self.documents += len(answer["hits"]["hits"])
        return answer


def members() -> list[m.FiledArticle]:
    """The last ones are copies of the first; every hundredth was edited."""
    made: list[m.FiledArticle] = []
    for number in range(1, ARTICLES + 1):
        name = f"outlet{number % OUTLETS}.example"
        outlet = m.Publisher(id=name, name=name, domain=name)
        one = article(number, outlet, f"Harbour wall gives way, report {number}", 72 * (1 - number / ARTICLES))
        copied = number > ARTICLES - COPIES
        relation = m.Relation.WIRE if copied else m.Relation.ORIGINAL
        filed = replace(
            fiction.filed(one, relation=relation, new=number <= SOURCES, story=STORY), numbers=(f"{number % 3} t",)
        )
        if number % 100 == 0:
            edit = m.Edit(number=1, title_before="Harbour wall", added=("More.",), removed=0)
            filed = replace(filed, edit=edit)
        made.append(filed)
    return made


@pytest.fixture(scope="module")
def client(stack_folder: Path) -> Iterator[CountingClient]:
    found = running(stack_folder)
    assert found is not None
    settings = Settings(kafka=found.kafka, elasticsearch=found.elasticsearch, topic_prefix="large-")
    with sync_client(settings) as official:
        install(official, settings)
    told = members()
    story = fiction.update(fiction.story(STORY, "Harbour wall", tuple(told)), told[-1])
    store(settings, [*map(article_document, told), story_document(story)])
    with CountingClient(settings) as client:
        yield client


@pytest.fixture(scope="module")
def library(client: CountingClient) -> Library:
    return Library(client, "large-storywatch-")


@pytest.fixture(scope="module")
def story(library: Library, client: CountingClient) -> StoryPage:
    before = client.documents
    found = library.story(STORY)
    assert isinstance(found, StoryPage)
    assert client.documents - before < MOST_DOCUMENTS
    return found


def test_counts_are_those_of_all_articles(story: StoryPage) -> None:
    totals = story.totals
    assert (totals.articles, totals.copies, totals.edits, totals.outlets) == (ARTICLES, COPIES, 10, OUTLETS)
    assert story.languages == {"en": ARTICLES}
    assert {one.figure: one.count for one in story.figures} == {"1 t": 334, "2 t": 333, "0 t": 333}
    assert not is_whole(story)


def test_the_first_of_each_outlet_and_the_newest_are_shown(story: StoryPage) -> None:
    assert [one.article for one in story.entered] == [f"{number:032x}" for number in range(1, OUTLETS + 1)]
    shown = {one.id for one in story.timeline}
    assert {f"{number:032x}" for number in range(1, OUTLETS + 1)} <= shown
    assert story.timeline[-1].id == f"{ARTICLES:032x}"
    assert [one.article for one in story.edits] == [f"{number:032x}" for number in range(100, ARTICLES + 1, 100)]
    assert len(source_numbers(story)) == SOURCES


def test_the_copies_shown_have_their_original(story: StoryPage) -> None:
    (tree,) = copy_trees(story)
    assert (tree.id, tree.below) == (f"{1:032x}", MOST_COPIES)


def test_articles_are_read_a_part_at_a_time(library: Library, story: StoryPage, client: CountingClient) -> None:
    own = ARTICLES - COPIES
    before = client.documents
    newest = library.originals(STORY, 0, 30)
    assert [one.article.id for one in newest.articles] == [f"{number:032x}" for number in range(own, own - 30, -1)]
    assert (newest.total, newest.copied) == (own, {})
    oldest = library.originals(STORY, own - 5, 30)
    last = groups_of_part(oldest, source_numbers(story))[-1]
    assert (last.article.id, last.source, last.copied) == (f"{1:032x}", 1, COPIES)
    assert len(last.copies) == story_articles.FIRST_COPIES
    assert library.originals(STORY, 5_000, 30).begin == own - 1
    assert client.documents - before < 100


def test_the_picture_of_a_large_story_is_small(story: StoryPage) -> None:
    found = picture(story)
    assert found is not None
    marks = [mark for lane in found.lanes for mark in lane.marks if mark.kind is not MarkKind.EDIT]
    assert len(found.lanes) == MOST_LANES
    assert len(marks) <= MOST_MARKS
    assert (found.left_out, found.not_drawn) == (OUTLETS - MOST_LANES, ARTICLES - len(marks))
    assert len(lanes(found.lanes, found.flags, found.label, UTC)) < MOST_BYTES


def test_each_lane_has_the_first_and_the_latest_article(story: StoryPage) -> None:
    found = picture(story)
    assert found is not None
    for lane in found.lanes:
        times = [one.appeared for one in story.timeline if one.publisher == lane.outlet]
        assert (min(mark.at for mark in lane.marks), max(mark.at for mark in lane.marks)) == (times[0], times[-1])
