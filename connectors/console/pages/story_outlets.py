"""A story's page -> how each outlet came to the story, in the order in which their first articles appeared."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.console.pages.story_lanes import NO_PUBLISHER
from connectors.views.articles import StoryArticle
from connectors.views.story_page import Entered, StoryPage
from streams.contract.messages import Relation

MOST_OUTLETS = 40
_HOW: Mapping[str, str] = {
    Relation.EXACT: "copy of",
    Relation.NEAR: "nearly a copy of",
    Relation.WIRE: "carries the text of",
    Relation.UPDATE: "update of",
}


@dataclass(frozen=True)
class OutletRow:
    """``source``: the number of the independent source that its first article brought; ``how``: in words.

    ``shown``: that article, if it is one of the timeline.
    """

    outlet: str
    article: str
    source: int | None
    how: str
    shown: StoryArticle | None


def outlet_rows(story: StoryPage, sources: Mapping[str, int]) -> list[OutletRow]:
    """The first `MOST_OUTLETS`. ``sources``: article -> the number of the independent source that it brought."""
    known = {one.id: one for one in story.timeline}
    places = {id_: place for place, id_ in enumerate(known)}
    rows = [
        OutletRow(
            outlet=one.publisher or NO_PUBLISHER,
            article=one.article,
            source=sources.get(one.article),
            how=_how(one, known.get(one.article)),
            shown=known.get(one.article),
        )
        for one in story.entered[:MOST_OUTLETS]
    ]
    return sorted(rows, key=lambda row: places.get(row.article, len(places)))


def _how(one: Entered, shown: StoryArticle | None) -> str:
    relation = shown.text_relation if shown is not None else one.relation
    if (words := _HOW.get(relation)) is not None:
        return f"{words} {one.of_publisher or 'an article without a publisher'}"
    return "a report of its own" if one.new_source else one.reason or "a report of its own"
