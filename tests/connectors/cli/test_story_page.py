"""The page of one story: the newest first, of a long story what tells most, and what publishers changed."""

from typing import Literal

import pytest
from msgspec.structs import replace

from connectors.cli.common.times import iso_time
from connectors.cli.query.story_page import MOST_ARTICLES, most_informative, print_story
from connectors.elastic import records as r
from connectors.elastic.read.story_articles import StoryArticles
from connectors.elastic.write.documents import article_document, story_document
from connectors.views import articles as views
from connectors.views.story_page import page
from streams.contract import messages as m
from tests.connectors.cli import fiction

EDIT = m.Edit(number=2, title_before="Pier to close", added=tuple(f"New paragraph {n}." for n in range(5)), removed=1)


def article(
    number: int, *, new: bool = False, edit: m.Edit | None = None, created: bool = False, relation: str = "wire"
) -> r.ArticleRecord:
    article = fiction.article(number, fiction.GAZETTE, f"Report {number}")
    filed = fiction.filed(article, new=new, relation=m.Relation(relation))
    reasons = tuple(f"reason {n}" for n in range(9))
    decision: Literal["created", "joined"] = "created" if created else "joined"
    filing = replace(filed.filing, decision=decision, reasons=reasons)
    filed = replace(filed, edit=edit, filing=filing)
    record = article_document(filed).source
    assert isinstance(record, r.ArticleRecord)
    return record


def printed(articles: list[r.ArticleRecord], capsys: pytest.CaptureFixture[str], *, everything: bool = False) -> str:
    found = story_document(fiction.UPDATES[0]).source
    assert isinstance(found, r.StoryRecord)
    read = StoryArticles(tuple(articles), ())
    print_story(page(found, read, {}, [], None, fiction.NOON), iso_time, everything=everything)
    return capsys.readouterr().out


def long_story() -> list[r.ArticleRecord]:
    first = article(1, created=True, new=True, relation="original")
    source, edited = article(30, new=True, relation="original"), article(40, edit=EDIT)
    return [first, *(article(n) for n in range(2, 30)), source, *(article(n) for n in range(31, 40)), edited] + [
        article(n) for n in range(41, 400)
    ]


def test_a_long_story_shows_its_most_informative_articles(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(long_story(), capsys)
    titles = [line.strip() for line in out.splitlines() if line.startswith("  Report ")]
    assert len(titles) == MOST_ARTICLES
    assert titles[0] == "Report 399", "the newest first"
    assert {"Report 1", "Report 30", "Report 40"} < set(titles)
    assert titles == sorted(titles, key=lambda title: -int(title.split()[1]))
    assert "--all shows the others too" in out
    assert out.count("reason 0") == MOST_ARTICLES
    assert "reason 5" not in out


def test_all_of_a_story_is_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(long_story(), capsys, everything=True)
    assert out.count("  Report ") == 399
    assert "reason 8" in out
    assert "--all" not in out


def test_a_short_story_is_whole() -> None:
    short = [views.article(article(n)) for n in range(1, MOST_ARTICLES + 1)]
    assert most_informative(short) == short


def test_what_a_publisher_changed_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed([article(1, edit=EDIT)], capsys)
    assert "edit 2: 5 paragraphs new, 1 gone; the title was: Pier to close" in out
    assert "    + New paragraph 0." in out
    assert "    + 2 more" in out
    assert "    + New paragraph 4." in printed([article(1, edit=EDIT)], capsys, everything=True)


def test_an_unusual_source_of_the_body_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    one = article(1)
    assert "  body:" not in printed([one], capsys)
    linked = replace(one, article=replace(one.article, body_source="linked data", body_confidence=0.8))
    assert "  body: from the page's linked data, confidence 0.8" in printed([linked], capsys)
    old = replace(one, article=replace(one.article, body_source=None, body_confidence=None))
    assert "  body:" not in printed([old], capsys)
