"""A story's document as its articles tell it: edits of an article take nothing from what it brought."""

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.documents import article_document, story_document
from connectors.elastic.restored import stored, unique
from connectors.elastic.retold import retold
from streams import messages as m
from tests.connectors.elastic import samples


def _document(name: str, *, edited: bool, old: bool = False) -> r.ArticleRecord:
    source = m.Source(key=f"publisher:{name}.example", name=name)
    filed = replace(
        samples.filed(name),
        coverage=m.Coverage(source=source, new=not edited, new_publisher=not edited, reason="its own text"),
        brought=None if old else m.Brought(source=source, at=samples.NOON),
    )
    record = article_document(filed).source
    assert isinstance(record, r.ArticleRecord)
    return record


def test_a_story_keeps_the_sources_of_articles_that_were_edited() -> None:
    story = story_document(samples.update(7)).source
    assert isinstance(story, r.StoryRecord)
    articles = [
        _document("one", edited=False, old=True),
        _document("two", edited=True),
        _document("three", edited=False),
    ]
    told = retold(story, articles).story
    assert (told.source_count, told.sources) == (3, ("one", "two", "three"))


def test_an_article_that_runs_again_knows_what_it_brought() -> None:
    record = _document("one", edited=True)
    again = stored(record, "run")
    assert again.brought is not None
    assert again.brought.source.key == "publisher:one.example"
    assert unique(record, "run").copy.text_relation is m.Relation.WIRE
