"""Messages that wait on disk while Kafka is away: in order, within a limit, through kill -9 and a full disk."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.errors import TooLarge, Unavailable
from streams.contract.messages import Message, Polled, RawArticle, SourceState
from streams.contract.topics import Topic
from streams.runtime.spool.sender import SpoolingSender
from streams.runtime.spool.spool import Spool, SpooledMessage
from tests.fiction import raw

ROOM = 1_000_000
# writes three messages and is killed in the middle of a fourth, or holds its file until it is killed
KILLED = """
import os, signal, sys
from pathlib import Path
from streams.runtime.spool.spool import Spool, SpooledMessage
spool = Spool(Path(sys.argv[1]), 1_000_000)
for number in range(3):
    spool.append(SpooledMessage("t", b"%d" % number))
if sys.argv[2] == "torn":
    with open(spool._path, "ab") as file:
        file.write(b"\\0\\0\\1\\0half")
        file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
print("ready", flush=True)
signal.pause()
"""


def texts(spool: Spool) -> list[bytes]:
    found = []
    while (message := spool.first()) is not None:
        found.append(message.value)
        spool.remove_first()
    return found


def test_it_is_a_queue_whose_file_shrinks_and_is_private(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ROOM)
    for number in range(100):
        spool.append(SpooledMessage("t", b"%d" % number))
    assert texts(spool) == [b"%d" % number for number in range(100)]
    [file] = (tmp_path / "spool").iterdir()
    assert file.stat().st_size == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_what_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), "torn"], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert texts(Spool(tmp_path, ROOM)) == [b"0", b"1", b"2"]


def test_a_file_in_use_is_left_alone_until_its_process_ends(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), "stays"], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        spool = Spool(tmp_path, ROOM)
        spool.append(SpooledMessage("t", b"own"))
        spool.adopt()
        assert spool.count == 1
    finally:
        other.kill()
        other.communicate()
    spool.adopt()
    assert texts(spool) == [b"own", b"0", b"1", b"2"]
    again = Spool(tmp_path / "none", ROOM)
    assert again.first() is None


def test_over_its_limit_it_takes_nothing_and_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000)
    spool.append(SpooledMessage("t", b"x" * 900))
    with pytest.raises(Unavailable, match="the spool is full"):
        spool.append(SpooledMessage("t", b"y" * 200))
    assert texts(spool) == [b"x" * 900]
    spool.append(SpooledMessage("t", b"y" * 200))


@dataclass
class Broker:
    """Takes messages unless it is away."""

    away: bool = False
    hangs: bool = False
    got: list[Message] = field(default_factory=list)

    async def deliver(self, topic: Topic, message: Message) -> None:
        if self.away:
            raise ConnectionError("refused")
        if self.hangs:
            await asyncio.Event().wait()
        encode(message)
        self.got.append(message)


def article(number: int) -> RawArticle:
    return raw(f"<p>{number}</p>")


def numbers(broker: Broker) -> list[str]:
    return [message.page().decode() for message in broker.got if isinstance(message, RawArticle)]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_messages_of_an_outage_are_sent_in_order(tmp_path: Path, how: str) -> None:
    broker, spool = Broker(), Spool(tmp_path, ROOM)

    async def outage() -> list[bool]:
        sender = SpoolingSender(spool, broker.deliver, direct_seconds=0.05)
        direct = [await sender.send(topics.RAW, article(0))]
        broker.away, broker.hangs = how == "refuses", how == "hangs"
        direct += [await sender.send(topics.RAW, article(number)) for number in (1, 2)]
        broker.away = broker.hangs = False
        direct.append(await sender.send(topics.RAW, article(3)))  # not before those that wait
        running = asyncio.create_task(sender.run())
        await until(lambda: not sender.waiting)
        direct.append(await sender.send(topics.RAW, article(4)))
        running.cancel()
        return direct

    assert asyncio.run(outage()) == [True, False, False, False, True]
    assert numbers(broker) == [f"<p>{number}</p>" for number in range(5)]


def test_a_message_that_can_never_be_sent_is_refused(tmp_path: Path) -> None:
    broker, spool = Broker(away=True), Spool(tmp_path, 10 * ROOM)
    huge = Polled(source="s", site="s", state=SourceState(url="u", title="x" * 2_000_000))

    async def send() -> None:
        sender = SpoolingSender(spool, broker.deliver)
        with pytest.raises(TooLarge):
            await sender.send(topics.POLLS, huge)

    asyncio.run(send())
    assert spool.count == 0


def test_a_sender_waits_while_the_disk_is_full_too(tmp_path: Path) -> None:
    broker, spool = Broker(away=True), Spool(tmp_path, len(encode(article(1))) + 100)

    async def send() -> None:
        sender = SpoolingSender(spool, broker.deliver)
        running = asyncio.create_task(sender.run())
        assert not await sender.send(topics.RAW, article(1))
        second = asyncio.create_task(sender.send(topics.RAW, article(2)))
        await asyncio.sleep(0.1)
        assert not second.done()
        broker.away = False
        async with asyncio.timeout(30):
            await second
            await until(lambda: not sender.waiting)
        running.cancel()

    asyncio.run(send())
    assert numbers(broker) == ["<p>1</p>", "<p>2</p>"]


def test_a_message_of_another_version_stops_nothing(tmp_path: Path) -> None:
    broker, spool = Broker(), Spool(tmp_path, ROOM)
    spool.append(SpooledMessage("no.such.topic", b"{}"))
    spool.append(SpooledMessage(topics.RAW.base, b"{}"))
    spool.append(SpooledMessage(topics.RAW.base, encode(article(1))))

    async def drain() -> None:
        sender = SpoolingSender(spool, broker.deliver)
        while await sender.send_first():
            pass

    asyncio.run(drain())
    assert numbers(broker) == ["<p>1</p>"]


def test_a_disk_that_fails_leaves_the_queue_as_it_was(tmp_path: Path) -> None:
    """A file size limit of the system stands for a full disk."""
    code = f"""
import resource, signal
from pathlib import Path
from streams.runtime.spool.spool import Spool, SpooledMessage
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
spool = Spool(Path({str(tmp_path)!r}), 1_000_000)
spool.append(SpooledMessage("t", b"x" * 700))
try:
    spool.append(SpooledMessage("t", b"y" * 700))
except OSError:
    print(spool.count)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert ran.stdout == "1\n"
    assert texts(Spool(tmp_path, ROOM)) == [b"x" * 700]
