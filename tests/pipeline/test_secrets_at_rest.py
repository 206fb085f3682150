"""What receivers are called with is stored encrypted and shown by nothing, also when a receiver quotes it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.kafka.producer import Producer
from connectors.webhooks.sealing import new_key
from deploy.system import System
from streams.contract import topics
from tests.conftest import MakeSystem
from tests.pipeline.alert_desk import new_source
from tests.pipeline.runs import until

SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OF_TRACK = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PASSWORD = "correct-horse-battery"
TOKENS = (
    "hookTokenInThePath",
    "hookTokenInTheQuery",
    "slackTokenInThePath",
    "appriseTokenInTheUser",
    "trackTokenInPath",
)
SECRETS = (SIGNING, OF_TRACK, PASSWORD, *TOKENS)


class Quoting(BaseHTTPRequestHandler):
    """Refuses each request with all that it was sent."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        known = SIGNING if TOKENS[0] in self.path else OF_TRACK if TOKENS[4] in self.path else ""
        answer = f"{self.path} is wrong; {known} too; {self.headers}".encode()
        self.send_response(500)
        self.send_header("content-type", "text/plain")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@pytest.fixture
def quoting() -> Iterator[str]:
    """The host and port of a receiver that quotes its requests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quoting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def storywatch(system: System, *arguments: str, fails: bool = False) -> str:
    """What a command prints to stdout. None of its lines shows a secret, except the one that is new."""
    done = subprocess.run(
        [sys.executable, "-m", "connectors.cli", *arguments],
        env={**os.environ, **system.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert (done.returncode != 0) == fails, done.stderr
    assert "Traceback" not in done.stderr
    assert shown([done.stderr.encode()]) == []
    return done.stdout


def add_receivers(system: System, host: str, folder: Path) -> list[str]:
    """Receivers whose addresses and passwords are secrets; their names."""
    files = {"signing": SIGNING, "password": PASSWORD, "track": OF_TRACK}
    for name, content in files.items():
        (folder / name).write_text(content)
    made = {
        "hook": (f"http://{host}/{TOKENS[0]}?key={TOKENS[1]}", "webhook", "signing"),
        "chat": (f"http://{host}/services/{TOKENS[2]}", "slack", None),
        "mail": ("smtp://desk@127.0.0.1:9/?from=a@a.example&to=b@b.example&tls=no", "email", "password"),
        "service": (f"json://{TOKENS[3]}:{PASSWORD}@{host}/x", "apprise", None),
    }
    for name, (url, channel, secret) in made.items():
        given = ("--secret-file", str(folder / secret)) if secret else ()
        storywatch(system, "receiver", "add", name, "--url", url, "--channel", channel, "--allow-private", *given)
    for name in made:
        assert shown([storywatch(system, "receiver", "test", name, fails=True).encode()]) == []
    return list(made)


def shown(texts: list[bytes]) -> list[str]:
    """The secrets that are in some of the texts, each with the beginning of its text."""
    return [f"{secret} in {text[:200]!r}" for secret in SECRETS for text in texts if secret.encode() in text]


def stored(system: System) -> list[bytes]:
    """Every message of every topic and changelog, and every document."""
    consumer = KafkaConsumer(bootstrap_servers=system.settings.kafka, enable_auto_commit=False)
    ours = [name for name in consumer.topics() if name.startswith(system.settings.topic_prefix)]
    parts = [TopicPartition(name, part) for name in ours for part in consumer.partitions_for_topic(name) or ()]
    ends = consumer.end_offsets(parts)
    consumer.assign(parts)
    consumer.seek_to_beginning()
    found: list[bytes] = []
    while any(consumer.position(one) < ends[one] for one in parts):
        for records in consumer.poll(500).values():
            found += [(record.key or b"") + b" " + (record.value or b"") for record in records]
    consumer.close()
    address = f"{system.settings.elasticsearch}/{system.settings.topic_prefix}*/_search"
    answer = httpx.get(address, params={"size": 10_000}, timeout=30).raise_for_status()
    return found + [json.dumps(one).encode() for one in answer.json()["hits"]["hits"]]


def served(system: System) -> list[bytes]:
    """What the API answers to a key that may do everything."""
    key = json.loads(storywatch(system, "key", "add", "all", "--scope", "admin", "--json"))
    address = system.start_server()
    found = []
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key['key']}"}, timeout=30) as client:
        until(lambda: client.get("/v1/tracks").status_code == 200, "the server does not know its key")
        for path in ("receivers", "receivers/hook", "deliveries", "alerts", "export/alerts"):
            answer = client.get(f"/v1/{path}")
            assert answer.status_code == 200, path
            found.append(answer.content)
    return found


def test_what_receivers_are_called_with_is_never_shown(make_system: MakeSystem, quoting: str, tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    system = make_system(secrets_key=new_key())
    names = add_receivers(system, quoting, tmp_path)
    storywatch(system, "receiver", "edit", "hook", "--new-secret", "--overlap", "1d")
    to = [part for name in names for part in ("--receiver", name)]
    hook = ("--webhook", f"http://{quoting}/{TOKENS[4]}", "--allow-private", "--secret-file", str(tmp_path / "track"))
    storywatch(system, "track", "add", "--query", "wall", "--name", "all", *to, *hook)
    system.start_worker()
    with Producer(system.settings) as producer:
        producer.send(topics.UPDATES, new_source("Outlet 100"))

    def attempted() -> bool:
        found = json.loads(storywatch(system, "deliveries", "list", "--json"))
        return len([one for one in found if one["attempts"]]) == len(names) + 1

    until(attempted, "not every receiver was asked")
    system.stop_worker()
    at_rest = stored(system)
    assert any(b"Outlet 100" in text for text in at_rest)
    assert shown(at_rest) == []
    assert shown([system.log.read_bytes()]) == []
    commands = [
        ("receiver", "list", "--json"), ("receiver", "show", "hook", "--json"), ("receiver", "show", "mail"),
        ("deliveries", "list", "--json"), ("audit", "--json"),
        ("alerts", "--json"), ("export", "alerts"),
    ]  # fmt: skip
    for command in commands:
        assert shown([storywatch(system, *command).encode()]) == [], command
    assert shown(served(system)) == []
    # the address of a track's own webhook is shown to who may change tracks, its secret never
    of_tracks = [storywatch(system, "track", *one).encode() for one in (("export",), ("list", "--json"))]
    assert all(TOKENS[4] in one for one in shown(of_tracks))
