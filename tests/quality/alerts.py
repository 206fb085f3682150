"""Which alerts a running system sends for labelled headlines: with the stories that it makes, and with the gold's.

The headlines go through a worker on the embedded stack, from the cleaned article to the webhook. Tracks follow a story
from its third headline on, which nobody knows before: so the updates that the worker has made are sent once more when
the tracks are there, a millisecond apart, as they were and, beside it, with the gold's stories in place of its own.
"""

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from connectors.webhooks.signing import new_secret
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Alert, Coverage, Message, Source, Story, StoryUpdate, Track, Webhook, digest
from streams.runtime import topology
from tests.quality import filing, scores
from tests.quality.data import Data
from tests.quality.figures import Figure
from tests.quality.stories import alert_case, followed, headline, source_of

MOST_PIPED = 400  # the first headlines: the whole set would take minutes
BATCH = 100  # messages that are sent before they are confirmed: a busy broker lets more of them expire
PATIENCE_SECONDS = 600.0  # for a machine that does other work; a quiet one needs a minute in all
LOOK_SECONDS = 0.5
A_MILLISECOND = timedelta(milliseconds=1)
OPTIONS = {"partitions": 1, "log_level": "WARNING"}  # one partition: all stages keep the order of the headlines


@dataclass(frozen=True)
class Sent:
    """The alerts that arrived: the places of the headlines that caused them, and how many were sent twice."""

    ours: frozenset[int]
    gold: frozenset[int]
    doubled: int


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The figures of the headlines, if they are there; those of our stories beside what the functions alone give."""
    rows = [{**row, "id": f"{n}"} for n, row in enumerate(data.rows("alerts", "uci")[:MOST_PIPED])]
    if not rows:
        return
    with tempfile.TemporaryDirectory(prefix="storywatch-quality-") as folder:
        sent = _run(Path(folder), rows)
    told = followed(rows, workers)
    wanted, pure = scores.wanted_alerts(told), scores.alerts(told)
    for name, came in (("gold", sent.gold), ("pipeline", sent.ours)):
        ratio = scores.ratio(wanted, came)
        undue = [alert_case(rows[place], "was not due") for place in sorted(came - wanted)]
        missing = [alert_case(rows[place], "did not come") for place in sorted(wanted - came)]
        beside = f"; the functions alone {pure.precision:.4f}, {pure.recall:.4f}" if name == "pipeline" else ""
        yield Figure(f"alerts_{name}_precision", ratio.precision, f"{len(came)} alerts{beside}", undue)
        yield Figure(f"alerts_{name}_recall", ratio.recall, f"{len(wanted)} alerts due{beside}", missing)
    yield Figure("alerts_doubled", float(sent.doubled), f"{len(sent.ours) + len(sent.gold)} alerts")


def with_gold(updates: Sequence[StoryUpdate], rows: Sequence[filing.Row]) -> list[StoryUpdate]:
    """The same updates as those of the stories that the gold has, with the sources that each had by then."""
    sources: defaultdict[str, dict[str, Source]] = defaultdict(dict)
    articles: Counter[str] = Counter()
    first: dict[str, StoryUpdate] = {}
    made = []
    for update in updates:
        row = rows[int(update.article.id)]
        id_ = digest("gold", row["story"])
        name = source_of(row)
        source = Source(key=f"publisher:{name}", name=name)
        known = sources[id_]
        is_new = name not in known
        known[name] = source
        articles[id_] += 1
        begun = first.setdefault(id_, update)
        story = Story(
            id=id_,
            title=begun.article.title,
            language=update.story.language,
            first_seen=begun.story.first_seen,
            last_seen=update.story.last_seen,
            articles=articles[id_],
            sources=tuple(known.values()),
            publishers=tuple(known),
            source_count=len(known),
            publisher_count=len(known),
        )
        reason = "a new source" if is_new else "a known source"
        made.append(
            replace(
                update,
                id=digest("update", id_, update.article.id),
                kind="created" if begun is update else "joined",
                story=story,
                filing=replace(update.filing, story=id_, decision="created" if begun is update else "joined"),
                coverage=Coverage(source=source, new=is_new, new_publisher=is_new, reason=reason),
            )
        )
    return made


def tracks(updates: Sequence[StoryUpdate], webhook: Webhook) -> list[Track]:
    """A track on each story, made when it has three headlines, that fires for each new publisher."""
    followed: dict[str, datetime] = {}
    for update in updates:
        if update.story.articles >= scores.FOLLOWED_FROM:
            followed.setdefault(update.story.id, update.filed_at)
    return [
        Track(id=f"on-{story}", name=story, created_at=at, story=story, independent=False, webhook=webhook)
        for story, at in followed.items()
    ]


def _run(folder: Path, rows: Sequence[filing.Row]) -> Sent:
    secret = new_secret()
    with System(folder, OPTIONS) as system, LocalReceiver(secret) as receiver, Producer(system.settings) as producer:
        system.start_worker()
        now = datetime.now(UTC)
        articles = [replace(headline(row), received_at=now) for row in rows]
        _send(producer, topics.CLEAN, articles)
        _wait_for_all(system)
        with Reader(system.settings, [topics.UPDATES]) as reader:
            found = [decode(record.value, StoryUpdate) for record in reader.read_to_end()]
        ours = [replace(update, filed_at=now + place * A_MILLISECOND) for place, update in enumerate(found)]
        gold = with_gold([update for update in ours if update.refiled is None], rows)
        webhook = Webhook(url=receiver.url, secret=secret, allow_private=True)
        _send(producer, topics.TRACKS, [*tracks(ours, webhook), *tracks(gold, webhook)])
        _send(producer, topics.UPDATES, [*ours, *gold])
        _wait_for_all(system)
        _wait_for_deliveries(system)
        events = [receiver.received.get() for _ in range(receiver.received.qsize())]
    gold_tracks = {f"on-{update.story.id}" for update in gold}
    return _count([one.payload for one in events], gold_tracks)


def _send(producer: Producer, topic: topics.Topic, messages: Sequence[Message]) -> None:
    for start in range(0, len(messages), BATCH):
        for sent in [producer.start(topic, one) for one in messages[start : start + BATCH]]:
            producer.confirm(sent)


def _count(payloads: Sequence[Mapping[str, object]], gold_tracks: set[str]) -> Sent:
    arrived: Counter[tuple[str, int]] = Counter()
    for payload in payloads:
        data = payload["data"]
        assert isinstance(data, dict)
        arrived[data["track"]["id"], int(data["article"]["id"])] += 1
    return Sent(
        ours=frozenset(place for track, place in arrived if track not in gold_tracks),
        gold=frozenset(place for track, place in arrived if track in gold_tracks),
        doubled=sum(arrived.values()) - len(arrived),
    )


def _wait_for_all(system: System) -> None:
    """Until every stage has read all that it has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    groups = topology.consumer_groups(system.settings)
    while any((waiting := admin.lag(system.settings, groups)).values()):
        if time.monotonic() > deadline:
            raise SystemExit(f"the headlines are not through after {PATIENCE_SECONDS:g} s: {waiting}")
        time.sleep(LOOK_SECONDS)


def _wait_for_deliveries(system: System) -> None:
    """Until the log has an end for the delivery of each alert."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    latest: dict[str, Alert] = {}
    with Reader(system.settings, [topics.ALERTS]) as reader:
        while time.monotonic() < deadline:
            for record in reader.read_to_end():
                alert = decode(record.value, Alert)
                latest[alert.id] = alert
            if not any(one.delivery.status in ("pending", "retrying") for one in latest.values()):
                return
    raise SystemExit(f"alerts are still on their way after {PATIENCE_SECONDS:g} s")
