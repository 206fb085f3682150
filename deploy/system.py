"""A folder in; a whole Storywatch in it, out: stack, topics, templates, worker. Nothing outlives its end.

What the demo, the pipeline's tests and the benchmarks run.
"""

import os
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

READY_SECONDS = 180.0  # a few on a quiet machine; a busy one loads the language model for a while


class System:
    """One Storywatch. ``settings`` has its addresses; use as a context manager."""

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, object] | None = None,
        *,
        stack: Kind = "embedded",
        stack_folder: Path | None = None,
    ) -> None:
        """``options`` are settings by name. With ``stack_folder`` the stack that runs from there is used, whatever it
        is, and goes on when this system ends; otherwise one of the kind ``stack`` is started, and stopped."""
        self._folder = folder
        self._stack = stack
        self._stack_folder = stack_folder
        self._options = dict(options or {})
        self._worker: subprocess.Popen[bytes] | None = None
        self.log = folder / "worker.log"
        self.settings = Settings(data_dir=folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the stack and make what a worker needs. Raises `UsageError` or `StorywatchError`."""
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
        """Start the worker; with ``wait`` return when all of its processes are ready."""
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
        """Return when all processes of the worker are ready. Raises `StorywatchError` when they do not become so."""
        deadline = time.monotonic() + READY_SECONDS
        while not all(self._healthy(app) for app in APPS):
            if self._worker is None or self._worker.poll() is not None:
                raise StorywatchError(f"the worker ended at once: {self._last_words()}")
            if time.monotonic() > deadline:
                raise StorywatchError(f"the worker was not ready within {READY_SECONDS:g} s: {self._last_words()}")
            time.sleep(0.05)

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for a command that is to work on this system."""
        given = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return {f"STORYWATCH_{name.upper()}": _as_text(value) for name, value in given.items()}

    def kill_worker(self) -> None:
        """kill -9 of the worker: all of its processes end at once."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()

    def stop_worker(self) -> None:
        """End the worker as an operator does; kill it when it does not."""
        if self._worker is not None and self._worker.poll() is None:
            self._worker.terminate()
            try:
                self._worker.wait(15)
            except subprocess.TimeoutExpired:
                self.kill_worker()

    def processes(self) -> dict[str, int]:
        """App -> pid of the worker's processes, as they announced themselves."""
        return {app: self._word(app).process.pid for app in APPS}

    def close(self) -> None:
        """Stop all of it. A second Ctrl-C meanwhile must not leave half of it running."""
        held = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.stop_worker()
            if self._stack_folder is None:
                stop(self._folder)
        finally:
            for number, handler in held.items():
                signal.signal(number, handler)

    def metrics(self, app: App) -> str:
        """The text of a process's ``/metrics``."""
        return self._ask(app, "metrics").decode()

    def health(self, app: App) -> str:
        """The text of a process's ``/healthz``, whatever its status."""
        try:
            return self._ask(app, "healthz").decode()
        except HTTPError as error:
            return error.read().decode()

    def _word(self, app: App) -> ProcessStatus:
        word = status_files.read(self.settings, app)
        if word is None:
            raise StorywatchError(f"the process {app} has not said where it serves its health")
        return word

    def _ask(self, app: App, page: str) -> bytes:
        word = self._word(app)
        with urlopen(f"http://{word.host}:{word.port}/{page}", timeout=5) as answer:
            text: bytes = answer.read()
            return text

    def _healthy(self, app: App) -> bool:
        try:
            self._ask(app, "healthz")
        except (OSError, StorywatchError):
            return False
        return True

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"


def _as_text(value: object) -> str:
    """A setting as its variable has it; empty says that it is not set, whatever the environment holds."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
