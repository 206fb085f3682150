"""Runs the demo: starts a complete Storywatch, feeds articles to it, shows the results, and removes it."""

import contextlib
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from connectors.cli.demo.article_feed import ArticleFeed
from connectors.cli.demo.local_receiver import LocalReceiver
from connectors.cli.demo.pipeline_follower import PipelineFollower
from connectors.cli.demo.screen import Screen
from connectors.cli.demo.summary import summarise
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.files import read as files
from connectors.kafka.producer import Producer
from connectors.webhooks.signing import new_secret
from deploy import load_settings
from deploy.stack import Kind
from deploy.system import System
from streams.contract.errors import UsageError
from streams.contract.messages import Lane

HERE = Path(__file__).parent
OWN_ARTICLES = HERE / "articles"
OWN_PUBLISHERS = HERE / "publishers.yaml"
OWN_FETCHED_AT = datetime(2026, 3, 12, 12, tzinfo=UTC)  # the day after most of the articles, which are fiction

NEXT_STEPS = """What to try next:
  storywatch demo PATH... --track-first    the same with your own files
  storywatch demo --keep                   the same, left running with its console to look around
  storywatch up                            start Kafka and Elasticsearch for longer; then init, worker, ingest, track
  docs/ and README.md                      how it works, feeds, webhooks, Kibana"""


def run_demo(
    paths: Sequence[Path],
    *,
    track_first: bool,
    fetched_at: datetime | None,
    report: Path | None,
    stack: Kind,
    keep: bool,
    console: Console,
) -> None:
    """Run the demo on ``paths``, or on the sample articles if there are none, and write ``report`` as JSON.

    With ``keep`` everything runs on, with the console, until Ctrl-C or SIGTERM. Raises `StorywatchError` with one line
    if something fails. Nothing is left running in any case.
    """
    if report is not None:
        _check_writable(report)
    if paths and not any(path.exists() for path in paths):
        raise UsageError(
            f"{paths[0]}: there is no such file, and nothing else was given: give files or folders with articles"
        )
    own = not paths
    screen = Screen(console)
    folder = Path(tempfile.mkdtemp(prefix="storywatch-demo-"))
    previous_handler = signal.signal(signal.SIGTERM, _interrupt)
    failed = False
    try:
        with _system(
            folder, OWN_PUBLISHERS if own else load_settings.settings().publishers_file, stack, screen
        ) as system:
            result = _run(
                [OWN_ARTICLES] if own else paths,
                system,
                screen,
                track=own or track_first,
                fetched_at=fetched_at or (OWN_FETCHED_AT if own else None),
            )
            screen.summary(result)
            if report is not None:
                report.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
                screen.say(f"Written to {report}")
            if keep:
                _wait_at_console(system, screen)
    except KeyboardInterrupt:
        if not keep:
            raise
    except Exception:
        failed = True  # Ctrl-C is no failure
        raise
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
        if failed and (folder / "worker.log").exists():
            screen.say(f"Stopped. The worker's log: {folder / 'worker.log'}")
            shutil.rmtree(folder / stack, ignore_errors=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    screen.say("")
    for line in NEXT_STEPS.splitlines() if own else ["Everything was stopped and removed."]:
        screen.say(line)


@contextlib.contextmanager
def _system(folder: Path, publishers: Path | None, stack: Kind, screen: Screen) -> Iterator[System]:
    options: dict[str, object] = {"commit_seconds": 0.3, "publishers_file": publishers, "console_access": "open"}
    screen.say(f"Starting Kafka and Elasticsearch ({stack}), on free ports of this machine ...")
    with System(folder, options, stack=stack) as system:
        screen.say("Starting the worker: cleaning, copies, entities, stories, alerts ...")
        system.start_worker()
        yield system


def _run(
    paths: Sequence[Path], system: System, screen: Screen, *, track: bool, fetched_at: datetime | None
) -> dict[str, Any]:
    secret = new_secret()
    with (
        LocalReceiver(secret) as receiver,
        PipelineFollower(system.settings) as follower,
        Producer(system.settings) as producer,
        SearchClient(system.settings) as client,
    ):
        screen.say("Ready. Articles arrive one after another:")
        screen.say("")
        feed = ArticleFeed(system.settings, producer, follower, receiver, screen.show)
        arrivals = files.read(paths, fetched_at=fetched_at, lane=Lane.LIVE)
        feed.feed(arrivals, secret if track else None)
        return summarise(feed.run, Search(client, system.settings.index_prefix))


def _wait_at_console(system: System, screen: Screen) -> None:
    """Serve the console until Ctrl-C or SIGTERM, which arrive as `KeyboardInterrupt`."""
    screen.say("")
    screen.say("Starting the console ...")
    screen.say(f"Look around at {system.start_server()}/?period=all&sort=sources ; Ctrl-C ends and removes everything.")
    while True:
        time.sleep(60)


def _check_writable(report: Path) -> None:
    try:
        with report.open("a"):
            pass
    except OSError as error:
        raise UsageError(f"{report} cannot be written ({error.strerror}): choose another file") from error


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
