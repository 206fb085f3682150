"""Five scraped pages through cleaning, copies, tagging and filing: four report one event, one an older one."""

from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.cleaning import clean
from streams.contract.messages import (
    CleanArticle,
    ContentType,
    CopyVerdict,
    RawArticle,
    Relation,
    TaggedArticle,
    UniqueArticle,
)
from streams.copies import Copies
from streams.entities import tag
from tests.stories.fiction import START, Desk

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
OTHER = "004"


def _clean(page: Path) -> CleanArticle:
    return clean(RawArticle.arrive(page.read_bytes(), ContentType.TEXT, fetched_at=START, received_at=START))


def _tag(article: CleanArticle) -> TaggedArticle:
    original = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return tag(UniqueArticle(article=article, copy=original, first_seen=START))


def test_three_sources_and_another_event_in_every_order() -> None:
    pages = sorted(SAMPLES.glob("*.txt"))
    if not pages:
        pytest.skip(f"no sample pages at {SAMPLES}")
    articles = {page.name[:3]: _tag(_clean(page)) for page in pages}
    for order in permutations(articles):
        copies, desk = Copies(), Desk()
        updates = {}
        for offset, name in enumerate(order):
            unique = copies.judge(articles[name].article, offset).unique
            assert unique is not None
            updates[name] = desk.file(replace(articles[name], copy=unique.copy)).update
        stories = {name: update.story.id for name, update in updates.items() if update}
        together = {stories[name] for name in stories if name != OTHER}
        assert len(together) == 1, order
        assert stories[OTHER] not in together, order
        last = next(updates[name] for name in reversed(order) if name != OTHER)
        assert last is not None
        assert len(last.story.sources) == 3, order
