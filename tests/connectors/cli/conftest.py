"""One embedded stack for the tests of the command, with topics, templates and an invented story in it."""

import asyncio
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from kafka import KafkaProducer

from connectors.cli.invoke import run
from connectors.elastic.admin.install import install
from connectors.elastic.client import async_client, sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import IndexDocument, alert_document, article_document, story_document
from connectors.elastic.write.writer import Writer
from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord, Reader
from deploy.stack import running
from streams.contract import topics
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.running import NOWHERE, Command, Inside, Ran

SETTINGS = {
    "STORYWATCH_PARTITIONS": "2",  # as those of `stack`
    "STORYWATCH_HOST_DELAY_SECONDS": "0",
    "STORYWATCH_BACKFILL_MESSAGES": "1000000",  # no worker runs here that would make room
}


@pytest.fixture(scope="session")
def stack(stack_folder: Path) -> Settings:
    """After `init`, and with the invented story filed."""
    found = running(stack_folder)
    assert found is not None
    settings = Settings(
        kafka=found.kafka,
        elasticsearch=found.elasticsearch,
        data_dir=stack_folder,
        partitions=2,
        host_delay_seconds=0,
    )
    admin.create(settings, topology.required_topics(settings))
    with sync_client(settings) as client:
        install(client, settings)
        store(settings, [article_document(one) for one in fiction.ARTICLES])
        store(settings, [story_document(one) for one in fiction.UPDATES])
        store(settings, [alert_document(one) for one in fiction.ALERTS])
        with SearchClient(settings) as search_client:
            Search(search_client, settings.index_prefix).refresh()
    return settings


def store(settings: Settings, documents: list[IndexDocument]) -> None:
    async def write() -> None:
        async with async_client(settings) as client:
            await Writer(client, settings.index_prefix).write(documents)

    asyncio.run(write())


@pytest.fixture
def process(stack: Settings) -> Command:
    """The command as a process, which finds the running stack by its data folder."""
    return Command(stack.data_dir, SETTINGS)


@pytest.fixture
def storywatch(
    stack: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    """As `process`, without the half second that a process takes."""
    return inside_with({**SETTINGS, "STORYWATCH_DATA_DIR": str(stack.data_dir)}, tmp_path, monkeypatch, capsys)


@pytest.fixture
def alone(tmp_path: Path) -> Command:
    """The command where nothing runs and nothing listens."""
    return Command(tmp_path / "data", NOWHERE)


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """As `alone`, without a process."""
    return inside_with({**NOWHERE, "STORYWATCH_DATA_DIR": str(tmp_path / "data")}, tmp_path, monkeypatch, capsys)


def inside_with(
    settings: Mapping[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    """The command in this process, with settings as environment variables."""
    monkeypatch.chdir(folder)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run_inside(*arguments: str | Path) -> Ran:
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return run_inside


class Topics:
    """What is on the topics, and what somebody else may put there."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, topic: topics.Topic) -> list[KafkaRecord]:
        with Reader(self._settings, [topic]) as reader:
            return list(reader.read_to_end())

    def write(
        self, topic: topics.Topic, key: str, value: bytes | None, headers: Mapping[str, str] | None = None
    ) -> None:
        """``value``: None removes the key."""
        producer = KafkaProducer(bootstrap_servers=self._settings.kafka)
        try:
            encoded = [(name, text.encode()) for name, text in (headers or {}).items()]
            name = topic.name(self._settings.topic_prefix)
            producer.send(name, key=key.encode(), value=value, headers=encoded).get(timeout=10)
        finally:
            producer.close(timeout=5)


@pytest.fixture
def on_topics(stack: Settings) -> Topics:
    return Topics(stack)


@pytest.fixture
def own_topics(stack: Settings, request: pytest.FixtureRequest) -> Settings:
    """Topics of desks that nothing is on yet."""
    prefix = f"{zlib.crc32(request.node.name.encode()):x}-"
    settings = Settings(**{**stack.model_dump(exclude_unset=True), "topic_prefix": prefix})
    needed = topology.required_topics(settings)
    names = [topic.name(settings.topic_prefix) for topic in (topics.TRACKS, topics.AUDIT, topics.UPDATES)]
    admin.create(settings, {name: needed[name] for name in names})
    return settings


@pytest.fixture
def on_own_topics(storywatch: Inside, own_topics: Settings, monkeypatch: pytest.MonkeyPatch) -> Inside:
    """As `storywatch`, with topics of its own."""
    monkeypatch.setenv("STORYWATCH_TOPIC_PREFIX", own_topics.topic_prefix)
    return storywatch
