"""Reading a topic in the order of time, over all partitions, with few records in memory."""

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import AHEAD, Reader
from streams.contract import topics
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.fiction import update


def test_records_of_all_partitions_come_in_the_order_of_time(settings: Settings) -> None:
    name = topics.UPDATES.name(settings.topic_prefix)
    admin.create(settings, {name: topology.required_topics(settings)[name]})
    many = [update(f"s{number % 7}") for number in range(AHEAD * 4)]
    with Producer(settings) as producer:
        for burst in range(0, len(many), 100):
            for sent in [producer.start(topics.UPDATES, one) for one in many[burst : burst + 100]]:
                producer.confirm(sent)
    with Reader(settings, [topics.UPDATES]) as reader:
        found = list(reader.to_end_by_time())
    assert len(found) == len(many)
    assert {one.partition for one in found} == {0, 1}
    assert [one.time for one in found] == sorted(one.time for one in found)
    for partition in (0, 1):
        offsets = [one.offset for one in found if one.partition == partition]
        assert offsets == list(range(len(offsets)))
    with Reader(settings, [topics.UPDATES]) as reader:
        reader.seek_time(found[-1].time)
        assert found[-1] in list(reader.to_end_by_time())
