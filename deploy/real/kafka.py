"""Starts one Kafka node, broker and controller in one process, on loopback."""

import base64
import subprocess
import uuid
from pathlib import Path

from deploy import processes
from deploy.processes import HOST
from deploy.real import java
from streams.contract.errors import StorywatchError
from streams.runtime.processes.process import Process, bind_to_parent

OLDEST_JAVA = 17
OPTIONS = ("-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1")  # without C2, for the reason given in elasticsearch.py
STARTED = "Kafka Server started"  # the log line of a server that takes requests; its port is open before
FORMAT_SECONDS = 120.0

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={logs}
# one node, so one replica
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# `storywatch init` creates the topics; a mistyped name is an error
auto.create.topics.enable=false
# no other member is about to join
group.initial.rebalance.delay.ms=0
# failover tests use sessions shorter than the default minimum of 6 s
group.min.session.timeout.ms=1000
# small, for a laptop and hundreds of test topics
offsets.topic.num.partitions=4
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=1048576
"""


def runtime() -> Path:
    """The home of the Java to use. Raises `UsageError` if none is new enough."""
    return java.home(OLDEST_JAVA, ("JAVA_HOME", "ES_JAVA_HOME"), "Kafka")


def start(
    jars: Path, folder: Path, port: int, log: Path, *, controller_port: int | None = None, die_with_parent: bool
) -> Process:
    """Launch Kafka with its data in ``folder``, without waiting; see `answers`.

    Raises `UsageError` without a suitable Java, `StorywatchError` if the folder cannot be formatted.
    """
    run = [str(runtime() / "bin" / "java"), *OPTIONS, "-cp", f"{jars}/*"]
    folder.mkdir(parents=True, exist_ok=True)
    properties = folder / "server.properties"
    controller = controller_port or processes.port(0, "Kafka's controller", "")
    logs = folder / "data"
    properties.write_text(PROPERTIES.format(host=HOST, port=port, controller=controller, logs=logs))
    if not (logs / "meta.properties").exists():
        _format(run, properties)
    command = [*run, "kafka.Kafka", str(properties)]
    return processes.spawn(bind_to_parent(command) if die_with_parent else command, log)


def answers(log: Path) -> bool:
    """True once the server takes requests, from its log."""
    return STARTED in log.read_text(errors="replace")


def _format(run: list[str], properties: Path) -> None:
    # like `kafka-storage random-uuid`, which starts a JVM; a leading hyphen would be taken for an option
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
    done = subprocess.run(
        [*run, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)],
        check=False,
        capture_output=True,
        text=True,
        timeout=FORMAT_SECONDS,
    )
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise StorywatchError(f"Kafka's data folder cannot be made: {said[-1] if said else 'it said nothing'}")
