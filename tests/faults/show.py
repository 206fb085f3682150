"""Runs a plan: faults and their ends while articles stream in, an audit after each round, results as JSON."""

import json
import os
import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.webhooks.signing import new_secret
from deploy.system import System
from streams.contract import topics
from streams.contract.errors import StorywatchError
from streams.runtime import topology
from tests.connectors.http.serving import serve
from tests.faults.audit import Audit
from tests.faults.crew import Crew, Member
from tests.faults.desk import Desk
from tests.faults.disk import Disk
from tests.faults.editors import Editors
from tests.faults.faults import ALL, Fault, NotNow, Scene, Undo
from tests.faults.feeds import Feeds, spools_empty
from tests.faults.findings import BAD, Findings
from tests.faults.journal import Journal
from tests.faults.load import Feeder, tracks
from tests.faults.plan import ROUND, Plan
from tests.faults.proxy import Proxy

SITE = Path(__file__).parent / "site"
PER_SECOND = 3.0  # articles: what two busy workers on two cores bear beside being killed
PAUSE_SECONDS = (0.5, 3.0)  # between two faults
TICK_SECONDS = 0.1
POSSIBLE_SECONDS = 300.0  # longest time, beside that of an outage, until a fault finds something to be done to
MEETING_SECONDS = 30.0  # longest time that a fault waits for something to be done to
SETTLE_SECONDS = 400.0  # longest time to come to rest: two retries of a receiver are 35 s, a hanging page 100
OPTIONS = {
    "session_seconds": 6.0,
    "commit_seconds": 0.5,
    "restart_pause_seconds": 0.5,
    "pool_processes": 1,
    "pool_timeout_seconds": 20.0,  # of CPU; four times that is the limit of real time, which a busy machine needs
    "webhook_timeout_seconds": 3.0,
    "fetch_timeout_seconds": 4.0,
    "host_delay_seconds": 0.0,
}


@dataclass(frozen=True)
class Open:
    """A fault that holds: until when, what ends it, and how much it had met when it began."""

    fault: Fault
    until: float
    undo: Undo
    met: int

    def is_over(self, scene: Scene, now: float) -> bool:
        """Its time has come, and it has met something; or nothing came its way for long."""
        if now < self.until:
            return False
        meets = self.fault.meets
        return meets is None or meets(scene) > self.met or now > self.until + MEETING_SECONDS


@dataclass
class Show:
    """A run of a plan. ``open``: faults that still hold."""

    scene: Scene
    audit: Audit
    journal: Journal
    plan: Plan
    done: Counter[str] = field(default_factory=Counter)
    open: list["Open"] = field(default_factory=list)
    flowing: bool = False  # whether feeds get new entries
    ended: int = 0  # processes, while nothing was done but what strangers do

    # --- faults -------------------------------------------------------------------------------------------------

    def round(self, chosen: list[Fault]) -> None:
        """Inject these, and undo all of them: what strangers do comes first, so that processes which end by it show."""
        if strangers := [fault for fault in chosen if fault.strangers]:
            before = self.scene.crew.ends()
            self._do(strangers)
            self._rest()
            self.ended += self.scene.crew.ends() - before
        if others := [fault for fault in chosen if not fault.strangers]:
            self._do(others)

    def _do(self, chosen: list[Fault]) -> None:
        self.scene.feeds.watch(self.scene.settings, paused=False)
        self.scene.feeder.flow()
        self.flowing = True
        for fault in chosen:
            self._inject(fault)
            self._idle(self.scene.chance.uniform(*PAUSE_SECONDS))
        while self.open:
            self._idle(TICK_SECONDS)
        self.flowing = False
        self.scene.feeder.hold()

    def _inject(self, fault: Fault) -> None:
        began = time.monotonic()
        while True:
            self._idle(TICK_SECONDS)
            if time.monotonic() > began + self.plan.outage_seconds + POSSIBLE_SECONDS:
                raise StorywatchError(f"{fault.name}: there was nothing that it could be done to")
            if self._is_free(fault):
                met = fault.meets(self.scene) if fault.meets else 0
                try:
                    undo = fault.inject(self.scene)
                except NotNow:
                    if fault.optional:
                        print(f"  not now: {fault.name}", flush=True)
                        return
                    continue
                break
        self.done[fault.name] += 1
        print(f"{sum(self.done.values()):4} {datetime.now(UTC):%H:%M:%S} {fault.name}", flush=True)
        if undo is not None:
            seconds = self.plan.outage_seconds if fault.touches & ALL else self.scene.chance.uniform(*fault.lasts)
            self.open.append(Open(fault, time.monotonic() + seconds, undo, met))

    def _is_free(self, fault: Fault) -> bool:
        if fault.touches & ALL:
            return not self.open
        return not any(
            fault.touches & other.touches or other.touches & ALL for other in (one.fault for one in self.open)
        )

    def _idle(self, seconds: float) -> None:
        """Let time pass: workers are started again and faults end meanwhile."""
        until = time.monotonic() + seconds
        while True:
            self.scene.crew.tend()
            if self.flowing:
                self.scene.feeds.tick()
            now = time.monotonic()
            for one in [one for one in self.open if one.is_over(self.scene, now)]:
                self.open.remove(one)
                one.undo()
            if time.monotonic() >= until:
                return
            time.sleep(TICK_SECONDS)

    # --- looking ------------------------------------------------------------------------------------------------

    def look(self) -> Findings:
        """Wait until the pipeline is at rest, and audit it."""
        self._rest()
        desk = self.scene.desk
        findings = self.audit.run(self.journal.read(), dict(desk.heard), desk.unsigned, gone=desk.gone)
        findings.note("alerts_stopped", ["while Elasticsearch was away"] * self.scene.alerts_stopped)
        cleaned = {article.arrival for article in self.audit.expected.cleaned.values()}
        findings.note("feeds_wrong", self.scene.feeds_wrong)
        findings.note("articles_missing", (f"taken by watch: {id_}" for id_ in self.scene.watched - cleaned))
        taken = {article.url for article in self.audit.expected.cleaned.values()}
        findings.figures["entries_published"] = len(self.scene.feeds.published)
        findings.note("entries_missing", self.scene.feeds.published - taken)
        corrected = self.scene.editors.corrected
        findings.figures["corrections_sent"] = len(corrected)
        findings.note("corrections_missing", corrected - self.audit.decided)
        findings.note("processes_ended", ["by what strangers did"] * self.ended)
        return findings

    def _rest(self) -> None:
        began = time.monotonic()
        while time.monotonic() < began + SETTLE_SECONDS and not self._at_rest():
            self._idle(0.5)
        print(f"at rest after {time.monotonic() - began:.0f} s", flush=True)

    def _at_rest(self) -> bool:
        feeds = self.scene.feeds
        if not feeds.all_left() or not spools_empty(self.scene.crew):
            return False
        try:
            if feeds.are_watched:  # polls without end are no rest
                feeds.watch(self.scene.settings, paused=True)
                return False
            if any(admin.lag(self.scene.settings, topology.consumer_groups(self.scene.settings)).values()):
                return False
            if self.audit.waiting_alerts():
                return False
            return not any(admin.lag(self.scene.settings, topology.consumer_groups(self.scene.settings)).values())
        except (StorywatchError, TimeoutError):
            return False


def play(folder: Path, plan: Plan, results: Path) -> int:
    """Run a plan with all its data in ``folder``. Returns the exit code; writes ``results`` after each round."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(SITE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    started = time.monotonic()
    with ExitStack() as ends:
        show = _set_up(ends, folder, plan)
        order = plan.order()
        print(f"set up in {time.monotonic() - started:.0f} s; {plan.faults} faults, seed {plan.seed}", flush=True)
        while True:
            left = plan.faults - sum(show.done.values())
            show.round(list(islice(order, min(left, ROUND))))
            findings = show.look()
            print("\n".join(findings.lines()), flush=True)
            _write(results, plan, show, findings, time.monotonic() - started)
            if sum(show.done.values()) >= plan.faults:
                break
        verdict = "good" if findings.good else "BAD"
        print(f"{sum(show.done.values())} faults in {time.monotonic() - started:.0f} s: {verdict}")
        return 0 if findings.good else 1


def _set_up(ends: ExitStack, folder: Path, plan: Plan) -> Show:
    stack_folder = folder / "stack"
    secret = new_secret()
    disk = ends.enter_context(Disk(stack_folder))
    if not disk.there:
        print(f"no disk can be made full here: {disk.why_not}", flush=True)
    system = ends.enter_context(System(stack_folder, stack="real"))
    proxy = ends.enter_context(Proxy(system.settings.elasticsearch))
    site = ends.enter_context(serve())
    desk = ends.enter_context(Desk(secret, folder / "desk.jsonl"))
    options = {**OPTIONS, "elasticsearch": proxy.url}
    crew = Crew([Member(f"w{n}", folder / f"w{n}", options, stack_folder) for n in (1, 2, 3)], least=2)
    ends.callback(crew.leave)
    followed = tracks(desk.url, secret, datetime.now(UTC))
    with Producer(system.settings) as producer:
        for track in followed.values():
            producer.send(topics.TRACKS, track)
    journal = Journal(folder / "journal.jsonl")
    feeder = ends.enter_context(Feeder(system.settings, journal, seed=plan.seed, per_second=PER_SECOND))
    feeds = Feeds(site, feeder.some_pages, folder)
    os.environ["FAULTS_NO_NAMES"] = str(feeds.no_names)
    crew.begin()
    scene = Scene(
        folder=stack_folder,
        settings=system.settings,
        elasticsearch=system.settings.elasticsearch,
        crew=crew,
        feeder=feeder,
        desk=desk,
        proxy=proxy,
        disk=disk,
        site=site,
        feeds=feeds,
        editors=Editors(system.settings, random.Random(plan.seed + 1)),
        chance=random.Random(plan.seed),
        outage_seconds=plan.outage_seconds,
    )
    audit = Audit(system.settings, system.settings.elasticsearch, followed)
    show = Show(scene, audit, journal, plan)
    while not all(member.ready() for member in crew.wanted()):
        show._idle(0.5)
    return show


def _write(results: Path, plan: Plan, show: Show, findings: Findings, seconds: float) -> None:
    results.parent.mkdir(exist_ok=True)
    told = {
        "n": sum(show.done.values()),
        "seed": plan.seed,
        "seconds": round(seconds),
        "good": findings.good,
        **findings.figures,
        "faults": dict(sorted(show.done.items())),
        "examples": {name: findings.examples[name] for name in BAD if findings.examples.get(name)},
    }
    results.write_text(json.dumps(told, indent=1) + "\n")
