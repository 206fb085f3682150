"""Settings in; the state of the stack, both servers and the worker's processes out."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from connectors.elastic import sync_client
from connectors.elastic.install import installed
from connectors.kafka import admin, door
from connectors.net import shown
from deploy import stack
from deploy.stack import COMMANDS, TITLES, Stack
from streams import announced, topology
from streams.agents import STAGES
from streams.errors import StorywatchError, Unavailable
from streams.settings import Settings
from streams.stage import APPS, App

ASK_SECONDS = 2.0  # a process on this machine that takes longer is not healthy
WAITS = " waits: "  # as /healthz says it of a stage
LAG_METRIC = "storywatch_lag_messages"
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - an address to listen on, and where to ask then


@dataclass(frozen=True)
class Part:
    """One line of the table."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True)
class Server:
    """``answers``: it is there. ``problem``: one line on what is wrong with it; None when it is ready for a worker."""

    name: str
    address: str
    answers: bool
    problem: str | None


@dataclass(frozen=True)
class Process:
    """One app of the worker. ``lag``: stage -> messages that wait."""

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
class Status:
    """``start``: the command that starts the stack of this folder."""

    start: str
    stack: Stack | None
    servers: tuple[Server, ...]
    processes: tuple[Process, ...]

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
        return {stage.name: waiting[stage.name] for stage in STAGES if stage.name in waiting}

    def parts(self) -> Iterator[Part]:
        if self.stack is None:
            yield Part("stack", "not running", f"`{self.start}` starts one")
        else:
            yield _stack_part(self.stack)
        for server in self.servers:
            state = "ok" if server.problem is None else "not ready" if server.answers else "down"
            yield Part(server.name, state, server.problem or server.address)
        for process in self.processes:
            yield Part(
                f"worker {process.app}", process.state, "; ".join(_told_once(process.problems)) or process.address or ""
            )
        if self.lag:
            waiting = ", ".join(f"{stage} {count}" for stage, count in self.lag.items())
            yield Part("lag", str(sum(self.lag.values())), waiting)

    def report(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.ok,
            "stack": None if self.stack is None else {**asdict(self.stack), "pids": self.stack.pids},
            "servers": [asdict(server) for server in self.servers],
            "worker": [asdict(process) for process in self.processes],
            "lag": self.lag,
        }


def _stack_part(found: Stack) -> Part:
    gone = [TITLES[service] for service in found.processes if service not in found.pids]
    if gone:
        return Part(
            f"{found.kind} stack",
            "partly down",
            f"{' and '.join(gone)} ended; `{COMMANDS[found.kind]}` starts it again",
        )
    return Part(f"{found.kind} stack", "running", f"{found.described}, {found.data}")


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


def examine(settings: Settings) -> Status:
    """Ask everything once. Raises nothing for what is not there."""
    with httpx.Client(timeout=ASK_SECONDS, trust_env=False) as client:
        processes = tuple(_process(client, settings, app) for app in APPS)
    found = stack.running(settings.data_dir)
    return Status(stack.command(settings.data_dir), found, (_kafka(settings), _elasticsearch(settings)), processes)


def _kafka(settings: Settings) -> Server:
    try:
        door.check(settings)
        existing = admin.existing(settings)
    except StorywatchError as error:
        return Server("Kafka", settings.kafka, not isinstance(error, Unavailable), str(error))
    try:
        existing.check(topology.wanted(settings), settings.partitions)
    except StorywatchError as error:
        return Server("Kafka", settings.kafka, True, str(error))
    return Server("Kafka", settings.kafka, True, None)


def _elasticsearch(settings: Settings) -> Server:
    where = shown(settings.elasticsearch)
    try:
        with sync_client(settings) as client:
            ready = installed(client.options(request_timeout=ASK_SECONDS), settings.index_prefix)
    except StorywatchError as error:
        return Server("Elasticsearch", where, not isinstance(error, Unavailable), str(error))
    problem = None if ready else "the index templates are missing: run `storywatch init`"
    return Server("Elasticsearch", where, True, problem)


def _address(settings: Settings, app: App) -> str | None:
    """Where a process said that it serves its health, else where the settings have it; None when nobody knows."""
    word = announced.said(settings, app)
    if word is not None and word.port:
        host, port = word.host, word.port
    else:
        host, port = settings.metrics_host, settings.metrics_port
        port = port + APPS.index(app) if port else 0
    host = ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" if port else None


def _at_the_start(settings: Settings, app: App) -> str | None:
    """What is to be said of a process that does not serve yet, or not for now; None of one that should."""
    word = announced.said(settings, app)
    if word is not None and word.process.lives:
        return "starting" if word.port == 0 else None
    if announced.supervisor(settings) is None:
        return None
    return "starting" if word is None else "ended, and is started again"


def _process(client: httpx.Client, settings: Settings, app: App) -> Process:
    if (state := _at_the_start(settings, app)) is not None:
        return Process(app, None, True, (state,), {})
    address = _address(settings, app)
    if address is None:
        return Process(app, None, False, ("`storywatch worker` starts it",), {})
    try:
        answer = client.get(f"{address}/healthz")
        said = answer.json()
        problems = tuple(str(problem) for problem in said["problems"])
        lag = _lag(client.get(f"{address}/metrics").text)
    except httpx.TransportError as error:
        runs = announced.supervisor(settings) is not None
        problem = (
            f"{address} does not answer ({type(error).__name__}){'' if runs else ': `storywatch worker` starts it'}"
        )
        return Process(app, address, False, (problem,), {})
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return Process(app, address, False, (f"what answers at {address} is not a worker",), {})
    return Process(app, address, True, problems, lag)


def _lag(text: str) -> dict[str, int]:
    """Stage -> messages that wait before it, over all partitions, from the text of /metrics."""
    waiting: dict[str, int] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == LAG_METRIC:
                stage = sample.labels["stage"]
                waiting[stage] = waiting.get(stage, 0) + int(sample.value)
    return waiting
