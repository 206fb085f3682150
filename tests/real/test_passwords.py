"""Apache Kafka that asks for a password: with it everything works, without it everyone hears one clear line."""

import gc
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from connectors.kafka import admin, connectivity
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.system import System
from streams.contract import topics
from streams.contract.errors import FatalError, StorywatchError, Unavailable, UsageError
from streams.runtime.settings import Settings
from tests.conftest import MakeSystem
from tests.pipeline.runs import open_edges, own, settle, track_first
from tests.real.protected import PASSWORD, USER, Listeners, protected_kafka
from tests.tls import Certificates, certificates

pytestmark = pytest.mark.skipif(os.environ.get("STACK") != "real", reason="needs Apache Kafka: STACK=real")


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory, certs: Certificates) -> Iterator[Listeners]:
    with protected_kafka(tmp_path_factory.mktemp("kafka"), certs) as listeners:
        yield listeners


def given(kafka: Listeners, certs: Certificates, protocol: str, mechanism: str) -> dict[str, Any]:
    over_tls = protocol == "SASL_SSL"
    return {
        "kafka": kafka.secure if over_tls else kafka.clear,
        "kafka_security_protocol": protocol,
        "kafka_sasl_mechanism": mechanism,
        "kafka_username": USER,
        "kafka_password": PASSWORD,
        **({"kafka_ca_file": certs.authority} if over_tls else {}),
    }


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_with_the_password_every_client_of_ours_is_let_in(
    protocol: str, mechanism: str, kafka: Listeners, certs: Certificates
) -> None:
    known = Settings.model_validate({**given(kafka, certs, protocol, mechanism), "topic_prefix": "clients-"})
    connectivity.verify_access(known)
    admin.create(known, {topics.TRACKS.name("clients-"): topics.TRACKS.config()})
    with Producer(known) as producer:
        producer.confirm(producer.start_raw(topics.TRACKS, mechanism, b"{}"))
    with Reader(known, [topics.TRACKS]) as reader:
        assert mechanism in {(record.key or b"").decode() for record in reader.read_to_end()}


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        ({"kafka_password": "guessed"}, FatalError, "refuses user desk: check STORYWATCH_KAFKA_USERNAME"),
        ({"kafka_username": "nobody"}, FatalError, "refuses user nobody: check STORYWATCH_KAFKA_USERNAME"),
        ({"kafka_sasl_mechanism": "SCRAM-SHA-256"}, UsageError, "does not take passwords by SCRAM-SHA-256"),
        ({"kafka_ca_file": "stranger"}, UsageError, "no trusted connection .* STORYWATCH_KAFKA_CA_FILE"),
        ({"kafka_security_protocol": "SSL", "kafka_username": None, "kafka_password": None}, Unavailable, "speak SSL"),
    ],
)
@pytest.mark.parametrize("client", ["door", "admin", "producer", "reader"])
def test_what_is_wrong_is_one_line_whoever_asks(
    client: str, wrong: dict[str, Any], kind: type[StorywatchError], says: str, kafka: Listeners, certs: Certificates
) -> None:
    settings = {**given(kafka, certs, "SASL_SSL", "SCRAM-SHA-512"), **wrong}
    if settings["kafka_ca_file"] == "stranger":
        settings["kafka_ca_file"] = certs.stranger
    refused = Settings.model_validate(settings)
    ask: dict[str, Callable[[], object]] = {
        "door": lambda: connectivity.verify_access(refused),
        "admin": lambda: admin.existing(refused),
        "producer": lambda: Producer(refused),
        "reader": lambda: Reader(refused, [topics.TRACKS]),
    }
    line = refusal(ask[client], kind)
    assert re.search(says, line)
    assert "\n" not in line
    assert PASSWORD not in line


def refusal(ask: Callable[[], object], kind: type[StorywatchError]) -> str:
    """What is said; the sockets that kafka-python leaves open when it fails are closed here, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            ask()
        except kind as error:
            line = str(error)
        gc.collect()
    return line


def test_the_pipeline_over_tls_never_shows_its_password(
    make_system: MakeSystem, kafka: Listeners, certs: Certificates
) -> None:
    system = make_system(publishers_file=OWN_PUBLISHERS, **given(kafka, certs, "SASL_SSL", "SCRAM-SHA-512"))
    system.start_worker()
    with open_edges(system) as edges:
        first, second = own(1, 2)
        track_first(system, edges, first)
        edges.producer.send(topics.RAW, second)
        settle(system, edges.follower)
        assert len(edges.follower.poll().alerts) == 1
        assert not edges.hearing.received.empty()
    pids = system.processes().values()
    seen = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids] + [system.log.read_bytes()]
    seen += [output_of(system, given) for given in (["status"], ["status", "--json"], ["--debug", "init"])]
    system.stop_worker()
    seen.append(output_of(system, ["worker"], STORYWATCH_KAFKA_USERNAME="nobody"))
    assert b"refuses user nobody" in seen[-1]
    assert [text for text in seen if PASSWORD.encode() in text] == []


def output_of(system: System, arguments: list[str], **changes: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "connectors.cli", *arguments],
        env={**os.environ, **system.environment(), **changes},
        capture_output=True,
        timeout=120,
    )
    return done.stdout + done.stderr
