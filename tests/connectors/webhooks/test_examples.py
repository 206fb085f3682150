"""The receivers of docs/receivers.md accept what is signed, once, and nothing else."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from connectors.webhooks.payload import payload
from connectors.webhooks.signing import new_secret, sign
from streams.contract.messages import Webhook
from tests.connectors.webhooks.fiction import SECRET, an_alert, send

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "receivers.md").read_text()
SECONDS = 60.0  # beyond this it does not start
# language of the block -> name of its file, and the command
SERVERS = {
    "python": ("receiver.py", ["python3", "receiver.py"]),
    "javascript": ("receiver.js", ["node", "receiver.js"]),
    "go": ("receiver.go", ["./receiver"]),
}


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(language: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The receiver of the page as a process: its URL, and the file with its output."""
    name, command = SERVERS[language]
    tool = {"go": "go"}.get(language, command[0])
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (folder / name).write_text(block(language))
    if language == "go":
        subprocess.run(["go", "build", "-o", "receiver", name], cwd=folder, check=True, capture_output=True)
    port = free_port()
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "SECRET": SECRET, "PORT": str(port)},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.post(f"http://127.0.0.1:{port}/", content=b"")
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "out").read_text()
                time.sleep(0.1)
        else:
            pytest.fail("it does not listen")
        yield f"http://127.0.0.1:{port}/", folder / "out"
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@pytest.mark.parametrize("language", SERVERS)
def test_a_receiver_tells_right_from_wrong(language: str, tmp_path: Path) -> None:
    hook = Webhook(url="", secret=SECRET, allow_private=True)
    with running(language, tmp_path) as (url, out):
        hook = replace(hook, url=url)
        soon = datetime.now(UTC) + timedelta(hours=1)
        turned = replace(hook, secret=new_secret(), former_secret=SECRET, former_until=soon)
        wrong = replace(hook, secret=new_secret())
        late = datetime.now(UTC) - timedelta(minutes=6)

        async def codes() -> list[int | None]:
            sent = [
                await send(hook, an_alert(1)),
                await send(hook, an_alert(1)),
                await send(turned, an_alert(2)),
                await send(wrong, an_alert(3)),
                await send(hook, an_alert(4), at=late),
            ]
            return [one.code for one in sent]

        assert asyncio.run(codes()) == [204, 204, 204, 401, 401]
        assert out.read_text().splitlines().count("story.new_source") == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_the_shell_receiver_tells_right_from_wrong(tmp_path: Path) -> None:
    (tmp_path / "receive.sh").write_text(block("sh"))
    (tmp_path / "store").mkdir()
    body, at = payload(an_alert()), datetime.now(UTC)

    def answer(secret: str, at: datetime = at) -> str:
        headers = sign([new_secret(), secret], an_alert().id, at, body)
        environment = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        given = {**os.environ, **environment, "CONTENT_LENGTH": str(len(body))}
        done = subprocess.run(
            ["sh", "receive.sh"],
            cwd=tmp_path,
            env={**given, "SECRET": SECRET, "STORE": str(tmp_path / "store")},
            input=body,
            capture_output=True,
        )
        return done.stdout.decode().splitlines()[0]

    assert answer(new_secret()) == answer(SECRET, at - timedelta(minutes=6)) == "Status: 401 Unauthorized"
    assert list((tmp_path / "store").iterdir()) == []
    assert answer(SECRET) == answer(SECRET) == "Status: 204 No Content"
    assert [one.read_bytes() for one in (tmp_path / "store").iterdir()] == [body]
