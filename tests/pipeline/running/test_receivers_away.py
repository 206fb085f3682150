"""Servers and receivers that go away in the middle: what can go on does, the rest waits and then goes on."""

from streams.contract import topics
from tests.pipeline.running.conftest import RunningWorker
from tests.pipeline.runs import open_edges, own, settle, track_first, until

STRAY = {  # what somebody may put on a topic of ours, and how its reason begins
    b"\xff\x00 not a message": "not a RawArticle message: JSON is malformed",
    b'{"schema": 1, "id": "x"}': "not a RawArticle message: `content` is missing",
    b'{"schema": 99}': "schema version 99 is newer",
}


def test_alerts_go_on_without_elasticsearch_and_documents_follow(worker: RunningWorker) -> None:
    system, proxy = worker.system, worker.proxy
    with open_edges(system) as edges:
        first, second = own(11, 12)
        track_first(system, edges, first)
        proxy.close_all()
        edges.producer.send(topics.RAW, second)
        until(lambda: bool(edges.follower.poll().alerts) and not edges.hearing.received.empty(), "no alert came")
        health = system.health("store")
        until(lambda: "store_articles waits" in system.health("store"), f"health does not tell: {health}")
        proxy.open = True
        settle(system, edges.follower)
        edges.search.refresh()
        filed = list(edges.follower.poll().filed.values())
        assert len(edges.search.articles([one.article.id for one in filed])) == 2


def test_alerts_are_retried_and_strays_are_dead_letters(worker: RunningWorker) -> None:
    system = worker.system
    with open_edges(system) as edges:
        first, second = own(31, 34)
        track_first(system, edges, first)
        edges.hearing.answers.append(500)
        edges.producer.send(topics.RAW, second)
        for value in STRAY:
            edges.producer.confirm(edges.producer.start_raw(topics.RAW, "stray", value))
        until(lambda: len(edges.follower.poll().dead) == len(STRAY), "not every stray message is a dead letter")
        reasons = sorted(dead.error for _, dead in edges.follower.poll().dead.values())
        for reason, found in zip(sorted(STRAY.values()), reasons, strict=True):
            assert found.startswith(reason)
        until(
            lambda: [one.delivery.status for one in edges.follower.poll().alerts.values()] == ["delivered"],
            "the alert was not delivered",
        )
        (alert,) = edges.follower.poll().alerts.values()
        assert alert.delivery.attempts == 2
        heard = [edges.hearing.received.get() for _ in range(2)]
        assert {one.id for one in heard} == {alert.id}
