"""Certificates in; an Apache Kafka that asks for a password, over TLS and in the clear, out."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy import processes
from deploy.processes import HOST
from deploy.real import java, programs
from deploy.real.kafka import OLDEST_JAVA, STARTED
from streams.runtime.processes.process import bind_to_parent
from tests.tls import Certificates

USER, PASSWORD = "desk", "harbour-light-7"
START_SECONDS = 120.0  # a busy machine
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=CLEAR://{host}:{clear},SECURE://{host}:{secure},OWN://{host}:{own},CONTROLLER://{host}:{controller}
advertised.listeners=CLEAR://{host}:{clear},SECURE://{host}:{secure},OWN://{host}:{own}
controller.listener.names=CONTROLLER
inter.broker.listener.name=OWN
listener.security.protocol.map=CONTROLLER:PLAINTEXT,OWN:PLAINTEXT,CLEAR:SASL_PLAINTEXT,SECURE:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.clear.plain.sasl.jaas.config={plain} user_{user}="{password}";
listener.name.clear.scram-sha-512.sasl.jaas.config={scram};
listener.name.secure.plain.sasl.jaas.config={plain} user_{user}="{password}";
listener.name.secure.scram-sha-512.sasl.jaas.config={scram};
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
log.dirs={logs}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
offsets.topic.num.partitions=4
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
"""


@dataclass(frozen=True)
class Listeners:
    """``clear``: SASL_PLAINTEXT. ``secure``: SASL_SSL."""

    clear: str
    secure: str


@contextlib.contextmanager
def protected_kafka(folder: Path, certs: Certificates) -> Iterator[Listeners]:
    run = [str(java.home(OLDEST_JAVA, ("JAVA_HOME", "ES_JAVA_HOME"), "Kafka") / "bin" / "java"), "-Xmx512m"]
    run += ["-cp", f"{programs.unpacked().kafka}/*"]
    names = ("clear", "secure", "own", "controller")
    ports = {name: processes.port(0, f"Kafka's listener {name}", "") for name in names}
    properties, log = folder / "server.properties", folder / "kafka.log"
    properties.write_text(
        PROPERTIES.format(
            host=HOST,
            user=USER,
            password=PASSWORD,
            plain=PLAIN,
            scram=SCRAM,
            keystore=certs.server,
            logs=folder / "data",
            **ports,
        )
    )
    account = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    tool = [*run, "kafka.tools.StorageTool", "format", "-t", "c3Rvcnl3YXRjaC10ZXN0cw", "--add-scram", account]
    subprocess.run([*tool, "-c", str(properties)], check=True, capture_output=True)
    with log.open("wb") as output:
        server = subprocess.Popen(bind_to_parent([*run, "kafka.Kafka", str(properties)]), stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while STARTED not in log.read_text(errors="replace"):
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < deadline, "Kafka did not start"
            time.sleep(0.1)
        yield Listeners(clear=f"{HOST}:{ports['clear']}", secure=f"{HOST}:{ports['secure']}")
    finally:
        server.terminate()
        server.wait(30)
