"""Five scraped pages through the logic of all stages: four report one event, one an older one."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.match import QueryFollows
from streams.cleaning import clean
from streams.contract.messages import (
    Alert,
    CleanArticle,
    ContentType,
    CopyVerdict,
    RawArticle,
    Relation,
    StoryUpdate,
    TaggedArticle,
    UniqueArticle,
)
from streams.copies import Copies
from streams.entities import tag
from tests.fiction import track
from tests.stories.fiction import Desk

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
OTHER = "004"
FETCHED_AT = datetime(2026, 1, 13, tzinfo=UTC)


def _clean(page: Path) -> CleanArticle:
    return clean(RawArticle.arrive(page.read_bytes(), ContentType.TEXT, fetched_at=FETCHED_AT, received_at=FETCHED_AT))


def _tag(article: CleanArticle) -> TaggedArticle:
    original = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return tag(UniqueArticle(article=article, copy=original, first_seen=FETCHED_AT))


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
        # who tracks the story of the first page hears of each further source of it once, and of nothing else
        told = _alerts(stories[order[0]], [update for name in order[1:] if (update := updates[name])])
        assert len(told) == (0 if order[0] == OTHER else 2), order
        assert len({alert.source.key for alert in told}) == len(told), order


def _alerts(story: str, updates: list[StoryUpdate]) -> list[Alert]:
    """What a track on a story fires."""
    tracks = Catalogue([track(story=story, created_at=FETCHED_AT - timedelta(days=1))])
    follows, ledger = QueryFollows(), AlertLedger()
    candidates = [
        one for offset, update in enumerate(updates) for one in follows.match(update, offset, tracks).candidates
    ]
    decisions = [ledger.decide(one, offset, FETCHED_AT) for offset, one in enumerate(candidates)]
    return [one.alert for one in decisions if one.alert is not None]
