"""Five scraped pages on one call between two governments, all quoting one statement: none is a copy."""

from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from streams.cleaning import clean
from streams.contract.messages import CleanArticle, ContentType, RawArticle, Relation
from streams.copies import Copies
from tests.copies.fiction import START

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
ONE_HOUSE = {"000", "002"}


def cleaned() -> dict[str, CleanArticle]:
    pages = sorted(SAMPLES.glob("*.txt"))
    if not pages:
        pytest.skip(f"no sample pages at {SAMPLES}")
    return {
        page.name[:3]: clean(
            RawArticle.arrive(page.read_bytes(), ContentType.TEXT, fetched_at=START, received_at=START)
        )
        for page in pages
    }


def test_in_any_order_they_are_independent_of_each_other() -> None:
    articles = cleaned()
    for order in permutations(articles):
        copies = Copies()
        for offset, name in enumerate(order):
            unique = copies.judge(msgspec.structs.replace(articles[name], id=name), offset).unique
            assert unique is not None
            allowed = {Relation.ORIGINAL, Relation.UPDATE} if name in ONE_HOUSE else {Relation.ORIGINAL}
            assert unique.copy.relation in allowed, (order, name, unique.copy)
