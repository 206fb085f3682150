"""A story's document as its articles tell it: edits of an article take nothing from what it brought."""

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.admin.rebuild_story import rebuild_story
from connectors.elastic.read.to_messages import clean, stored, unique
from connectors.elastic.write.documents import article_document, story_document
from streams.contract import messages as m
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
    rebuilt = rebuild_story(story, articles).story
    assert (rebuilt.source_count, rebuilt.sources) == (3, ("one", "two", "three"))


def test_an_article_that_runs_again_knows_what_it_brought() -> None:
    record = _document("one", edited=True)
    again = stored(record, "run")
    assert again.brought is not None
    assert again.brought.source.key == "publisher:one.example"
    assert unique(record, "run").copy.text_relation is m.Relation.WIRE


def test_a_body_runs_again_with_how_it_was_found() -> None:
    again = clean(_document("one", edited=False), "run")
    assert (again.body_source, again.body_confidence) == ("linked data", 0.8)


def test_a_body_stored_by_older_code_counts_as_the_page_s() -> None:
    record = _document("one", edited=False)
    old = replace(record, article=replace(record.article, body_source=None, body_confidence=None))
    assert (clean(old, "run").body_source, clean(old, "run").body_confidence) == ("page", 1.0)
    headline = replace(old, article=replace(old.article, body=""))
    assert (clean(headline, "run").body_source, clean(headline, "run").body_confidence) == ("", 0.0)
