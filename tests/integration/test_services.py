"""Each service of the real stack can be killed and started again alone, with its data and its port."""

from pathlib import Path

import pytest

from connectors.cli.stack.status_checks import collect_status
from connectors.elastic.client import sync_client
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy import launcher, real
from deploy.stack import SERVICES, TITLES, Kind, Service, running
from streams.contract import topics
from streams.runtime.settings import Settings
from tests.fiction import raw


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_was_killed_comes_back_with_its_data(
    settings: Settings, stack_folder: Path, stack_kind: Kind, service: Service
) -> None:
    if stack_kind == "embedded":
        pytest.skip("the embedded stack is one process for both services")
    admin.create(settings, {topics.RAW.name(settings.topic_prefix): topics.RAW.config()})
    with Producer(settings) as producer:
        producer.send(topics.RAW, raw("an article"))
    index = f"{settings.topic_prefix}anything"
    with sync_client(settings) as client:
        client.index(index=index, id="one", document={"word": "reef"})
    before = running(stack_folder)
    assert before is not None

    real.kill_service(stack_folder, service)
    during = running(stack_folder)
    assert during is not None
    assert set(during.pids) == set(SERVICES) - {service}
    part = next(collect_status(settings).rows())
    assert (part.name, part.state) == ("real stack", "partly down")
    assert TITLES[service] in part.detail

    started = launcher.up("real", stack_folder, None, None)  # as the command does
    after = started.stack
    assert started.again == (service,)
    assert (after.kafka, after.elasticsearch) == (before.kafka, before.elasticsearch)
    assert set(after.pids) == set(SERVICES)
    with Reader(settings, [topics.RAW]) as reader:
        assert len(list(reader.read_to_end())) == 1
    with sync_client(settings) as client:
        assert client.get(index=index, id="one")["_source"] == {"word": "reef"}
