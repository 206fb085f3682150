"""kill -9, ten times while stories merge and articles move: the log replayed without a kill gives the same stories."""

import random
import time
from datetime import UTC, datetime

from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import FiledArticle, StoryUpdate, TaggedArticle
from tests.conftest import MakeSystem
from tests.pipeline.refilings import Fact, replayed
from tests.pipeline.runs import rest
from tests.stories import fiction
from tests.stories.fiction import MERGED, MOVED, NAMES

KILLS = 10
ROUNDS = 30  # of the same events with other names of ships and people, in a mixed order


def test_ten_kills_change_no_story(make_system: MakeSystem) -> None:
    system = make_system(partitions=1, second_thoughts="eager")
    system.start_worker()
    chance = random.Random(16)
    log = mixed(chance)
    share = -(-len(log) // KILLS)
    with Producer(system.settings) as producer:
        for number in range(KILLS):
            for one in log[number * share : (number + 1) * share]:
                producer.confirm(producer.start(topics.TAGGED, one))
            time.sleep(chance.uniform(0.0, 1.0))
            system.kill_worker()
            system.start_worker(wait=number % 2 == 0)  # every other time it is killed while it starts
    system.wait_until_ready()
    rest(system, 180)
    expected, facts = replayed(system)
    assert facts, "articles moved"
    assert told(system) == (expected, facts)


def mixed(chance: random.Random) -> list[TaggedArticle]:
    """Reports that cause merges and moves, each round with words of its own, in a mixed order."""
    now = datetime.now(UTC)
    found = [
        ((own(title, number), own(body, number)), [own(name, number) for name in NAMES[title, body]])
        for number in range(ROUNDS)
        for title, body in (MERGED, MOVED)[number % 2]
    ]
    chance.shuffle(found)
    return [
        fiction.tagged(text, f"{place}", by=f"outlet{place % 7}", at=now, names=names)
        for place, (text, names) in enumerate(found)
    ]


def own(text: str, number: int) -> str:
    """The text with names of a round."""
    for name in ("Anselma", "Corran", "Tolm", "Brona", "Keel", "Velland", "Ellis", "Tormund", "Petra", "Lund"):
        text = text.replace(name, f"{name}{'aeiou'[number % 5]}{'bdfgklmnpr'[number // 5]}")
    return text


def told(system: System) -> tuple[dict[str, str], set[Fact]]:
    """The same, as the killed system told it."""
    latest: dict[str, tuple[int, str]] = {}
    with Reader(system.settings, [topics.FILED]) as reader:
        for record in reader.read_to_end():
            one = decode(record.value, FiledArticle)
            if one.version >= latest.get(one.article.id, (-1, ""))[0]:
                latest[one.article.id] = one.version, one.filing.story
    with Reader(system.settings, [topics.UPDATES]) as reader:
        updates = [decode(record.value, StoryUpdate) for record in reader.read_to_end()]
    facts = [one.refiled for one in updates if one.refiled is not None and not one.followers]
    return (
        {key: story for key, (_, story) in latest.items()},
        {(one.fact, one.from_, one.into, one.articles) for one in facts},
    )
