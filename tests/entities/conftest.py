"""Fictional articles, and the tagger under test."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from streams.contract.messages import (
    CleanArticle,
    CopyVerdict,
    Entity,
    Kind,
    Lane,
    Relation,
    TaggedArticle,
    UniqueArticle,
)
from streams.entities import tag, warm

Tagger = Callable[..., TaggedArticle]
NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


def unique(title: str, body: str, language: str = "en") -> UniqueArticle:
    article = CleanArticle(
        id="a",
        revision="r",
        arrival="x",
        origin="test",
        lane=Lane.LIVE,
        fetched_at=NOON,
        kind=Kind.ARTICLE if body else Kind.HEADLINE,
        title=title,
        body=body,
        language=language,
    )
    return UniqueArticle(article=article, copy=CopyVerdict(relation=Relation.ORIGINAL, group="a"), first_seen=NOON)


@pytest.fixture(scope="session", autouse=True)
def warmed() -> None:
    warm()


@pytest.fixture(scope="session")
def tagged() -> Tagger:
    """Tags a title and body, and asserts the invariants of every result."""

    def run(title: str, body: str = "", language: str = "en") -> TaggedArticle:
        result = tag(unique(title, body, language))
        text = f"{title}\n\n{body}"
        firsts = [entity.mentions[0] for entity in result.entities]
        assert firsts == sorted(firsts)
        assert len({entity.key for entity in result.entities}) == len(result.entities)
        spans = sorted(span for entity in result.entities for span in entity.mentions)
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans)), "mentions overlap"
        assert all(text[a:b].strip() == text[a:b] for a, b in spans)
        return result

    return run


def written(result: TaggedArticle, key: str) -> list[str]:
    """The spelling of each mention of an entity; [] without the entity."""
    text = f"{result.article.title}\n\n{result.article.body}"
    return [text[a:b] for entity in result.entities if entity.key == key for a, b in entity.mentions]


def keys(result: TaggedArticle) -> list[str]:
    return [entity.key for entity in result.entities]


def named(result: TaggedArticle, key: str) -> Entity:
    return next(entity for entity in result.entities if entity.key == key)
