"""The five scraped pages of ../shared, unchanged: with menus, disclaimers and wrong dates."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from streams.cleaning import clean
from streams.contract.messages import CleanArticle, ContentType, Kind
from tests.cleaning.arrivals import arrival

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
GOLD_FILE = SHARED / "notes" / "samples-gold.json"

if not GOLD_FILE.exists():
    pytest.skip(f"no samples at {SHARED}", allow_module_level=True)

GOLD: dict[str, dict[str, Any]] = json.loads(GOLD_FILE.read_text(encoding="utf-8"))


def cleaned(name: str) -> CleanArticle:
    return clean(arrival((SHARED / "samples" / name).read_bytes(), ContentType.TEXT))


def sample(number: int) -> str:
    return sorted(GOLD)[number]


@pytest.mark.parametrize("name", sorted(GOLD))
def test_the_body_is_the_article_and_nothing_else(name: str) -> None:
    gold, article = GOLD[name], cleaned(name)
    page = (SHARED / "samples" / name).read_text(encoding="utf-8").split("\n")

    def paragraphs(ranges: list[list[int]]) -> list[str]:
        return [line.strip() for first, last in ranges for line in page[first - 1 : last] if line.strip()]

    body = paragraphs(gold["body_lines"])
    lead = paragraphs([gold["lead_lines"]]) if "lead_lines" in gold else []
    assert article.body.split("\n\n") in (body, lead + body)
    assert not [text for text in gold["must_not_contain"] if text in article.body]
    assert article.kind is Kind.ARTICLE
    assert article.language == "en"


@pytest.mark.parametrize("name", sorted(GOLD))
def test_the_title_is_the_one_that_a_reader_sees(name: str) -> None:
    assert cleaned(name).title == GOLD[name]["title"]


@pytest.mark.parametrize("name", sorted(GOLD))
def test_the_publisher_is_the_one_that_signs_the_page(name: str) -> None:
    publisher = cleaned(name).publisher
    assert (publisher.name if publisher else None) == GOLD[name]["publisher"]
    assert publisher is None or publisher.confidence < 1


def test_two_pages_of_one_publisher_have_the_same_publisher_id() -> None:
    first, second = cleaned(sample(0)).publisher, cleaned(sample(2)).publisher
    assert first is not None
    assert second is not None
    assert first.id == second.id


@pytest.mark.parametrize("name", sorted(GOLD))
def test_a_date_is_right_or_none(name: str) -> None:
    published, gold = cleaned(name).published, GOLD[name]["published"]
    day = published.value.date() if published else None
    assert day == (date.fromisoformat(gold) if gold else None)


def test_a_repeated_paragraph_occurs_once() -> None:
    body = cleaned(sample(2)).body.split("\n\n")
    assert len(body) == len(set(body))
