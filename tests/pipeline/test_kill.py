"""kill -9 of the whole worker, five times in the middle of the demo's load: nothing lost, nothing twice."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from connectors.cli.demo.run_demo import OWN_ARTICLES, OWN_FETCHED_AT, OWN_PUBLISHERS
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import Alert, RawArticle, Track, Webhook
from tests.conftest import MakeSystem
from tests.pipeline.runs import Edges, open_edges, read, settle, track_first, until

KILLS = 5
CALM = "calm"  # id of a track whose alerts are held


def test_five_kills_lose_nothing_and_double_nothing(make_system: MakeSystem) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS)
    system.start_worker()
    chance = random.Random(5)
    arrivals = [one for one in read([OWN_ARTICLES], OWN_FETCHED_AT) if isinstance(one, RawArticle)]
    with open_edges(system) as edges:
        calm = snoozed(edges)
        edges.producer.send(topics.TRACKS, calm)
        track_first(system, edges, arrivals[0])
        rest = arrivals[1:]
        share = -(-len(rest) // KILLS)
        for number in range(KILLS):
            batch = rest[number * share : (number + 1) * share]
            sent = [edges.producer.start(topics.RAW, replace(one, received_at=datetime.now(UTC))) for one in batch]
            for future in sent:
                edges.producer.confirm(future)
            time.sleep(chance.uniform(0.1, 1.2))
            system.kill_worker()
            system.start_worker(wait=number % 2 == 0)  # every other time it is killed while it starts
        system.wait_until_ready()
        settle(system, edges.follower)
        audit(system, edges, arrivals)
        audit_held(system, edges, calm)


def snoozed(edges: Edges) -> Track:
    """Make a track on most of what comes, which holds its alerts."""
    now = datetime.now(UTC)
    webhook = Webhook(url=edges.hearing.url, secret=edges.secret, allow_private=True)
    return Track(
        id=CALM,
        name="Held",
        created_at=now,
        query="ferry OR fire OR river OR police OR minister",
        backfill=True,
        webhook=webhook,
        snoozed_until=now + timedelta(days=1),
    )


def audit_held(system: System, edges: Edges, calm: Track) -> None:
    """What was held through the kills is released once the track allows it, over one more kill, as one summary."""

    def alerts() -> list[Alert]:
        return [one for one in edges.follower.poll().alerts.values() if one.track == CALM]

    held = {one.id for one in alerts()}
    assert len(held) >= 3
    assert {one.delivery.status for one in alerts()} <= {"held", "cancelled"}
    edges.producer.send(topics.TRACKS, replace(calm, snoozed_until=None))
    system.kill_worker()
    system.start_worker()
    until(lambda: all(one.delivery.status != "held" for one in alerts()), "alerts are still held")
    settle(system, edges.follower)
    [summary] = [one for one in alerts() if one.condition == "summary"]
    summed = {one.id for one in alerts() if one.delivery.status == "summed"}
    assert {one.id for one in summary.summary} == summed
    assert summed == {one.id for one in alerts() if one.id in held and one.delivery.status != "cancelled"}
    assert summary.delivery.status == "delivered"
    heard = [edges.hearing.received.get() for _ in range(edges.hearing.received.qsize())]
    assert [one.id for one in heard if not one.repeat] == [summary.id]


def audit(system: System, edges: Edges, arrivals: list[RawArticle]) -> None:
    seen = edges.follower.poll()
    # every input came out: cleaned or refused
    refused = {dead.input for _, dead in seen.dead.values()}
    cleaned = {arrival: articles[-1] for arrival, articles in seen.cleaned.items()}
    assert {one.origin for one in arrivals if one.id not in cleaned} == refused
    assert len(refused) == 1  # the page of menus
    # every article stands in Elasticsearch, once, in the story that it was filed into
    edges.search.refresh()
    ids = {article.id for article in cleaned.values()}
    stories = {filed.filing.story for filed in seen.filed.values()}
    stored = [article for story in stories for article in edges.search.in_story(story)]
    assert Counter(record.article.id for record in stored) == Counter(ids)
    filed = {key[0]: value.filing.story for key, value in seen.filed.items()}
    assert {record.article.id: record.story.id for record in stored} == filed
    # every alert reached the receiver, once by its id, and no fact has two alerts
    heard = []
    while not edges.hearing.received.empty():
        heard.append(edges.hearing.received.get())
    sent = {id_: alert for id_, alert in seen.alerts.items() if alert.track != CALM}
    assert {one.id for one in heard} == set(sent)
    first_time = Counter(one.id for one in heard if not one.repeat)
    assert set(first_time.values()) == {1}
    facts = Counter((alert.track, alert.source.key) for alert in sent.values() if not alert.corrects)
    assert set(facts.values()) == {1}
    # and they are the alerts that the log calls for: one for each source that is new to the tracked story
    first = cleaned[arrivals[0].id]
    tracked = seen.filed[first.id, first.revision].filing.story
    in_story = [one for one in seen.filed.values() if one.filing.story == tracked]
    new = {one.coverage.source.key for one in in_story if one.coverage.new and one.coverage.source is not None}
    expected = new - {one.coverage.source.key for one in in_story if one.article.id == first.id and one.coverage.source}
    assert {alert.source.key for alert in sent.values() if not alert.corrects} == expected
    assert len(expected) >= 4  # five in most orders; a report that comes before its event's first may stand alone
