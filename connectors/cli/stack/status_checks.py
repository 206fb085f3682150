"""Settings -> the state of the stack, both servers, the worker's processes, and what waits before each stage."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import urllib3

from connectors.cli.alerts import receiver_status
from connectors.cli.alerts.receiver_status import SwitchedOffReceiver
from connectors.cli.common import connect
from connectors.cli.common.times import iso_time
from connectors.connectivity import failure_reason
from connectors.elastic.read.client import SearchClient
from connectors.kafka import admin
from deploy import stack
from deploy.stack import COMMANDS, TITLES, Stack
from streams.contract.errors import StorywatchError, Unavailable
from streams.contract.stage import APPS, App
from streams.runtime import topology
from streams.runtime.processes import status_files
from streams.runtime.settings import Settings

ASK_SECONDS = 2.0  # a process on this machine that takes longer is not healthy
MOST_NAMES = 5  # of the tracks of a receiver: more do not fit a few lines
WAITS = " waits: "  # as /healthz says it of a stage
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to listen on, and where to ask then


@dataclass(frozen=True)
class StatusRow:
    """One line of the table."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True)
class ServerStatus:
    """``answers``: it is there. ``problem``: one line on what is wrong with it; None when it is ready for a worker."""

    name: str
    address: str
    answers: bool
    problem: str | None


@dataclass(frozen=True)
class WorkerProcess:
    """One app of the worker. ``lag``: stage -> messages that wait, as Kafka has it; empty while Kafka is away."""

    app: str
    address: str | None
    running: bool
    problems: tuple[str, ...]
    lag: dict[str, int]

    @property
    def state(self) -> str:
        if not self.running:
            return "not running"
        if self.address is None:
            return "starting"
        return "unhealthy" if self.problems else "healthy"


@dataclass(frozen=True)
class SystemStatus:
    """``start``: the command that starts the stack of this folder. ``off``: nothing is wrong here, but there."""

    start: str
    stack: Stack | None
    servers: tuple[ServerStatus, ...]
    processes: tuple[WorkerProcess, ...]
    off: tuple[SwitchedOffReceiver, ...] = ()

    @property
    def servers_answer(self) -> bool:
        return all(server.answers for server in self.servers)

    @property
    def ok(self) -> bool:
        return all(server.problem is None for server in self.servers) and all(
            process.running and not process.problems for process in self.processes
        )

    @property
    def lag(self) -> dict[str, int]:
        """Stage -> messages that wait before it, in the order of the pipeline."""
        waiting = {stage: count for process in self.processes for stage, count in process.lag.items()}
        return {stage.name: waiting[stage.name] for stage in topology.PIPELINE if stage.name in waiting}

    def parts(self) -> Iterator[StatusRow]:
        if self.stack is None:
            yield StatusRow("stack", "not running", f"`{self.start}` starts one")
        else:
            yield _stack_part(self.stack)
        for server in self.servers:
            state = "ok" if server.problem is None else "not ready" if server.answers else "down"
            yield StatusRow(server.name, state, server.problem or server.address)
        for process in self.processes:
            yield StatusRow(
                f"worker {process.app}", process.state, "; ".join(_told_once(process.problems)) or process.address or ""
            )
        if self.lag:
            waiting = ", ".join(f"{stage} {count}" for stage, count in self.lag.items())
            yield StatusRow("lag", str(sum(self.lag.values())), waiting)
        for receiver in self.off:
            yield StatusRow(f"receiver {receiver.host}", "off", _told_of(receiver))

    def report(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.ok,
            "stack": None if self.stack is None else {**asdict(self.stack), "pids": self.stack.pids},
            "servers": [asdict(server) for server in self.servers],
            "worker": [asdict(process) for process in self.processes],
            "lag": self.lag,
            "receivers_off": [asdict(receiver) for receiver in self.off],
        }


def _stack_part(found: Stack) -> StatusRow:
    gone = [TITLES[service] for service in found.processes if service not in found.pids]
    if gone:
        return StatusRow(
            f"{found.kind} stack",
            "partly down",
            f"{' and '.join(gone)} ended; `{COMMANDS[found.kind]}` starts it again",
        )
    return StatusRow(f"{found.kind} stack", "running", f"{found.described}, {found.data}")


def _told_of(receiver: SwitchedOffReceiver) -> str:
    names = list(receiver.tracks.values())
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    what = f"track{'s' if len(names) > 1 else ''} {', '.join(names[:MOST_NAMES])}{more}"
    resume = f"`storywatch track resume {next(iter(receiver.tracks))}` switches it on"
    return f"it answered 410 at {iso_time(receiver.since)}, and gets nothing of {what}; {resume}"


def _told_once(problems: Sequence[str]) -> list[str]:
    """Stages that wait for the same thing in one sentence: it is long, and the same server is away for all of them."""
    waiting: dict[str, list[str]] = {}
    others = []
    for problem in problems:
        stage, waits, reason = problem.partition(WAITS)
        if waits:
            waiting.setdefault(reason, []).append(stage)
        else:
            others.append(problem)
    told = [
        f"{', '.join(stages[:-1])} and {stages[-1]} wait: {reason}"
        if len(stages) > 1
        else f"{stages[0]}{WAITS}{reason}"
        for reason, stages in waiting.items()
    ]
    return [*told, *others]


def collect_status(settings: Settings) -> SystemStatus:
    """Ask everything once, the servers at the same time. Raises nothing for what is not there."""
    with ThreadPoolExecutor(2) as both:
        asked = both.submit(_kafka, settings)
        elasticsearch = both.submit(_elasticsearch, settings).result()
        kafka, lag = asked.result()
    with urllib3.PoolManager(retries=False, timeout=ASK_SECONDS) as client:
        processes = tuple(_process(client, settings, app, _of(app, lag)) for app in APPS)
    found = stack.running(settings.data_dir)
    servers = (kafka, elasticsearch)
    # of servers that are not ready it is said already
    off = receiver_status.switched_off_receivers(settings) if all(server.problem is None for server in servers) else ()
    return SystemStatus(stack.command(settings.data_dir), found, servers, processes, off)


def _kafka(settings: Settings) -> tuple[ServerStatus, dict[str, int]]:
    try:
        connect.check_kafka(settings)
        admin.existing(settings).check(topology.required_topics(settings), settings.partitions)
        lag = admin.lag_by_stage(settings)
    except StorywatchError as error:
        return ServerStatus("Kafka", settings.kafka, not isinstance(error, Unavailable), str(error)), {}
    return ServerStatus("Kafka", settings.kafka, True, None), lag


def _elasticsearch(settings: Settings) -> ServerStatus:
    where = settings.elasticsearch.rpartition("@")[2]  # until it is known to be an address: without a password
    try:
        with SearchClient(settings, answer_seconds=ASK_SECONDS) as client:
            where = client.address
            ready = client.installed(settings.index_prefix)
    except StorywatchError as error:
        return ServerStatus("Elasticsearch", where, not isinstance(error, Unavailable), str(error))
    problem = None if ready else "the index templates are missing: run `storywatch init`"
    return ServerStatus("Elasticsearch", where, True, problem)


def _of(app: App, lag: Mapping[str, int]) -> dict[str, int]:
    return {place.name: lag[place.name] for place in topology.PIPELINE if place.app == app and place.name in lag}


def _address(settings: Settings, app: App) -> str | None:
    """Where a process said that it serves its health, else where the settings have it; None when nobody knows."""
    word = status_files.read(settings, app)
    if word is not None and word.port:
        host, port = word.host, word.port
    else:
        host, port = settings.metrics_host, settings.metrics_port
        port = port + APPS.index(app) if port else 0
    host = ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" if port else None


def _at_the_start(settings: Settings, app: App) -> str | None:
    """What is to be said of a process that does not serve yet, or not for now; None of one that should."""
    word = status_files.read(settings, app)
    if word is not None and word.process.is_running:
        return "starting" if word.port == 0 else None
    if status_files.supervisor(settings) is None:
        return None
    return "starting" if word is None else "ended, and is started again"


def _process(client: urllib3.PoolManager, settings: Settings, app: App, lag: dict[str, int]) -> WorkerProcess:
    if (state := _at_the_start(settings, app)) is not None:
        return WorkerProcess(app, None, True, (state,), lag)
    address = _address(settings, app)
    if address is None:
        return WorkerProcess(app, None, False, ("`storywatch worker` starts it",), lag)
    try:
        said = msgspec.json.decode(client.request("GET", f"{address}/healthz").data, type=_Health)
    except urllib3.exceptions.HTTPError as error:
        runs = status_files.supervisor(settings) is not None
        start = "" if runs else ": `storywatch worker` starts it"
        return WorkerProcess(app, address, False, (f"{address} does not answer ({failure_reason(error)}){start}",), lag)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return WorkerProcess(app, address, False, (f"what answers at {address} is not a worker",), lag)
    return WorkerProcess(app, address, True, tuple(said.problems), lag)


class _Health(msgspec.Struct):
    """What ``/healthz`` of a process says."""

    problems: list[str]
