"""The process that makes and delivers alerts, alone on the stack of a test, and receivers that do as a test says."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from connectors.kafka import admin
from connectors.kafka.producer import Producer
from connectors.kafka.reader import Reader
from deploy.system import System
from streams.alerts.outcomes import rank
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Alert, NamedReceiver, StoryUpdate, Track, Webhook
from streams.contract.stage import STATE
from streams.runtime.processes.process import bind_to_parent
from tests.fiction import SECRET, coverage, update

SITE = Path(__file__).parent / "clock_site"
STORY = "s1"
GOOD = {"teams": 202, "discord": 204}  # what a service answers when it has accepted; the others say 200
BAD = 503
FIRED = "new source"

# After a request has come: the status of the answer, or None to never answer.
Answer = Callable[[str], int | None]


class AlertDesk:
    """The state process of a system, which can be killed at any moment, and started again."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system = system
        self._log = folder / "state.log"
        self._clock = folder / "clock"  # seconds that the clock of the process is ahead
        self._process: subprocess.Popen[bytes] | None = None
        self._producer = Producer(system.settings)
        self._reader = Reader(system.settings, [topics.ALERTS])
        self._alerts: dict[str, Alert] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._producer.close()
        self._reader.close()

    def start(self) -> None:
        admin.evict_members(self.system.settings, self.system.settings.app_id(STATE))  # the embedded Kafka never does
        path = os.pathsep.join([str(SITE), os.environ.get("PYTHONPATH", "")])
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                bind_to_parent([sys.executable, "-m", "streams", STATE, "0", "0"]),
                env={**os.environ, **self.system.environment(), "PYTHONPATH": path, "CLOCK_FILE": str(self._clock)},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Send SIGKILL, and wait until the process is gone."""
        self.shoot()
        if self._process is not None:
            self._process.wait()

    def shoot(self) -> None:
        """Send SIGKILL."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)

    def is_dead(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def set_clock(self, seconds_ahead: float) -> None:
        """Set the clock of the process, not that of the log."""
        new = self._clock.with_suffix(".new")
        new.write_text(str(seconds_ahead))
        new.replace(self._clock)

    def save(self, made: Track | NamedReceiver) -> None:
        self._producer.send(topics.TRACKS if isinstance(made, Track) else topics.RECEIVERS, made)

    def report(self, *names: str) -> None:
        """A new source of the story for each of these publishers."""
        for name in names:
            self._producer.send(topics.UPDATES, new_source(name))

    def alerts(self) -> dict[str, Alert]:
        """Each alert in the last state that it reached, by its id; a killed process may send an earlier one again."""
        for record in self._reader.read_to_end():
            alert = decode(record.value, Alert)
            known = self._alerts.get(alert.id)
            if known is None or rank(alert) >= rank(known):
                self._alerts[alert.id] = alert
        return dict(self._alerts)

    def statuses(self, track: str | None = None) -> Counter[str]:
        found = self.alerts().values()
        return Counter(one.delivery.status for one in found if track is None or one.track == track)


def new_source(name: str) -> StoryUpdate:
    now = datetime.now(UTC)
    made = update(STORY, by=name, covers=coverage(name), filed_at=now)
    return replace(made, received_at=now, article=replace(made.article, fetched_at=now))


@dataclass
class Receivers:
    """Receivers of each kind on this machine. ``got``: for each the ids or titles that it was sent, in order."""

    answer: Answer = lambda kind: GOOD.get(kind, 200)
    got: dict[str, list[str]] = field(default_factory=dict)
    url: str = ""
    mail_port: int = 0

    def hook(self, kind: str) -> Webhook:
        """The receiver's address. ``kind``: a channel, or "template"."""
        if kind == "email":
            url = f"smtp://127.0.0.1:{self.mail_port}/?from=desk@a.example&to=night@b.example&tls=no"
            return Webhook(url=url, secret="", channel=kind, allow_private=True)
        if kind == "apprise":
            return Webhook(
                url=f"{self.url.replace('http', 'json')}/{kind}", secret="", channel=kind, allow_private=True
            )
        if kind in ("webhook", "template"):
            template = '{"publisher": {{ data.source.name | tojson }}}' if kind == "template" else ""
            return Webhook(url=f"{self.url}/{kind}", secret=SECRET, allow_private=True, template=template)
        return Webhook(url=f"{self.url}/{kind}", secret="", channel=kind, allow_private=True)

    def note(self, kind: str, text: str) -> int | None:
        """A message has come: note of which publisher it is, and say what to answer."""
        said = re.search(r"Outlet \d+", text)
        self.got.setdefault(kind, []).append(said.group() if said else text)
        return self.answer(kind)


@contextmanager
def receiving() -> Iterator[Receivers]:
    """Receivers in a thread."""
    receivers, started = Receivers(), threading.Event()
    loop, ends = asyncio.new_event_loop(), asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        status = receivers.note(request.path.strip("/"), await request.text())
        if status is None:
            await ends.wait()
        return web.Response(status=status or BAD, text="ok")

    class Mail:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            status = receivers.note("email", envelope.content.decode())
            return "250 queued" if status is not None and status < BAD else "451 later"

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        mail = await loop.create_server(lambda: SMTP(Mail(), hostname="mail.example"), "127.0.0.1", 0)
        receivers.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        receivers.mail_port = mail.sockets[0].getsockname()[1]
        started.set()
        await ends.wait()
        mail.close()
        await runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), daemon=True)
    thread.start()
    try:
        assert started.wait(10)
        yield receivers
    finally:
        loop.call_soon_threadsafe(ends.set)
        thread.join(10)
        loop.close()
