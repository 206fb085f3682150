"""Collects the status of the stack, both servers, the worker's processes, the lag of each stage and the receivers."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec
import urllib3

from connectors.cli.alerts import receiver_status
from connectors.cli.alerts.receiver_status import SwitchedOffReceiver
from connectors.cli.common import connect
from connectors.cli.common.times import iso_time
from connectors.cli.receivers import statuses
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
MOST_NAMES = 5  # of a receiver's tracks: a few lines
WAITS = " waits: "  # in a problem of /healthz, between a stage and the reason why it waits
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to listen on -> the one to connect to


@dataclass(frozen=True)
class StatusRow:
    """One row of the table."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True)
class ServerStatus:
    """``answers``: it can be reached. ``problem``: one line on what is wrong; None if it is ready for a worker."""

    name: str
    address: str
    answers: bool
    problem: str | None


@dataclass(frozen=True)
class WorkerProcess:
    """One process of the worker. ``lag``: stage -> waiting messages according to Kafka; empty while Kafka is away."""

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
    receivers: Mapping[str, str] = field(default_factory=dict)  # name -> how it is, of those with a problem

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

    def rows(self) -> Iterator[StatusRow]:
        if self.stack is None:
            yield StatusRow("stack", "not running", f"`{self.start}` starts one")
        else:
            yield _stack_row(self.stack)
        for server in self.servers:
            state = "ok" if server.problem is None else "not ready" if server.answers else "down"
            yield StatusRow(server.name, state, server.problem or server.address)
        for process in self.processes:
            detail = "; ".join(_merge_waits(process.problems)) or process.address or ""
            yield StatusRow(f"worker {process.app}", process.state, detail)
        if self.lag:
            waiting = ", ".join(f"{stage} {count}" for stage, count in self.lag.items())
            yield StatusRow("lag", str(sum(self.lag.values())), waiting)
        for receiver in self.off:
            yield StatusRow(f"receiver {receiver.host}", "off", _receiver_detail(receiver))
        for name, how in self.receivers.items():
            yield StatusRow(f"receiver {name}", how.partition(" ")[0], how)

    def report(self) -> dict[str, Any]:
        """The status as a JSON object."""
        return {
            "ok": self.ok,
            "stack": None if self.stack is None else {**asdict(self.stack), "pids": self.stack.pids},
            "servers": [asdict(server) for server in self.servers],
            "worker": [asdict(process) for process in self.processes],
            "lag": self.lag,
            "receivers_off": [asdict(receiver) for receiver in self.off],
            "receivers": self.receivers,
        }


def _stack_row(found: Stack) -> StatusRow:
    ended = [TITLES[service] for service in found.processes if service not in found.pids]
    if ended:
        return StatusRow(
            f"{found.kind} stack",
            "partly down",
            f"{' and '.join(ended)} ended; `{COMMANDS[found.kind]}` starts it again",
        )
    return StatusRow(f"{found.kind} stack", "running", f"{found.described}, {found.data}")


def _receiver_detail(receiver: SwitchedOffReceiver) -> str:
    names = list(receiver.tracks.values())
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    tracks = f"track{'s' if len(names) > 1 else ''} {', '.join(names[:MOST_NAMES])}{more}"
    resume = f"`storywatch track resume {next(iter(receiver.tracks))}` switches it on"
    return f"it said at {iso_time(receiver.since)} that it wants no more alerts, and gets none of {tracks}; {resume}"


def _merge_waits(problems: Sequence[str]) -> list[str]:
    """Merge the problems of stages that wait for the same reason into one sentence."""
    waiting: dict[str, list[str]] = {}
    others = []
    for problem in problems:
        stage, waits, reason = problem.partition(WAITS)
        if waits:
            waiting.setdefault(reason, []).append(stage)
        else:
            others.append(problem)
    merged = [
        f"{', '.join(stages[:-1])} and {stages[-1]} wait: {reason}"
        if len(stages) > 1
        else f"{stages[0]}{WAITS}{reason}"
        for reason, stages in waiting.items()
    ]
    return [*merged, *others]


def collect_status(settings: Settings) -> SystemStatus:
    """Check everything once, both servers at the same time. Raises nothing for a part that is missing."""
    with ThreadPoolExecutor(2) as executor:
        kafka_check = executor.submit(_check_kafka, settings)
        elasticsearch = executor.submit(_check_elasticsearch, settings).result()
        kafka, lag = kafka_check.result()
    with urllib3.PoolManager(retries=False, timeout=ASK_SECONDS) as client:
        processes = tuple(_check_process(client, settings, app, _lag_of_app(app, lag)) for app in APPS)
    found = stack.running(settings.data_dir)
    servers = (kafka, elasticsearch)
    # a server that is not ready is reported already
    ready = all(server.problem is None for server in servers)
    off = receiver_status.switched_off_receivers(settings) if ready else ()
    receivers = statuses.troubled(settings) if ready else {}
    return SystemStatus(stack.command(settings.data_dir), found, servers, processes, off, receivers)


def _check_kafka(settings: Settings) -> tuple[ServerStatus, dict[str, int]]:
    try:
        connect.check_kafka(settings)
        admin.existing(settings).check(topology.required_topics(settings), settings.partitions)
        lag = admin.lag_by_stage(settings)
    except StorywatchError as error:
        return ServerStatus("Kafka", settings.kafka, not isinstance(error, Unavailable), str(error)), {}
    return ServerStatus("Kafka", settings.kafka, True, None), lag


def _check_elasticsearch(settings: Settings) -> ServerStatus:
    where = settings.elasticsearch.rpartition("@")[2]  # without a password, in case it is no valid address
    try:
        with SearchClient(settings, answer_seconds=ASK_SECONDS) as client:
            where = client.address
            ready = client.installed(settings.index_prefix)
    except StorywatchError as error:
        return ServerStatus("Elasticsearch", where, not isinstance(error, Unavailable), str(error))
    problem = None if ready else "the index templates are missing: run `storywatch init`"
    return ServerStatus("Elasticsearch", where, True, problem)


def _lag_of_app(app: App, lag: Mapping[str, int]) -> dict[str, int]:
    return {place.name: lag[place.name] for place in topology.PIPELINE if place.app == app and place.name in lag}


def _address(settings: Settings, app: App) -> str | None:
    """The address in the process's status file, else the one in the settings; None if neither has a port."""
    status = status_files.read(settings, app)
    if status is not None and status.port:
        host, port = status.host, status.port
    else:
        host, port = settings.metrics_host, settings.metrics_port
        port = port + APPS.index(app) if port else 0
    host = WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" if port else None


def _starting(settings: Settings, app: App) -> str | None:
    """The state of a process that does not serve its health yet; None if it should."""
    status = status_files.read(settings, app)
    if status is not None and status.process.is_running:
        return "starting" if status.port == 0 else None
    if status_files.supervisor(settings) is None:
        return None
    return "starting" if status is None else "ended, and is started again"


def _check_process(client: urllib3.PoolManager, settings: Settings, app: App, lag: dict[str, int]) -> WorkerProcess:
    if (state := _starting(settings, app)) is not None:
        return WorkerProcess(app, None, True, (state,), lag)
    address = _address(settings, app)
    if address is None:
        return WorkerProcess(app, None, False, ("`storywatch worker` starts it",), lag)
    try:
        problems = _parse_problems(client.request("GET", f"{address}/healthz").data)
    except urllib3.exceptions.HTTPError as error:
        runs = status_files.supervisor(settings) is not None
        start = "" if runs else ": `storywatch worker` starts it"
        return WorkerProcess(app, address, False, (f"{address} does not answer ({failure_reason(error)}){start}",), lag)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return WorkerProcess(app, address, False, (f"another program than a worker answers at {address}",), lag)
    return WorkerProcess(app, address, True, problems, lag)


class _Health(msgspec.Struct):
    """The body of ``/healthz``, as far as it is used here."""

    status: str
    problems: tuple[str, ...] = ()


def _parse_problems(body: bytes) -> tuple[str, ...]:
    """The problems in a ``/healthz`` body; its status if that is not "ok" and it lists none.

    Raises `msgspec.DecodeError` or `UnicodeDecodeError` if it is no such body.
    """
    health = msgspec.json.decode(body, type=_Health)
    return health.problems or (() if health.status == "ok" else (health.status,))
