"""What was acknowledged is there when the servers have been stopped and started again."""

from pathlib import Path

from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import article_document
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.launcher import START
from deploy.stack import Kind, running, stop
from streams.contract import topics
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import write
from tests.fiction import raw


def test_everything_stored_outlives_the_servers(settings: Settings, stack_folder: Path, stack_kind: Kind) -> None:
    admin.create(settings, topology.required_topics(settings))
    with Producer(settings) as producer:
        producer.send(topics.RAW, raw("an article"))
    with sync_client(settings) as client:
        install(client, settings)
    write(settings, article_document(samples.filed()))

    stack = running(stack_folder)
    assert stack is not None
    stop(stack_folder)
    assert running(stack_folder) is None
    ports = {"kafka_port": stack.kafka_port, "elasticsearch_port": stack.elasticsearch_port}
    START[stack_kind](stack_folder, **ports, die_with_parent=True)

    assert admin.create(settings, topology.required_topics(settings)) == []
    with Reader(settings, [topics.RAW]) as reader:
        assert len(list(reader.read_to_end())) == 1
    with sync_client(settings) as client:
        assert not [line for line in install(client, settings) if line.startswith("created")]
        search = Search(SearchClient(settings), settings.index_prefix)
        search.refresh()
        assert len(search.search()) == 1
