"""A small stage on a real Kafka, in a process of its own that is made to fail, and the broker's own account of it."""

import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from kafka import TopicPartition

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import KafkaRecord, Reader
from deploy.stack import running
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import RawArticle, Track
from streams.contract.stage import Stage
from streams.contract.topics import Topic
from streams.runtime.settings import Settings
from tests.fiction import raw
from tests.support.toy_server import ToyProcess, ToyServer

PATIENCE_SECONDS = 90.0  # machines that run tests are shared
PARTITIONS = 2


class Lab:
    """One toy stage with topics of its own on the shared stack."""

    def __init__(
        self,
        server: ToyServer,
        stack_folder: Path,
        folder: Path,
        stage: Stage,
        config: dict[Topic, dict[str, str]] | None = None,
        rows: dict[str, str] | None = None,
        **options: object,
    ) -> None:
        """``config`` and ``rows`` are broker settings of topics and of the changelog, ``options`` settings of ours."""
        stack = running(stack_folder)
        assert stack is not None
        self.server = server
        self.folder = folder / stage.name
        self.folder.mkdir()
        self.stage = stage
        given = {"commit_seconds": 0.2, "partitions": PARTITIONS, "pool_processes": 2, "log_format": "json"}
        self.settings = Settings.model_validate(
            {
                "kafka": stack.kafka,
                "topic_prefix": f"d{os.getpid()}-{folder.name}-{stage.name}-",
                "data_dir": stack_folder,  # by which a process knows what kind of Kafka it has
                **given,
                **options,
            }
        )
        self.group = self.settings.app_id(stage.app)
        used: dict[Topic, dict[str, str]] = {
            topic: topic.config() for topic in (topics.RAW, topics.DEADLETTERS, topics.RESOLUTIONS)
        } | {topics.TRACKS: {}}
        wanted = {topic.name(self.settings.topic_prefix): one for topic, one in (used | (config or {})).items()}
        if stage.table:
            wanted[topics.changelog(self.group, stage.table)] = {"cleanup.policy": "compact", **(rows or {})}
        admin.create(self.settings, wanted)
        self.process: ToyProcess | None = None
        self.log = self.folder / "log"

    # --- the process

    def environment(self) -> dict[str, str]:
        return {
            f"STORYWATCH_{name.upper()}": str(value)
            for name, value in self.settings.model_dump().items()
            if name in self.settings.model_fields_set
        }

    def start(self) -> None:
        environment = {**os.environ, **self.environment()}
        self.process = self.server.start(self.stage.name, self.folder, environment, self.log)

    def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """SIGTERM: it ends, and well."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_SECONDS) == 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def twin(self) -> "Lab":
        """A second worker of the same group, not started; it is the test's to close."""
        one = copy(self)
        one.folder = self.folder / "twin"
        one.folder.mkdir()
        one.log = one.folder / "log"
        one.process = None
        return one

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def until_done(self) -> None:
        """Until the broker holds all that was fed for committed; the process must live."""
        assert self.process is not None
        process = self.process
        self.until(lambda: process.poll() is not None or self.lag() == 0)
        assert process.poll() is None, self.log.read_text()[-3000:]

    def health(self) -> tuple[int, list[str]]:
        try:
            with urlopen(f"http://127.0.0.1:{(self.folder / 'port').read_text()}/healthz", timeout=5) as answer:
                return answer.status, json.loads(answer.read())["problems"]
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())["problems"]
        except (URLError, OSError, ValueError):
            return 0, []

    # --- the broker's account

    def lag(self) -> int:
        return sum(admin.lag(self.settings, {self.group: [self.stage.reads.name(self.settings.topic_prefix)]}).values())

    def committed(self) -> dict[int, int]:
        parts = [
            TopicPartition(self.stage.reads.name(self.settings.topic_prefix), one)
            for one in range(self.settings.partitions)
        ]
        with admin.admin(self.settings) as client:
            found = client.list_group_offsets({self.group: parts}).get(self.group, {})
        return {part.partition: max(0, found[part].offset) if part in found else 0 for part in parts}

    def feed(self, messages: Sequence[RawArticle | bytes | None]) -> None:
        with Producer(self.settings) as producer:
            sent = [
                producer.start(topics.RAW, one)
                if isinstance(one, RawArticle)
                else producer.start_raw(topics.RAW, "stray", one)
                for one in messages
            ]
            for one in sent:
                producer.confirm(one)

    def records(self, topic: Topic) -> list[KafkaRecord]:
        with Reader(self.settings, [topic]) as reader:
            return list(reader.read_to_end())

    def out(self) -> list[Track]:
        return [decode(record.value, Track) for record in self.records(topics.TRACKS)]

    def dead(self) -> list[KafkaRecord]:
        return self.records(topics.DEADLETTERS)

    def places(self) -> dict[str, tuple[int, int]]:
        """Article id -> partition and offset, of all that was fed."""
        found = {}
        for record in self.records(topics.RAW):
            if (record.value or b"").startswith(b'{"schema"'):
                found[decode(record.value, RawArticle).id] = (record.partition, record.offset)
        return found


MakeLab = Callable[..., Lab]


def articles(count: int, begin: int = 0) -> list[RawArticle]:
    return [raw(f"article {number}") for number in range(begin, begin + count)]


def named(origin: str) -> RawArticle:
    return raw(f"the one called {origin}", origin=origin)


def of_publishers(count: int, publishers: int, origin: str = "") -> list[RawArticle]:
    """Articles that the toy refuses until it is mended; those called "bug" make it fail."""
    return [raw(f"piece {n}", url=f"https://site{n % publishers}.example/{n}", origin=origin) for n in range(count)]


def right_numbers(lab: Lab, without: Sequence[RawArticle] = ()) -> dict[str, int]:
    """What the numbering stage must say of all that was fed: in each partition 1, 2, 3 in the order of the log."""
    left_out = {one.id for one in without}
    counts: dict[int, int] = defaultdict(int)
    found = {}
    for id_, (partition, _) in sorted(lab.places().items(), key=lambda item: item[1]):
        if id_ not in left_out:
            counts[partition] += 1
            found[id_] = counts[partition]
    return found


def numbers(lab: Lab) -> dict[str, int]:
    """What it said; a repeated output must say the same again."""
    found: dict[str, int] = {}
    for track in lab.out():
        assert found.setdefault(track.id, int(track.name)) == int(track.name), "two answers for one article"
    return found


def stored(lab: Lab) -> list[str]:
    return (lab.folder / "stored").read_text().split()
