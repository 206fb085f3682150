"""Members, commits and rows as Faust uses them: a small stage in processes of its own on a real group."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from connectors.kafka import admin
from deploy.stack import Kind
from streams.contract import topics
from streams.contract.topics import Topic
from streams.runtime.state.table import EPOCH_MARK
from tests.integration.conftest import until
from tests.pipeline import toy
from tests.support.lab import PARTITIONS, Lab, MakeLab, articles, named, numbers, right_numbers

SESSION = {"session_seconds": 6.0}  # the least that brokers take by default: a dead member's work waits that long


@pytest.fixture
def twins() -> Iterator[list[Lab]]:
    """Workers to be ended with the test."""
    made: list[Lab] = []
    yield made
    for one in made:
        one.close()


def described(one: Lab) -> list[dict[str, Any]]:
    with admin.admin(one.settings) as client:
        found = admin.ask_coordinator(partial(client.describe_groups, [one.group]))[one.group]
        return list(found["members"])


def members(one: Lab) -> list[str]:
    return [member["member_id"] for member in described(one)]


def test_a_member_is_listed_while_it_lives(lab: MakeLab) -> None:
    one = lab(toy.each)
    one.start()
    one.feed(articles(1))
    one.until_done()  # a new cluster has nobody who knows of groups until the first one has begun
    until(lambda: len(members(one)) == 1, "the worker did not join")
    one.stop()
    until(lambda: members(one) == [], "the worker did not leave")


def test_what_was_committed_is_not_read_again(lab: MakeLab) -> None:
    one = lab(toy.each)
    one.feed(articles(20))
    one.start()
    one.until_done()
    one.stop()
    assert sum(one.committed().values()) == 20
    first = len(one.out())
    one.feed(articles(5, begin=20))
    one.start()
    one.until_done()
    assert len(one.out()) == first + 5


def test_all_members_can_be_removed_by_hand(lab: MakeLab) -> None:
    one = lab(toy.each, **SESSION)
    one.start()
    until(lambda: len(members(one)) == 1, "the worker did not join")
    one.kill()
    assert admin.evict_members(one.settings, one.group) == 1
    assert members(one) == []


@pytest.mark.usefixtures("failover")
def test_a_member_that_died_is_expelled_after_its_session(lab: MakeLab) -> None:
    one = lab(toy.each, **SESSION)
    one.start()
    until(lambda: len(members(one)) == 1, "the worker did not join")
    one.kill()
    assert len(members(one)) == 1
    until(lambda: members(one) == [], "a dead member stays for ever")


def sharing(lab: MakeLab, twins: list[Lab]) -> tuple[Lab, Lab]:
    """Two workers that run and have a partition each."""
    one = lab(toy.number, **SESSION)
    other = one.twin()
    twins.append(other)
    for worker in (one, other):
        worker.start()
    until(lambda: len(shares(one)) == 2, "the partitions were not shared")
    return one, other


@pytest.mark.usefixtures("failover")
def test_one_of_two_members_takes_over_the_others_state(lab: MakeLab, twins: list[Lab]) -> None:
    one, other = sharing(lab, twins)
    one.feed(articles(50))
    one.until_done()
    one.kill()
    one.feed(articles(50, begin=50))
    other.until_done()
    assert len(one.places()) == 100
    assert numbers(one) == right_numbers(one)


@pytest.mark.usefixtures("failover")
def test_repeated_takeovers_write_no_row_anew(lab: MakeLab, twins: list[Lab]) -> None:
    one = lab(toy.number, **SESSION)
    other = one.twin()
    twins.append(other)
    other.start()
    for begin in (0, 50):
        one.start()
        until(lambda: len(shares(one)) == 2, "the partitions were not shared")
        one.feed(articles(25, begin=begin))
        one.until_done()
        one.kill()
        one.feed(articles(25, begin=begin + 25))
        other.until_done()
    assert numbers(one) == right_numbers(one)
    rows = Counter(record.key for record in one.records(changelog(one)) if record.key != EPOCH_MARK.encode())
    assert set(rows.values()) == {1}
    assert len(rows) == 100


@pytest.mark.usefixtures("failover")
def test_what_a_rebalance_leaves_here_is_not_built_again(lab: MakeLab, twins: list[Lab]) -> None:
    one = lab(toy.number, **SESSION)
    other = one.twin()
    twins.append(other)
    one.start()
    one.feed(articles(25))
    one.until_done()
    assert built(one) == PARTITIONS
    other.start()
    until(lambda: len(shares(one)) == 2, "the partitions were not shared")
    one.feed(articles(25, begin=25))
    one.until_done()
    assert (built(one), built(other)) == (PARTITIONS, 1)
    other.kill()
    one.feed(articles(25, begin=50))
    one.until_done()
    assert built(one) == PARTITIONS + 1
    assert numbers(one) == right_numbers(one)


def test_a_topic_that_appears_after_the_join_is_read_soon(lab: MakeLab, stack_kind: Kind) -> None:
    """As a broker that has just started may not tell of all of them; nobody looks again for five minutes by default."""
    if stack_kind == "embedded":
        pytest.skip("the embedded Kafka makes a topic as soon as somebody asks for it")
    one = lab(toy.each)
    name = topics.RAW.name(one.settings.topic_prefix)
    with admin.admin(one.settings) as client:
        client.delete_topics([name])
    one.start()
    until(lambda: len(members(one)) == 1, "the worker did not join")
    admin.create(one.settings, {name: topics.RAW.config()})
    one.feed(articles(10))
    one.until_done()
    assert len(one.out()) == 10


@pytest.mark.usefixtures("failover")
def test_a_member_busy_beyond_its_session_is_not_expelled(lab: MakeLab, twins: list[Lab]) -> None:
    """As one does that builds the state of very many articles: its heart beats in a thread of its own."""
    one, _ = sharing(lab, twins)
    before = set(members(one))
    one.feed([*articles(10), named("busy"), *articles(10, begin=10)])
    one.until_done()
    assert 2 * SESSION["session_seconds"] < toy.BUSY_SECONDS
    assert set(members(one)) == before
    assert numbers(one) == right_numbers(one)


def built(one: Lab) -> int:
    """How often a state was built of its rows."""
    return len((one.folder / "built").read_text().splitlines())


def changelog(one: Lab) -> Topic:
    name = topics.changelog(one.group, "number").removeprefix(one.settings.topic_prefix)
    return Topic(name, "row", None, None)


def shares(one: Lab) -> list[str]:
    """The members that have a partition."""
    name = topics.RAW.name(one.settings.topic_prefix)
    return [member["member_id"] for member in described(one) if name in str(member["member_assignment"])]


def test_rows_are_there_after_a_restart(lab: MakeLab) -> None:
    one = lab(toy.number)
    for begin in (0, 30):
        one.feed(articles(30, begin=begin))
        one.start()
        one.until_done()
        one.stop()
    assert numbers(one) == right_numbers(one)
    changelog = topics.changelog(one.group, "number")
    assert changelog in admin.existing(one.settings).partitions
