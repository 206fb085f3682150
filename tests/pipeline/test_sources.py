"""Sources watched by a worker: what its polls bring through kill -9, Kafka's own assignment and bad neighbours."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest

from connectors.api.server import bind
from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.kafka.reader import Reader
from connectors.webhooks.receiving import Received
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.errors import StorywatchError
from streams.contract.messages import Polled, RawArticle
from streams.contract.stage import SOURCES, STATE, STORE, App
from streams.runtime.processes import status_files
from streams.runtime.processes.process import bind_to_parent
from tests.conftest import MakeSystem
from tests.connectors.api.local_hub import local_hub
from tests.connectors.api.serving import serving
from tests.connectors.http.serving import Answer, Site, serve
from tests.fiction import SECRET

PAGE = {"Content-Type": "text/html; charset=utf-8"}
WAIT_SECONDS = 90.0


def feed(site: Site, name: str, *entries: str) -> None:
    """A feed of these entries, with an ETag that it answers to, and their pages."""
    for entry in entries:
        page = f"<html><body><article><h1>{entry}</h1><p>The gate of {entry} at Dunmoor.</p></article></body></html>"
        site.routes.setdefault(f"/{entry}", Answer(page.encode(), headers=PAGE))
    items = "".join(f"<item><title>{one}</title><link>{site.url(f'/{one}')}</link></item>" for one in reversed(entries))
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()
    etag = f'"{"-".join(entries)}"'

    def answer(headers: Mapping[str, str]) -> Answer:
        if headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body, headers={"ETag": etag, "Content-Type": "application/rss+xml"})

    site.routes[f"/{name}.xml"] = answer


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site


Start = Callable[..., None]


@pytest.fixture
def running() -> Iterator[Start]:
    """Starts a worker of which only the app `sources` runs, or also others, and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(system: System, *others: App) -> None:
        code = f"supervise(load_settings.settings(), {[SOURCES, *others]!r})"
        code = f"from deploy import load_settings; from streams.worker import supervise; {code}"
        with system.log.open("ab") as log:
            environment = {**os.environ, **system.environment()}
            command = bind_to_parent([sys.executable, "-c", code])
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        for app in (SOURCES, *others):
            wait_until_ready(system, app)

    yield start
    for process in started:
        process.terminate()
        process.wait()


def wait_until_ready(system: System, app: App = SOURCES) -> None:
    def answers() -> bool:
        try:
            return bool(system.health(app))
        except (OSError, StorywatchError):
            return False

    wait_for(answers, system)


def fetcher(system: System, app: App = SOURCES) -> int:
    """The pid of the process that polls, or of that of another app."""
    found = status_files.read(system.settings, app)
    assert found is not None
    return found.process.pid


def command(system: System, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "connectors.cli", *arguments],
        env={**os.environ, **system.environment()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for(holds: Callable[[], bool], system: System) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, system.log.read_text()[-3_000:]
        time.sleep(0.2)


def arrived(system: System) -> list[str | None]:
    """The titles of everything that was sent in."""
    with Reader(system.settings, [topics.RAW]) as reader:
        return [decode(record.value, RawArticle).given.title for record in reader.read_to_end()]


def polls(system: System) -> list[Polled]:
    with Reader(system.settings, [topics.POLLS]) as reader:
        return [decode(record.value, Polled) for record in reader.read_to_end()]


def test_a_killed_fetcher_loses_and_repeats_nothing(make_system: MakeSystem, running: Start, site: Site) -> None:
    system = make_system(host_delay_seconds=0)
    feed(site, "tarn", "a1", "a2", "a3")
    running(system)
    command(system, "source", "add", site.url("/tarn.xml"), "--no-test", "--allow-private", "--interval", "30s")
    wait_for(lambda: sum(one.state is not None and one.state.polled for one in polls(system)) >= 1, system)
    assert sorted(filter(None, arrived(system))) == ["a1", "a2", "a3"]
    asked = len(site.asked)
    # killed after a poll: the source is not due, so the next owner of its partition does not ask for it
    os.kill(fetcher(system), signal.SIGKILL)
    wait_until_ready(system)
    assert len(site.asked) == asked
    # killed in the middle of a poll: the page of one entry hangs until the process is gone
    feed(site, "tarn", "a1", "a2", "a3", "b1", "b2", "b3")
    gate: list[int] = []

    def hangs_once(headers: Mapping[str, str]) -> Answer:
        gate.append(1)
        if len(gate) == 1:
            os.kill(fetcher(system), signal.SIGKILL)
        return Answer(b"<html><body><article><p>The gate of b2 at Dunmoor.</p></article></body></html>", headers=PAGE)

    site.routes["/b2"] = hangs_once
    command(system, "source", "resume", site.url("/tarn.xml"))
    wait_for(lambda: "b3" in arrived(system), system)
    wait_for(lambda: (last := polls(system)[-1].state) is not None and last.etag is not None, system)
    counts = Counter(arrived(system))
    assert set(counts) == {"a1", "a2", "a3", "b1", "b2", "b3"}
    assert all(counts[name] == 1 for name in ("a1", "a2", "a3", "b2", "b3")), counts  # of b1 the state was not sent yet
    versions = [one.state.version for one in polls(system) if one.state is not None]
    assert versions == sorted(set(versions))
    assert len(keys(system)) == 6


def keys(system: System) -> set[bytes | None]:
    """The ids of everything that was sent in."""
    with Reader(system.settings, [topics.RAW]) as reader:
        return {record.key for record in reader.read_to_end()}


def test_bad_sources_do_not_delay_a_good_one(make_system: MakeSystem, running: Start, site: Site) -> None:
    system = make_system(host_delay_seconds=0, fetch_timeout_seconds=3)
    feed(site, "good", "c1")
    page = Answer(b"<!doctype html><html><title>Sign in</title><form>password</form></html>", headers=PAGE)
    site.routes |= {
        "/login": page,
        "/loop": Answer(status=302, headers={"Location": site.url("/loop")}),
        "/private": Answer(status=302, headers={"Location": "http://169.254.169.254/latest"}),
        "/slow": Answer(b"<rss>" * 1_000, drip_seconds=0.5),
        "/endless": Answer(b"<rss><channel>" + b"<item><title>x</title></item>" * 250_000, headers={}),
        "/gone": Answer(status=410),
    }
    bad = [site.url(path) for path in ("/login", "/loop", "/private", "/slow", "/endless", "/gone")]
    running(system)
    command(system, "source", "add", *bad, site.url("/good.xml"), "--no-test", "--allow-private")
    wait_for(lambda: len({one.source for one in polls(system)}) == 7, system)
    assert arrived(system) == ["c1"]
    states = {one.state.url: one.state for one in polls(system) if one.state is not None}
    reasons = {url.removeprefix(site.base): states[url].error or "" for url in bad}
    assert reasons["/login"] == "a web page, not an RSS, Atom or JSON feed"
    assert reasons["/loop"].startswith("more than 5 redirects")
    assert "169.254.169.254" in reasons["/private"]
    assert reasons["/slow"].startswith("no complete answer within 3 s")
    assert reasons["/endless"].startswith("over the limit of")
    assert states[site.url("/gone")].gone_at is not None
    # one that answers 410 is left alone until a person asks again
    asked = site.paths().count("/gone")
    command(system, "source", "resume", site.url("/gone"))
    wait_for(lambda: site.paths().count("/gone") == asked + 1, system)


def test_a_hub_brings_news_until_the_source_is_removed(make_system: MakeSystem, running: Start) -> None:
    with bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    system = make_system(host_delay_seconds=0, public_url=f"http://127.0.0.1:{port}/")
    running(system)
    with local_hub() as hub, serving(system.environment(), "--port", str(port)):
        hub.entries = ["a1"]
        # nothing but a hub has it polled again within the time of this test
        command(system, "source", "add", hub.feed, "--no-test", "--allow-private", "--own-text", "--interval", "1d")
        wait_for(lambda: hub.confirmed == [("subscribe", 200)], system)
        wait_for(lambda: any(one.state is not None and one.state.polled for one in polls(system)), system)
        assert arrived(system) == ["a1"]
        hub.entries.append("a2")
        assert hub.notify().status_code == 202
        wait_for(lambda: "a2" in arrived(system), system)
        assert sorted(filter(None, arrived(system))) == ["a1", "a2"]
        command(system, "source", "remove", hub.feed)
        wait_for(lambda: polls(system)[-1].state is None, system)


def test_a_receiver_is_told_once_through_kills(make_system: MakeSystem, running: Start, site: Site) -> None:
    """The fetcher dies in the poll that finds the trouble, then `deliver` between the POST and its outcome."""
    system = make_system(host_delay_seconds=0)
    deaths: list[str] = []
    came: list[Received] = []

    def gone(headers: Mapping[str, str]) -> Answer:
        if not deaths:
            deaths.append("fetcher")
            os.kill(fetcher(system), signal.SIGKILL)
        return Answer(status=410)

    site.routes["/tarn.xml"] = gone
    with LocalReceiver(SECRET) as hearing:
        hearing.answers.append(503)  # it dies while the notice waits for its second attempt

        def heard(number: int) -> bool:
            while not hearing.received.empty():
                came.append(hearing.received.get())
            return len(came) >= number

        command(system, "receiver", "add", "desk", "--url", hearing.url, "--allow-private", "--secret", SECRET)
        command(system, "source", "add", site.url("/tarn.xml"), "--no-test", "--allow-private", "--alert", "desk")
        running(system, STATE, STORE)
        wait_for(lambda: heard(1), system)
        os.kill(fetcher(system, STATE), signal.SIGKILL)
        wait_for(lambda: heard(2), system)
        wait_for(lambda: '"status":"delivered"' in compact(command(system, *LISTED)), system)
        feed(site, "tarn", "a1")
        command(system, "source", "resume", site.url("/tarn.xml"))
        wait_for(lambda: heard(3), system)
        os.kill(fetcher(system), signal.SIGKILL)
        wait_until_ready(system)
        wait_for(lambda: compact(command(system, *LISTED)).count('"status":"delivered"') == 2, system)
        assert heard(3)
    assert [one.payload["type"] for one in came] == ["source.broken", "source.broken", "source.recovered"]
    assert came[0].id == came[1].id != came[2].id
    assert came[0].payload == came[1].payload
    assert "410" in came[0].payload["data"]["why"]


LISTED = ("deliveries", "list", "--sources", "--json")


def compact(text: str) -> str:
    return "".join(text.split())
