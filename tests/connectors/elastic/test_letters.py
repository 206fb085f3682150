"""Dead letters in Elasticsearch: one document a letter, the same in whatever order its halves come."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from msgspec.structs import replace

from connectors.elastic.admin.erase import Eraser, Quotations
from connectors.elastic.admin.expiry import Expiry
from connectors.elastic.client import async_client
from connectors.elastic.read.queries import Search
from connectors.elastic.write.letters import from_letter, from_resolution, merged
from connectors.elastic.write.store import ElasticStore
from streams.contract import messages as m
from streams.contract.deadletter import DeadLetterRecord
from streams.contract.errors import Rejected
from streams.contract.stage import RecordContext
from streams.runtime.settings import Settings
from tests.connectors.elastic.samples import NOON, letter, resolution


def at(offset: int) -> RecordContext:
    return RecordContext(0, offset, NOON)


# refused, sent again, refused again, sent again and passed, each as its topic has it
SENT = (resolution("sent", attempt=1, reason=""), at(3))
SENT_AGAIN = (resolution("sent", attempt=2, reason=""), at(4))
PASSED = (resolution("passed", attempt=2, by="store_articles", reason=""), at(5))
HALVES = (
    from_letter(letter()),
    from_letter(letter(attempt=1, reason="still refused")),
    from_resolution(*SENT),
    from_resolution(*SENT_AGAIN),
    from_resolution(*PASSED),
)


def test_merging_is_commutative_and_idempotent() -> None:
    found = []
    for order in itertools.permutations(HALVES):
        whole = None
        for half in (*order, *order[:2]):
            whole = merged(whole, half)
        found.append(whole)
    whole = found[0]
    assert whole is not None
    assert all(one == whole for one in found)
    assert (whole.letter.state, whole.letter.open, whole.letter.attempts) == ("passed", False, 2)
    assert whole.error is not None
    assert whole.error.message == "still refused"
    assert whole.timestamp == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("halves", "state", "open_"),
    [
        ([HALVES[0]], "refused", True),
        ([HALVES[0], HALVES[2]], "sent", True),
        ([HALVES[0], HALVES[2], HALVES[1]], "refused", True),  # the letter is newer than that it was sent
        ([HALVES[4]], "passed", False),
        ([HALVES[2]], "sent", False),  # the letter is unknown, so it is in no list
        ([HALVES[0], from_resolution(resolution("dropped"), at(1))], "dropped", False),
    ],
)
def test_the_state_is_that_of_the_list(halves: Sequence[Any], state: str, open_: bool) -> None:
    whole = None
    for half in halves:
        whole = merged(whole, half)
    assert whole is not None
    assert (whole.letter.state, whole.letter.open) == (state, open_)


class Desk:
    """The store as the stages have it, and the documents as anybody reads them."""

    def __init__(self, client: Elasticsearch, settings: Settings) -> None:
        self.client = client
        self.settings = settings

    def letters(self, *letters: DeadLetterRecord) -> Any:
        return self.store(lambda store: store.letters(letters, [at(n) for n in range(len(letters))]))

    def resolutions(self, *pairs: tuple[m.Resolution, RecordContext]) -> Any:
        return self.store(lambda store: store.resolutions([one for one, _ in pairs], [where for _, where in pairs]))

    def store(self, does: Any) -> Any:
        async def go() -> Any:
            async with async_client(self.settings) as client:
                return await does(ElasticStore(client, self.settings.index_prefix))

        return asyncio.run(go())

    def all(self) -> dict[str, Any]:
        index = f"{self.settings.index_prefix}deadletters"
        self.client.indices.refresh(index=index)
        return {hit["_id"]: hit["_source"] for hit in self.client.search(index=index, size=100)["hits"]["hits"]}


@pytest.fixture
def desk(ready: Search, client: Elasticsearch, settings: Settings) -> Desk:
    return Desk(client, settings)


def test_a_letter_is_found_and_then_what_became_of_it(desk: Desk) -> None:
    assert desk.letters(letter(), letter("another")) == ["stored", "stored"]
    assert desk.all()["letter-one"] == {
        "@timestamp": "2031-05-14T12:00:00Z",
        "event": {"dataset": "storywatch.deadletters", "kind": "pipeline_error"},
        "letter": {
            "id": "letter-one",
            "state": "refused",
            "open": True,
            "stage": "store_articles",
            "refused": "2031-05-14T12:00:00Z",
            "attempt": 0,
            "bytes": 2900,
        },
        "error": {"type": "Rejected", "message": "the mapping refuses it"},
        "kafka": {"topic": "articles.filed.v1", "partition": 3, "offset": 41, "key": "article-one"},
        "service": {"version": "0.1.0"},
        "article": {"id": "article-one", "arrival": "arrival-one", "origin": "https://gazette.example/feed.xml"},
        "publisher": {"id": "gazette.example"},
        "url": {
            "full": "https://gazette.example/news/bridge",
            "scheme": "https",
            "domain": "gazette.example",
            "path": "/news/bridge",
        },
    }
    assert desk.resolutions((resolution(), at(7))) == ["stored"]
    found = desk.all()
    assert (found["letter-one"]["letter"]["state"], found["letter-one"]["resolution"]["reason"]) == (
        "dropped",
        "a test page",
    )
    assert found["another"]["letter"]["state"] == "refused"


def test_what_is_read_again_changes_nothing(desk: Desk) -> None:
    desk.resolutions(SENT, PASSED)
    desk.letters(letter(), letter(attempt=1))
    before = desk.all()
    assert desk.letters(letter(), letter(attempt=1)) == ["stale", "stale"]
    assert desk.resolutions(SENT, SENT_AGAIN, PASSED) == ["stale"] * 3
    assert desk.all() == before
    assert before["letter-one"]["letter"]["state"] == "passed"


def test_two_processes_that_write_at_once_lose_no_half(desk: Desk) -> None:
    names = [f"letter-{number}" for number in range(20)]

    async def go(store: ElasticStore) -> None:
        await asyncio.gather(
            store.letters([letter(name) for name in names], [at(0)] * len(names)),
            store.resolutions([resolution(letter=name) for name in names], [at(0)] * len(names)),
        )

    desk.store(go)
    found = desk.all().values()
    assert [(one["letter"]["state"], one["letter"]["stage"]) for one in found] == [("dropped", "store_articles")] * 20


def test_records_of_other_programs_are_stored_as_far_as_possible(desk: Desk) -> None:
    odd = letter("odd", partition="?", offset="9" * 40, stage="x" * 9_000, key="k" * 100_000, origin="\x00" * 9_000)
    assert desk.letters(odd) == ["stored"]
    unusable, impossible, good = desk.resolutions(
        (resolution(letter=""), at(1)), (resolution(letter="odd", attempt=2**70), at(2)), (resolution(), at(3))
    )
    assert isinstance(unusable, Rejected)
    assert isinstance(impossible, Rejected)
    assert good == "stored"


def test_a_forgotten_article_leaves_no_letter(desk: Desk) -> None:
    other = letter("other")
    desk.letters(letter(), other._replace(subject=other.subject._replace(article="article-two")))
    assert Eraser(desk.client, desk.settings.index_prefix).erase("article-one", Quotations("article-one", ())) == 1
    assert set(desk.all()) == {"other"}


def test_what_is_older_than_its_topic_keeps_goes(desk: Desk) -> None:
    expiry = Expiry(desk.client, desk.settings.index_prefix)
    assert expiry.count() == 0
    assert expiry.delete(NOON) == 0
    old = replace(resolution(letter="gone before"), at=NOON - timedelta(days=31))
    desk.letters(letter("old", time=NOON - timedelta(days=31)), letter("young", time=NOON - timedelta(days=29)))
    desk.resolutions((old, at(1)))
    assert (expiry.count(), expiry.count(NOON - timedelta(days=30))) == (3, 2)
    assert expiry.delete(NOON - timedelta(days=30)) == 2
    assert set(desk.all()) == {"young"}
