"""Runs the command as a user does, and returns its output and exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kafka import KafkaProducer

from streams.runtime.settings import Settings

MAIN = Path(__file__).resolve().parents[3]
SECONDS = 60.0  # beyond this it hangs
NOWHERE = {"STORYWATCH_KAFKA": "127.0.0.1:9", "STORYWATCH_ELASTICSEARCH": "http://127.0.0.1:9"}  # nobody listens there


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    def one_line(self) -> str:
        """The only thing it said: one line on stderr, for a person."""
        assert self.out == ""
        assert self.err.startswith("storywatch: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


class Inside(Protocol):
    """Runs a command in this process, where nothing but the arguments matters: a process each takes half a second."""

    def __call__(self, *arguments: str | Path) -> Ran: ...


@dataclass(frozen=True)
class Command:
    """Runs `storywatch` with a data folder; ``settings`` are environment variables. Beyond ``seconds`` it hangs."""

    folder: Path
    settings: Mapping[str, str]
    seconds: float = SECONDS

    def __call__(self, *arguments: str | Path, stdin: str | bytes | None = None, **settings: str) -> Ran:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            self._line(arguments),
            input=given if given is not None else b"",
            capture_output=True,
            timeout=self.seconds,
            cwd=self.folder.parent,
            env=self._environment(settings),
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    @contextmanager
    def going(self, *arguments: str | Path, **settings: str) -> Iterator["Going"]:
        """One that does not end by itself."""
        process = subprocess.Popen(
            self._line(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder.parent,
            env=self._environment(settings),
        )
        try:
            yield Going(process)
        finally:
            process.kill()
            process.communicate(timeout=SECONDS)  # what it started must not outlive it and hold its pipes

    def into(self, stdout: int, *arguments: str | Path) -> "subprocess.Popen[str]":
        """Started with a file descriptor of the caller's as its stdout."""
        return subprocess.Popen(
            self._line(arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder.parent,
            env=self._environment({}),
        )

    def _line(self, arguments: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-m", "connectors.cli", *map(str, arguments)]

    def environment(self) -> dict[str, str]:
        """What a process of it is started with."""
        return self._environment({})

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        # a terminal's own size counts, not what a test runner says of it
        left_out = ("STORYWATCH_", "COLUMNS", "LINES")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        ours = {"STORYWATCH_DATA_DIR": str(self.folder), "PYTHONPATH": str(MAIN)}
        return {**clean, **ours, **self.settings, **settings}


@dataclass(frozen=True)
class Going:
    process: "subprocess.Popen[str]"

    def error_line(self) -> str:
        """The next line on stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def line(self) -> str:
        """The next line on stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, how: int = signal.SIGINT) -> Ran:
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=SECONDS)
        return Ran(self.process.returncode, out, err)


def wait_for(true: Any, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def put_on(settings: Settings, topic: str, *values: bytes | None) -> None:
    """Write records to a topic that is not Storywatch's own."""
    producer = KafkaProducer(bootstrap_servers=settings.kafka)
    try:
        for value in values:
            producer.send(topic, value=value, key=b"key").get(timeout=30)
    finally:
        producer.close(timeout=5)
