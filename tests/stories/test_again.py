"""Articles that run again keep their story; erased articles leave it."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from streams.contract.messages import Coverage, Filing, Relation, Stored, TaggedArticle
from streams.stories.publish import FilingResult
from streams.stories.state import Stories
from tests.stories import fiction
from tests.stories.fiction import START, Desk, story_of, tagged


def again(one: TaggedArticle, said: FilingResult, **now: object) -> TaggedArticle:
    """A filed article as it runs again; ``now``: the result of new code."""
    assert said.filed is not None
    article, filed = one.article, said.filed
    stored = Stored(
        run="r",
        id=article.id,
        language=article.language,
        revision=article.revision,
        first_seen=one.first_seen,
        copy=one.copy,
        filing=filed.filing,
        coverage=filed.coverage,
    )
    return replace(one, article=replace(article, stored=stored, **now))


def test_it_keeps_its_story_and_its_source_and_is_no_news() -> None:
    desk = Desk()
    first, second = tagged(fiction.FIRE, "1"), tagged(fiction.FIRE_AGAIN, "2", by="courier")
    said = [desk.file(first), desk.file(second)]
    once = [desk.file(again(first, said[0])), desk.file(again(second, said[1]))]
    for before, after in zip(said, once, strict=True):
        assert before.filed is not None
        assert after.filed is not None
        assert after.update is not None
        assert (after.filed.filing, after.filed.coverage) == (before.filed.filing, before.filed.coverage)
        assert (after.update.coverage.new, after.update.coverage.new_publisher) == (False, False)
    assert said[1].update is not None
    assert once[1].update is not None
    assert once[1].update.story == said[1].update.story
    repeated = desk.file(again(second, said[1]))
    assert repeated.filed is not None
    assert repeated.filed.filing == once[1].filed.filing if once[1].filed else False


def test_a_publisher_that_new_code_finds_becomes_a_source() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1"))
    unnamed = tagged(fiction.FIRE_AGAIN, "2", by=None)
    said = desk.file(unnamed)
    assert said.update is not None
    assert len(said.update.story.sources) == 1
    after = desk.file(again(unnamed, said, publisher=fiction.publisher("courier")))
    assert after.update is not None
    assert len(after.update.story.sources) == 2
    assert not after.update.coverage.new
    later = desk.file(tagged(fiction.FIRE_AGAIN, "3", by="courier"))
    assert later.filed is not None
    assert not later.filed.coverage.new


def test_an_expired_story_keeps_the_article_without_a_row() -> None:
    filing = Filing(story="s", decision="joined", score=1.0, threshold=0.5, reasons=("its words",))
    coverage = Coverage(source=None, new=True, new_publisher=True, reason="new then")
    one = tagged(fiction.FIRE, "1")
    stored = Stored(
        run="r",
        id="1",
        language="en",
        revision=one.article.revision,
        first_seen=one.first_seen,
        copy=one.copy,
        filing=filing,
        coverage=coverage,
    )
    said = Stories(window=timedelta(days=14)).file(replace(one, article=replace(one.article, stored=stored)), 7, START)
    assert said.filed is not None
    assert (said.filed.filing, said.filed.coverage, said.filed.version) == (filing, coverage, 7)
    assert (said.update, dict(said.rows)) == (None, {})


def test_read_again_after_a_restart_it_is_answered_alike() -> None:
    desk = Desk()
    first = tagged(fiction.FIRE, "1")
    said = desk.file(first)
    desk.file(tagged(fiction.FIRE_AGAIN, "2", by="courier"))
    one = again(first, said, title="Cannery lost to fire")
    once = desk.file(one)
    desk.restart()
    twice = desk.file_at(one, 3)
    assert (twice.filed, twice.update) == (once.filed, once.update)
    assert once.update is not None
    assert once.update.story.title == "Cannery lost to fire"


def test_an_erased_article_leaves_its_story_and_all_reasons() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1", names=["Odile Brandt"]))
    second = desk.file(tagged(fiction.FIRE_AGAIN, "2", by="courier", names=["Odile Brandt"]))
    assert fiction.FIRE[0] in str(second.filed)
    said = desk.stories.forget("1", 3, START)
    assert said.update is not None
    assert (said.update.story.articles, said.update.story.title) == (1, fiction.FIRE_AGAIN[0])
    assert said.rows["1"] is None
    assert fiction.FIRE[0] not in str(said)
    assert story_of(second) == said.update.story.id
    assert desk.stories.forget("1", 4, START).rows == {}
    last = desk.stories.forget("2", 5, START)
    assert last.rows == {"2": None}
    assert last.update is not None
    assert (last.update.story.articles, last.update.story.title) == (0, "")
    assert last.update.left is not None
    assert (last.update.left.id, last.update.left.title) == ("2", "")
    fresh = desk.file(tagged(fiction.FIRE_AGAIN, "4", by="herald"))
    assert fresh.filed is not None
    assert fresh.filed.filing.decision == "created"


def test_a_forgotten_article_takes_nobody_elses_headline_along() -> None:
    """After a copy with the same headline is removed, all reasons keep the headline, which the first article has."""
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1", names=["Odile Brandt"]))
    later = desk.file(tagged(fiction.FIRE_AGAIN, "2", by="courier", names=["Odile Brandt"]))
    desk.file(tagged(fiction.FIRE, "3", by="herald", names=["Odile Brandt"]))
    assert later.filed is not None
    assert later.filed.filing.nearest == "1"
    said = desk.stories.forget("3", 4, START)
    assert {key for key, row in said.rows.items() if row is not None} == set()
    assert said.update is not None
    assert said.update.story.title == fiction.FIRE[0]


def test_without_its_first_article_a_story_has_the_next_language() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1", language="de"))
    desk.file(tagged(fiction.FIRE_AGAIN, "2", by="courier", relation=Relation.NEAR, of="1"))
    for key, row in desk.stories.forget("1", 3, fiction.START).rows.items():
        desk.rows.pop(key) if row is None else desk.rows.update({key: msgspec.json.encode(row)})
    desk.offset = 3
    third = tagged(fiction.FIRE, "3", by="herald", language="de")
    said = desk.stories.file(third, 4, fiction.START)
    desk.restart()
    assert desk.stories.file(third, 4, fiction.START) == said
