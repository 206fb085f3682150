"""A whole Storywatch in one folder: stack, topics, templates and worker, all ended on exit.

The demo, the tests of the pipeline and the benchmarks run on it.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError
from urllib.request import urlopen

from pydantic import SecretStr

from deploy.launcher import START
from deploy.stack import Kind, running, stop
from streams.contract.errors import StorywatchError
from streams.contract.stage import APPS, App
from streams.runtime.credentials import NONE_NEEDED
from streams.runtime.processes import status_files
from streams.runtime.processes.process import bind_to_parent
from streams.runtime.processes.status_files import ProcessStatus
from streams.runtime.settings import Settings

_ADDRESS = re.compile(r"http://(127\.0\.0\.1:\d+)")  # in the first line of `storywatch serve`
READY_SECONDS = 180.0  # a few on a quiet machine; a busy one loads the language model for a while


class System:
    """One Storywatch, a context manager. ``settings`` has its addresses."""

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, object] | None = None,
        *,
        stack: Kind = "embedded",
        stack_folder: Path | None = None,
    ) -> None:
        """``options``: settings by name. ``stack_folder``: use the stack that runs there and leave it running; without
        it a stack of the kind ``stack`` is started and stopped."""
        self._folder = folder
        self._stack = stack
        self._stack_folder = stack_folder
        self._options = dict(options or {})
        self._worker: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self.log = folder / "worker.log"
        self.settings = Settings(data_dir=folder)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # also Ctrl-C: what was started by then is ended
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the stack and create the topics and templates. Raises `UsageError` or `StorywatchError`."""
        if self._stack_folder is None:
            stack = START[self._stack](self._folder, kafka_port=0, elasticsearch_port=0, die_with_parent=True)
        else:
            found = running(self._stack_folder)
            if found is None:
                raise StorywatchError(f"no stack runs from {self._stack_folder}")
            stack = found
        given = {
            **NONE_NEEDED,
            "kafka": stack.kafka,
            "elasticsearch": stack.elasticsearch,
            "data_dir": self._folder,
            "metrics_port": 0,
            "serve_port": 0,
        }
        self.settings = Settings.model_validate({**given, **self._options})
        self._command("init")

    def _command(self, *arguments: str) -> None:
        """Run ``storywatch ARGUMENTS`` on this system. Raises `StorywatchError` with the last line of a failure."""
        done = subprocess.run(
            [sys.executable, "-m", "connectors.cli", *arguments],
            env={**os.environ, **self.environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StorywatchError(done.stderr.strip().rpartition("\n")[2])

    def start_worker(self, *, wait: bool = True) -> None:
        """Start the worker; with ``wait``, return when all its processes are ready."""
        status_files.clear(self.settings)
        with self.log.open("ab") as log:
            self._worker = subprocess.Popen(
                bind_to_parent([sys.executable, "-m", "connectors.cli", "worker"]),
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when all processes of the worker are ready. Raises `StorywatchError` if it ends or is slow."""
        deadline = time.monotonic() + READY_SECONDS
        while not all(self._healthy(app) for app in APPS):
            if self._worker is None or self._worker.poll() is not None:
                raise StorywatchError(f"the worker ended at once: {self._last_line()}")
            if time.monotonic() > deadline:
                raise StorywatchError(f"the worker was not ready within {READY_SECONDS:g} s: {self._last_line()}")
            time.sleep(0.05)

    def start_server(self) -> str:
        """Start `storywatch serve`, and return its address once it answers. Raises `StorywatchError`."""
        log = self._folder / "serve.log"
        with log.open("wb") as file:
            self._server = subprocess.Popen(
                bind_to_parent([sys.executable, "-m", "connectors.cli", "serve"]),
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            if (found := _ADDRESS.search(log.read_text(errors="replace"))) and _answers(found.group(1)):
                return found.group()
            time.sleep(0.05)
        raise StorywatchError(f"`storywatch serve` does not answer: see {log}")

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for commands on this system."""
        given = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return {f"STORYWATCH_{name.upper()}": _as_text(value) for name, value in given.items()}

    def kill_worker(self) -> None:
        """Send SIGKILL to the worker: all its processes end at once."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()

    def stop_worker(self) -> None:
        """Send SIGTERM to the worker, and SIGKILL if it does not end within 15 s."""
        if self._worker is not None and self._worker.poll() is None:
            self._worker.terminate()
            try:
                self._worker.wait(15)
            except subprocess.TimeoutExpired:
                self.kill_worker()

    def _stop_server(self) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(5)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def processes(self) -> dict[str, int]:
        """App -> pid of its process, from the status files."""
        return {app: self._status(app).process.pid for app in APPS}

    def close(self) -> None:
        """Stop the worker and the stack. Ctrl-C is ignored meanwhile, so that no half of it stays."""
        held = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._stop_server()
            self.stop_worker()
            if self._stack_folder is None:
                stop(self._folder)
        finally:
            for number, handler in held.items():
                signal.signal(number, handler)

    def metrics(self, app: App) -> str:
        """The body of ``/metrics`` of an app."""
        return self._ask(app, "metrics").decode()

    def health(self, app: App) -> str:
        """The body of ``/healthz`` of an app, whatever its status code."""
        try:
            return self._ask(app, "healthz").decode()
        except HTTPError as error:
            return error.read().decode()

    def _status(self, app: App) -> ProcessStatus:
        word = status_files.read(self.settings, app)
        if word is None:
            raise StorywatchError(f"the process {app} has not said where it serves its health")
        return word

    def _ask(self, app: App, page: str) -> bytes:
        word = self._status(app)
        with urlopen(f"http://{word.host}:{word.port}/{page}", timeout=5) as answer:
            text: bytes = answer.read()
            return text

    def _healthy(self, app: App) -> bool:
        try:
            self._ask(app, "healthz")
        except (OSError, StorywatchError):
            return False
        return True

    def _last_line(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"


def _answers(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/healthz", timeout=5):
            return True
    except OSError:
        return False


def _as_text(value: object) -> str:
    """A setting as the value of its variable; an empty one overrides the environment with "not set"."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
