"""How each fault is done and undone. `tests.faults.catalogue` lists them as data.

Each function returns what undoes the fault, or None when it is over at once, and raises `NotNow` when there is nothing
to do it to.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from connectors.cli.common import exit_codes as exits
from deploy import real
from deploy.stack import SERVICES, Service
from streams.contract import topics
from streams.contract.stage import App
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.http.serving import Answer, Site
from tests.faults import hostile
from tests.faults.crew import Crew, Member, send
from tests.faults.desk import Desk
from tests.faults.desk import Mood as DeskMood
from tests.faults.disk import Disk
from tests.faults.editors import Editors
from tests.faults.feeds import Feeds
from tests.faults.load import Feeder
from tests.faults.proxy import Mood as ProxyMood
from tests.faults.proxy import Proxy

ALL = frozenset({"all"})  # of what a fault touches: nothing else holds beside it
AGAIN_PAGES = 30
GROUP_SECONDS = 30.0  # until the last member of a group is gone: a killed one stays for its session
WATCH_SECONDS = 60.0  # for `watch` to poll two feeds
GOING = "7"  # the receiver that goes when one does
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
    site: Site  # of the feeds
    feeds: Feeds  # that the workers watch
    editors: Editors
    alerts_stopped: int = 0  # outages of Elasticsearch during which no alert came
    feeds_wrong: list[str] = field(default_factory=list)  # what `watch` did that it should not
    watched: set[str] = field(default_factory=set)  # arrivals that it said it had taken from good pages

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
    often it comes beside the others. ``quick``: belongs to the short run. ``optional``: left out when it is not now.
    ``strangers``: what somebody outside sends, by which no process may end."""

    name: str
    inject: Inject
    touches: frozenset[str] = frozenset()
    lasts: tuple[float, float] = (0.0, 0.0)
    meets: Callable[[Scene], int] | None = None
    weight: int = 2
    quick: bool = False
    optional: bool = False
    strangers: bool = False


# --- processes ----------------------------------------------------------------------------------------------------


def end_supervisor(number: signal.Signals, scene: Scene) -> None:
    member = scene.member()
    if member.pid is None:
        raise NotNow
    send(member.pid, number)


def end_process(app: App, number: signal.Signals, scene: Scene) -> None:
    pid = scene.member().process(app)
    if pid is None:
        raise NotNow
    send(pid, number)


def kill_child(scene: Scene) -> None:
    children = scene.member().children()
    if not children:
        raise NotNow
    send(scene.chance.choice(children), signal.SIGKILL)


def freeze_process(app: App, scene: Scene) -> Undo:
    pid = scene.member().process(app)
    if pid is None:
        raise NotNow
    return _freeze([pid])


def freeze_worker(scene: Scene) -> Undo:
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


def join(scene: Scene) -> None:
    out = [member for member in scene.crew.members if not member.wanted]
    if not out:
        raise NotNow
    scene.chance.choice(out).wanted = True


def leave(scene: Scene) -> None:
    members = scene.crew.wanted()
    if len(members) <= scene.crew.least:
        raise NotNow
    leaves = scene.chance.choice(members)
    if leaves.spooled:  # what waits on its disk would wait until it is back
        raise NotNow
    leaves.leave()


# --- servers ------------------------------------------------------------------------------------------------------


def away(service: Service, how: Callable[[Path, Service], None], scene: Scene) -> Undo:
    how(scene.folder, service)

    def back() -> None:
        real.start_service(scene.folder, service, die_with_parent=True)

    return back


def both_away(scene: Scene) -> Undo:
    backs = [away(service, real.stop_service, scene) for service in SERVICES]

    def back() -> None:
        for one in reversed(backs):
            one()

    return back


def elasticsearch_for_long(scene: Scene) -> Undo:
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


def trouble(mood: ProxyMood, scene: Scene) -> Undo:
    scene.proxy.mood = mood
    return lambda: setattr(scene.proxy, "mood", "well")


def disk_full(scene: Scene) -> Undo:
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


def indices_blocked(scene: Scene) -> Undo:
    """What Elasticsearch does to its indices when its disk is nearly full."""
    place = f"{scene.elasticsearch}/{scene.settings.index_prefix}*/_settings"

    def block(value: bool | None) -> None:
        httpx.put(place, json={"index.blocks.read_only_allow_delete": value}, timeout=30).raise_for_status()

    block(True)
    return lambda: block(None)


# --- receivers ----------------------------------------------------------------------------------------------------


def receiver_down(scene: Scene) -> Undo:
    scene.desk.close()
    return scene.desk.open


def mood(mood: DeskMood, scene: Scene) -> Undo:
    scene.desk.mood = mood
    return lambda: setattr(scene.desk, "mood", "well")


def gone(scene: Scene) -> None:
    """One of the receivers wants no more, from now on."""
    if scene.desk.gone:
        raise NotNow
    scene.desk.gone.add(GOING)


def alerts_met(scene: Scene) -> int:
    return scene.desk.troubled.total()


def requests_met(scene: Scene) -> int:
    return scene.proxy.troubled


# --- feeds that are watched -----------------------------------------------------------------------------------------


def no_names(scene: Scene) -> Undo:
    """No name of a feed's host has an address."""
    scene.feeds.no_names.touch()
    return scene.feeds.no_names.unlink


def feeds_hang(scene: Scene) -> Undo:
    """The host of the feeds takes requests and does not answer."""
    scene.feeds.hangs.set()
    return scene.feeds.hangs.clear


def feeds_met(scene: Scene) -> int:
    return scene.feeds.met


# --- people -------------------------------------------------------------------------------------------------------


def stories_corrected(scene: Scene) -> None:
    """Editors correct stories, and the process that decides it dies at about that time."""
    pid = scene.member().process("state")
    if pid is None or not scene.editors.work():
        raise NotNow
    send(pid, signal.SIGKILL)


# --- inputs -------------------------------------------------------------------------------------------------------


def hostile_page(kind: str, scene: Scene) -> None:
    scene.feeder.hostile(kind)


def odd_pages(scene: Scene) -> None:
    scene.feeder.odd()


def two_burning_pages(scene: Scene) -> None:
    for _ in range(2):
        scene.feeder.hostile(hostile.BURNS)


def hostile_feed(scene: Scene) -> Undo:
    """`watch` polls a feed with two good pages among what is wrong, and one that redirects to no host."""
    number = len(scene.site.routes)
    routes = {f"/{number}/good-{n}": _page(html) for n, html in enumerate(scene.feeder.some_pages(2))}
    moved = {f"/{number}/moved-{n}": _moved(host) for n, host in enumerate(hostile.NO_HOSTS)}
    good, odd = ([scene.site.url(path) for path in paths] for paths in (routes, moved))
    feed, away = f"/{number}/feed", f"/{number}/away"
    scene.site.routes.update(routes | moved)
    scene.site.routes.update({feed: Answer(hostile.feed(good, odd)), away: _moved(hostile.NO_HOSTS[0])})
    command = [sys.executable, "-m", "connectors.cli", "watch", "--once", "--allow-private", "--json"]
    watching = subprocess.Popen(
        [*command, scene.site.url(feed), scene.site.url(away)],
        env={**os.environ, **scene.crew.members[0].environment(), "STORYWATCH_HOST_DELAY_SECONDS": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    def watched() -> None:
        try:
            said, problems = watching.communicate(timeout=WATCH_SECONDS)
        except subprocess.TimeoutExpired:
            watching.kill()
            said, problems = watching.communicate()
        _judge(scene, good, watching.returncode, said.decode(), problems.decode())

    return watched


def _judge(scene: Scene, good: list[str], code: int, said: str, problems: str) -> None:
    if code != exits.REFUSED or "Traceback" in problems:
        last = problems.strip().splitlines()[-1:] or ["nothing"]
        scene.feeds_wrong.append(f"watch ended with {code} and said {last[0]}")
        return
    report = json.loads(said)
    arrivals = {article["url"]: article["arrival"] for article in report["articles"]}
    scene.feeds_wrong += [f"not taken: {url}" for url in good if url not in arrivals]
    scene.feeds_wrong += [] if report["failed"] == 1 else [f"{report['failed']} feeds failed, and not 1"]
    scene.watched |= {arrivals[url] for url in good if url in arrivals}


def _page(html: str) -> Answer:
    return Answer(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def _moved(host: str) -> Answer:
    return Answer(status=302, headers={"Location": host})


def stray(scene: Scene) -> None:
    scene.feeder.stray(scene.chance.choice(STRAYS))


def second_run(scene: Scene) -> None:
    if not scene.feeder.again(AGAIN_PAGES):
        raise NotNow


def replay(scene: Scene) -> None:
    """All workers stop, one topic of one group is set back to its beginning, and they start again."""
    members = scene.crew.wanted()
    scene.crew.leave()
    group, names = scene.chance.choice(sorted(topology.consumer_groups(scene.settings).items()))
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
