"""An app of one small stage on a real Kafka, for the tests of delivery; `tests.support.toy_server` starts it.

What a message is called (its origin) says what the stage does with it. A mark is a file in FOLDER: "crash-once" crashes
unless the mark is there, and leaves it. Settings come from the environment, as for a worker.
"""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from connectors.kafka import admin, connectivity
from deploy.embedded import polling
from deploy.load_settings import is_embedded
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.deadletter import DeadLetterRecord, parse_record
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import RawArticle, Track
from streams.contract.stage import (
    STATE,
    STORE,
    WORK,
    Effects,
    Outgoing,
    RecordContext,
    Stage,
    bulk_stage,
    ordered_stage,
    windowed_stage,
)
from streams.contract.undo import Undo
from streams.runtime import logging
from streams.runtime.faust.app import build
from streams.runtime.processes.health import Health
from streams.runtime.processes.process import ENDING_SECONDS, exit_deadline
from streams.runtime.settings import Settings
from tests.pipeline import sabotage

BUSY_SECONDS = 15.0
FOLDER = Path()  # set before `main`


class Numbered(Struct, frozen=True, array_like=True):
    """Row: the number of an article in its partition."""

    number: int


class Numbers:
    """Numbers the articles of a partition one after another: one lost row, and all numbers after it are wrong."""

    Row: ClassVar = Numbered

    def __init__(self) -> None:
        self.rows: dict[str, Numbered] = {}
        self.count = 0
        self.undo = Undo()

    def number(self, id_: str) -> Numbered:
        self.undo.item(self.rows, id_)
        self.undo.note(setattr, self, "count", self.count)
        self.count += 1
        self.rows[id_] = Numbered(self.count)
        return self.rows[id_]

    def restore(self, key: str, row: Numbered) -> None:
        self.rows[key] = row

    def build_indexes(self) -> None:
        self.count = max((row.number for row in self.rows.values()), default=0)
        with (FOLDER / "built").open("a") as built:
            built.write("once more\n")


def first_time(mark: str) -> bool:
    path = FOLDER / mark
    if path.exists():
        return False
    path.touch()
    return True


def wait_for(mark: Path) -> None:
    while not mark.exists():
        time.sleep(0.05)


def fall(raw: RawArticle) -> None:
    """What some inputs do to the process, until the code is mended."""
    if (FOLDER / "mended").exists():
        return
    if raw.origin == "exits":
        os._exit(9)
    if raw.origin == "segfaults":
        os.kill(os.getpid(), signal.SIGSEGV)
    if raw.origin == "crash-once" and first_time("crashed"):
        raise MemoryError  # what is no message's fault
    if raw.origin.startswith("bug"):
        raise KeyError(raw.origin)


def refuse(raw: RawArticle) -> None:
    if raw.origin == "reject" or (raw.url and not (FOLDER / "mended").exists()):
        raise Rejected("a list of links")


def out(raw: RawArticle, text: str, at: RecordContext) -> Outgoing[Track]:
    return Outgoing(topics.TRACKS, Track(id=raw.id, name=text, created_at=at.time, story=raw.origin))


@ordered_stage(app=STATE, reads=topics.RAW, sends=[topics.TRACKS], new_state=lambda services: Numbers())
def number(raw: RawArticle, numbers: Numbers, at: RecordContext) -> Effects:
    """Each article once, with its number in the partition."""
    known = numbers.rows.get(raw.id) or numbers.number(raw.id)
    fall(raw)
    refuse(raw)
    if raw.origin == "busy":
        until = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < until:
            sum(range(1000))
    if raw.origin == "too-large":
        return Effects(out(raw, "x" * 1_000_000, at), rows={raw.id: known})
    if raw.origin == "refused" and not (FOLDER / "mended").exists():
        return Effects(out(raw, "x" * 50_000, at), rows={raw.id: known})
    return Effects(out(raw, str(known.number), at), rows={raw.id: known})


@windowed_stage(app=WORK, reads=topics.RAW, sends=[topics.TRACKS])
async def each(raw: RawArticle, tools: Services, at: RecordContext) -> Effects:
    """Many at once; the first ones take longest."""
    if raw.origin == "away" and not (FOLDER / "back").exists():
        raise Unavailable("the server does not answer")
    fall(raw)
    refuse(raw)
    if raw.origin == "hang-once" and first_time("hung"):
        await asyncio.sleep(3600)
    if raw.origin == "slow-crash-once" and first_time("crashed"):
        await asyncio.sleep(2)  # longer than the pause between commits
        raise MemoryError
    await asyncio.sleep(0.1 if at.offset % 5 == 0 else 0)
    return Effects(out(raw, "done", at))


@bulk_stage(app=STORE, reads=topics.RAW)
async def store(
    raws: Sequence[RawArticle], tools: Services, ats: Sequence[RecordContext]
) -> Sequence[Effects | Rejected]:
    """Writes what it gets into a file, while its server is there."""
    if any(raw.origin == "away" for raw in raws) and not (FOLDER / "back").exists():
        raise Unavailable("the server does not answer")
    for raw in raws:
        fall(raw)
    with (FOLDER / "stored").open("a") as stored:
        stored.writelines(f"{raw.id}\n" for raw in raws if raw.origin != "reject")
    return [Rejected("the mapping has no such field") if raw.origin == "reject" else Effects() for raw in raws]


@bulk_stage(app=STORE, reads=topics.DEADLETTERS, parse=parse_record)
async def letters(
    found: Sequence[DeadLetterRecord], tools: Services, ats: Sequence[RecordContext]
) -> Sequence[Effects | Rejected]:
    """As `store`, of dead letters: their reason says which it refuses."""
    with (FOLDER / "stored").open("a") as stored:
        stored.writelines(f"{one.letter.id}\n" for one in found if one.letter.reason != "reject")
    return [Rejected("the mapping has no such field") if one.letter.reason == "reject" else Effects() for one in found]


STAGES: dict[str, Stage] = {one.name: one for one in (number, each, store, letters)}


def main(name: str) -> None:
    sabotage.apply(sabotage.wanted())
    settings, chosen = Settings(), STAGES[name]
    logging.configure(settings)
    if is_embedded(settings):
        polling.slow_down()
        admin.evict_members(settings, settings.app_id(chosen.app))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    app = build(chosen.app, [chosen], settings, Services(settings), FOLDER / "faust")
    health = Health(app.group, app.runners, settings, partial(connectivity.diagnose_async, settings))

    async def watch() -> None:
        health.ready = True
        await health.watch()

    app.add_task(watch)
    exit_deadline(lambda: app.group.stopping, ENDING_SECONDS)
    port = loop.run_until_complete(health.serve(0))
    (FOLDER / "port").write_text(str(port))
    app.run(loop)
