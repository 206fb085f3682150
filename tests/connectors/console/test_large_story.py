"""A story of thousands of articles has a page of bounded size."""

from datetime import UTC, datetime

from connectors.console.pages.story_lanes import MOST_LANES, MOST_MARKS, copy_trees, picture
from connectors.console.picture.lanes import lanes
from connectors.console.picture.marks import MarkKind
from connectors.elastic import records as r
from connectors.elastic.write.documents import article_document, story_document
from connectors.views import story_page
from streams.contract import messages as m
from tests.connectors.api.library import article
from tests.connectors.cli import fiction

ARTICLES, OUTLETS = 2_000, 50
MOST_BYTES = 80_000  # of the drawing: the page has 150,000


def large_story() -> story_page.StoryPage:
    members = []
    for number in range(1, ARTICLES + 1):
        name = f"outlet{number % OUTLETS}.example"
        outlet = m.Publisher(id=name, name=name, domain=name)
        one = article(number, outlet, f"Harbour wall gives way, report {number}", 72 * (1 - number / ARTICLES))
        members.append(fiction.filed(one, relation=m.Relation.ORIGINAL))
    story = story_document(
        fiction.update(fiction.story("5aa1" * 8, "Harbour wall", tuple(members)), members[-1])
    ).source
    assert isinstance(story, r.StoryRecord)
    records = [source for one in members if isinstance(source := article_document(one).source, r.ArticleRecord)]
    return story_page.page(story, records, [], (), datetime.now(UTC))


def test_the_picture_of_a_large_story_is_small() -> None:
    story = large_story()
    found = picture(story)
    assert found is not None
    marks = [mark for lane in found.lanes for mark in lane.marks]
    assert len(found.lanes) == MOST_LANES
    assert len(marks) <= MOST_MARKS
    assert (found.left_out, found.not_drawn) == (OUTLETS - MOST_LANES, ARTICLES * MOST_LANES // OUTLETS - len(marks))
    assert len(lanes(found.lanes, found.flags, found.label, UTC)) < MOST_BYTES
    assert {mark.kind for mark in marks} == {MarkKind.OWN}
    assert copy_trees(story) == []


def test_each_lane_has_the_first_and_the_latest_article() -> None:
    story = large_story()
    found = picture(story)
    assert found is not None
    for lane in found.lanes:
        times = [one.appeared for one in story.timeline if one.publisher == lane.outlet]
        assert (min(mark.at for mark in lane.marks), max(mark.at for mark in lane.marks)) == (times[0], times[-1])
