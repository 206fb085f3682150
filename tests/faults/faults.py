"""Each fault as data: what it is called, what it touches, how it is done and undone.

`inject` returns what undoes it, or None when it is over at once; it raises `NotNow` when there is nothing to do it to.
"""

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from deploy import real
from deploy.stack import SERVICES, Service
from streams import topics, topology
from streams.settings import Settings
from streams.stage import APPS, App
from tests.faults import hostile
from tests.faults.crew import Crew, Member, send
from tests.faults.desk import Desk
from tests.faults.desk import Mood as DeskMood
from tests.faults.disk import Disk
from tests.faults.load import Feeder
from tests.faults.proxy import Mood as ProxyMood
from tests.faults.proxy import Proxy

FROZEN_SECONDS = (9.0, 12.0)  # longer than the session of 6 s, so that another worker takes over meanwhile
AWAY_SECONDS = (3.0, 8.0)  # of a server or receiver in trouble
KAFKA_SECONDS = (20.0, 20.0)
AGAIN_PAGES = 30
GROUP_SECONDS = 30.0  # until the last member of a group is gone: a killed one stays for its session
STRAYS = (topics.RAW, topics.CLEAN, topics.UNIQUE, topics.TAGGED, topics.FILED, topics.UPDATES, topics.ALERTS)


class NotNow(Exception):
    """There is nothing to do this fault to at the moment."""


@dataclass
class Scene:
    """All that a fault may touch."""

    folder: Path  # of the stack
    settings: Settings
    elasticsearch: str  # the server's own address
    crew: Crew
    feeder: Feeder
    desk: Desk
    proxy: Proxy
    disk: Disk  # with the data of both servers
    chance: random.Random
    outage_seconds: float
    alerts_stopped: int = 0  # outages of Elasticsearch during which no alert came

    def member(self) -> Member:
        member = self.crew.some(self.chance)
        if member is None:
            raise NotNow
        return member


Undo = Callable[[], None]
Inject = Callable[[Scene], Undo | None]


@dataclass(frozen=True)
class Fault:
    """``touches``: no two faults that touch the same thing hold at the same time. ``lasts``: seconds until it is
    undone; with ``meets``, a count of what it was done to, at least until that has grown, for a while. ``weight``: how
    often it comes beside the others. ``quick``: belongs to the short run. ``optional``: left out when it is not now."""

    name: str
    inject: Inject
    touches: frozenset[str] = frozenset()
    lasts: tuple[float, float] = (0.0, 0.0)
    meets: Callable[[Scene], int] | None = None
    weight: int = 2
    quick: bool = False
    optional: bool = False


# --- processes ----------------------------------------------------------------------------------------------------


def _end_supervisor(number: signal.Signals, scene: Scene) -> None:
    member = scene.member()
    if member.pid is None:
        raise NotNow
    send(member.pid, number)


def _end_process(app: App, number: signal.Signals, scene: Scene) -> None:
    pid = scene.member().process(app)
    if pid is None:
        raise NotNow
    send(pid, number)


def _kill_child(scene: Scene) -> None:
    children = scene.member().children()
    if not children:
        raise NotNow
    send(scene.chance.choice(children), signal.SIGKILL)


def _freeze_process(app: App, scene: Scene) -> Undo:
    pid = scene.member().process(app)
    if pid is None:
        raise NotNow
    return _freeze([pid])


def _freeze_worker(scene: Scene) -> Undo:
    pids = scene.member().everything()
    if not pids:
        raise NotNow
    return _freeze(pids)


def _freeze(pids: list[int]) -> Undo:
    for pid in pids:
        send(pid, signal.SIGSTOP)

    def thaw() -> None:
        for pid in pids:
            send(pid, signal.SIGCONT)

    return thaw


def _join(scene: Scene) -> None:
    out = [member for member in scene.crew.members if not member.wanted]
    if not out:
        raise NotNow
    scene.chance.choice(out).wanted = True


def _leave(scene: Scene) -> None:
    members = scene.crew.wanted()
    if len(members) <= scene.crew.least:
        raise NotNow
    scene.chance.choice(members).leave()


# --- servers ------------------------------------------------------------------------------------------------------


def _away(service: Service, how: Callable[[Path, Service], None], scene: Scene) -> Undo:
    how(scene.folder, service)

    def back() -> None:
        real.start_service(scene.folder, service, die_with_parent=True)

    return back


def _elasticsearch_for_long(scene: Scene) -> Undo:
    """Alerts go on meanwhile: it stays away until one has come, or for much longer than one may take."""
    real.stop_service(scene.folder, "elasticsearch")
    heard, since = len(scene.desk.heard), time.monotonic()

    def back() -> None:
        while len(scene.desk.heard) == heard:
            if time.monotonic() - since > 3 * scene.outage_seconds + 60:
                scene.alerts_stopped += 1
                break
            scene.crew.tend()
            time.sleep(0.2)
        real.start_service(scene.folder, "elasticsearch", die_with_parent=True)

    return back


def _trouble(mood: ProxyMood, scene: Scene) -> Undo:
    scene.proxy.mood = mood
    return lambda: setattr(scene.proxy, "mood", "well")


def _disk_full(scene: Scene) -> Undo:
    """Neither server can write. Then there is room again, and both are started as by an operator."""
    if not scene.disk.there:
        raise NotNow
    scene.disk.fill()

    def freed() -> None:
        scene.disk.free()
        for service in SERVICES:
            real.kill_service(scene.folder, service)
            real.start_service(scene.folder, service, die_with_parent=True)
        # shards that could not be opened five times wait for somebody to say so
        httpx.post(f"{scene.elasticsearch}/_cluster/reroute?retry_failed=true", timeout=30).raise_for_status()

    return freed


def _indices_blocked(scene: Scene) -> Undo:
    """What Elasticsearch does to its indices when its disk is nearly full."""
    place = f"{scene.elasticsearch}/{scene.settings.index_prefix}*/_settings"

    def block(value: bool | None) -> None:
        httpx.put(place, json={"index.blocks.read_only_allow_delete": value}, timeout=30).raise_for_status()

    block(True)
    return lambda: block(None)


# --- receivers ----------------------------------------------------------------------------------------------------


def _receiver_down(scene: Scene) -> Undo:
    scene.desk.close()
    return scene.desk.open


def _mood(mood: DeskMood, scene: Scene) -> Undo:
    scene.desk.mood = mood
    return lambda: setattr(scene.desk, "mood", "well")


def _alerts_met(scene: Scene) -> int:
    return scene.desk.troubled.total()


def _requests_met(scene: Scene) -> int:
    return scene.proxy.troubled


# --- inputs -------------------------------------------------------------------------------------------------------


def _hostile(kind: str, scene: Scene) -> None:
    scene.feeder.hostile(kind)


def _stray(scene: Scene) -> None:
    scene.feeder.stray(scene.chance.choice(STRAYS))


def _second_run(scene: Scene) -> None:
    if not scene.feeder.again(AGAIN_PAGES):
        raise NotNow


def _replay(scene: Scene) -> None:
    """All workers stop, one topic of one group is set back to its beginning, and they start again."""
    members = scene.crew.wanted()
    scene.crew.leave()
    group, names = scene.chance.choice(sorted(topology.read_by(scene.settings).items()))
    _set_back(scene.settings.kafka, group, scene.chance.choice(names))
    for member in members:
        member.wanted = True


def _set_back(kafka: str, group: str, topic: str) -> None:
    deadline = time.monotonic() + GROUP_SECONDS
    while True:
        try:
            consumer = KafkaConsumer(bootstrap_servers=kafka)
            numbers = consumer.partitions_for_topic(topic) or set()
            consumer.close()
            admin = KafkaAdminClient(bootstrap_servers=kafka)
            beginning = {TopicPartition(topic, number): OffsetAndMetadata(0, "", -1) for number in numbers}
            try:
                admin.alter_group_offsets(group, beginning)
            finally:
                admin.close()
        except KafkaError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


KILL, TERM = signal.SIGKILL, signal.SIGTERM
KAFKA, ELASTIC, DESK, FROZEN, ALL = (frozenset({name}) for name in ("kafka", "elasticsearch", "desk", "frozen", "all"))

FAULTS: tuple[Fault, ...] = (
    Fault("supervisor killed", partial(_end_supervisor, KILL), weight=5, quick=True),
    Fault("supervisor told to end", partial(_end_supervisor, TERM), weight=3),
    *(Fault(f"{app} killed", partial(_end_process, app, KILL), weight=6, quick=True) for app in APPS),
    *(Fault(f"{app} told to end", partial(_end_process, app, TERM)) for app in APPS),
    Fault("pool child killed", _kill_child, weight=4, quick=True),
    Fault("worker joins", _join, weight=4, quick=True, optional=True),
    Fault("worker leaves", _leave, weight=3, optional=True),
    Fault("state frozen", partial(_freeze_process, "state"), FROZEN, FROZEN_SECONDS, weight=4, quick=True),
    Fault("work frozen", partial(_freeze_process, "work"), FROZEN, FROZEN_SECONDS),
    Fault("store frozen", partial(_freeze_process, "store"), FROZEN, FROZEN_SECONDS),
    Fault("worker frozen", _freeze_worker, FROZEN, FROZEN_SECONDS),
    Fault("kafka stopped", partial(_away, "kafka", real.stop_service), KAFKA, KAFKA_SECONDS, weight=1),
    Fault("kafka killed", partial(_away, "kafka", real.kill_service), KAFKA, AWAY_SECONDS, quick=True),
    Fault("elasticsearch stopped for long", _elasticsearch_for_long, ELASTIC | ALL, weight=1),
    Fault("elasticsearch killed", partial(_away, "elasticsearch", real.kill_service), ELASTIC, AWAY_SECONDS),
    Fault("elasticsearch says 429", partial(_trouble, "busy"), ELASTIC, AWAY_SECONDS, _requests_met, quick=True),
    Fault("elasticsearch says 503", partial(_trouble, "failing"), ELASTIC, AWAY_SECONDS, _requests_met),
    Fault("elasticsearch hangs up", partial(_trouble, "cutting"), ELASTIC, AWAY_SECONDS, _requests_met),
    Fault("elasticsearch blocks its indices", _indices_blocked, ELASTIC, AWAY_SECONDS),
    Fault("disk full", _disk_full, KAFKA | ELASTIC, AWAY_SECONDS, weight=1, optional=True),
    Fault("document refused", partial(_hostile, hostile.REFUSED), quick=True),
    Fault("page hangs the pool", partial(_hostile, hostile.HANGS), weight=1),
    Fault("page kills the pool", partial(_hostile, hostile.KILLS), quick=True),
    Fault("stray message", _stray, weight=4, quick=True),
    Fault("receiver down", _receiver_down, DESK, (1.0, 3.0), weight=3),
    Fault("receiver says 500", partial(_mood, "broken"), DESK, AWAY_SECONDS, _alerts_met, weight=3, quick=True),
    Fault("receiver slow", partial(_mood, "slow"), DESK, AWAY_SECONDS, _alerts_met, weight=3),
    Fault("receiver hangs up after storing", partial(_mood, "rude"), DESK, AWAY_SECONDS, _alerts_met, weight=3),
    Fault("topic replayed from 0", _replay, ALL, weight=2),
    Fault("the same input again", _second_run, weight=2),
)
