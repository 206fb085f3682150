"""What a stage had in hand when its process died in; which messages go alone, and which no more, out.

A death with one message in hand is that message's own; a death with several makes each of them a suspect, which from
then on is handled with nothing beside it, so that no neighbour is accused. After `MOST_DEATHS` of its own a message is
`CrashLoop`, a dead letter. One that passes is innocent again, whatever was counted.

Only handling counts, never waiting: not for Kafka, not for a server that is away. Exhausted memory counts like a death;
any other exception of a stage's function is the failure of its message (`streams.runtime.delivery.deciding`). What
does not count:
SIGTERM, an end in order, a process that its supervisor had to kill. A kill -9 from outside cannot be told from a crash,
so three of them in a row that each meet the same message alone in hand make it a dead letter, which
`storywatch deadletters replay` sends again.

The counts are shared by the processes of one machine (one data folder). A message that goes from machine to machine is
counted by each for itself.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from streams.contract.errors import CrashLoop, Rejected, StorywatchError
from streams.runtime import metrics
from streams.runtime.delivery.in_flight import InHand, Place, left_behind, remove

log = structlog.get_logger("storywatch.crashes")

MOST_DEATHS = 3  # once may be the machine, twice bad luck
FORGOTTEN_AFTER = timedelta(days=1)  # one that ends its process comes again within seconds, here or elsewhere
MOST_CHARACTERS = 300  # of what an error says


class _Count(msgspec.Struct):
    """What is known of one message. No deaths of its own: a suspect."""

    at: datetime
    deaths: int = 0
    how: str = "it died without a word"


_Counts = dict[str, _Count]
_decoder = msgspec.json.Decoder(_Counts)


class Crashes:
    """The record of one stage in its app's ``folder``.

    ``most``: messages in hand at once; ``ending``: whether we were told to end, so that errors mean nothing.
    """

    def __init__(self, folder: Path, stage: str, most: int, ending: Callable[[], bool] = lambda: False) -> None:
        folder = _noted_in(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._stage = stage
        self._path = folder / f"{stage}.crashes.json"
        self._ending = ending
        self._counts: _Counts = {}
        self._holders = 0
        self._alone = False
        self._waiting_alone = 0
        self._freed = asyncio.Event()
        died = [places for places in left_behind(folder, stage) if places]
        self._change(_forget)
        for places in died:
            self._accuse(places, None)
        self._inhand = InHand(folder, stage, most)

    # --- before and around handling -----------------------------------------------------------------------------

    def known(self, place: Place) -> bool:
        """Whether this message was there when a process died: it has to be handled alone."""
        return _key(place) in self._counts

    @asynccontextmanager
    async def turn(self, place: Place) -> AsyncIterator[None]:
        """For stages that handle many at once: beside the others, or alone if it is known."""
        alone = self.known(place)
        self._waiting_alone += alone  # nothing begins before it, or what comes on and on would keep it waiting for ever
        try:
            while self._alone or (self._holders if alone else self._waiting_alone):
                self._freed.clear()
                await self._freed.wait()
        finally:
            self._waiting_alone -= alone
            self._freed.set()
        self._holders += 1
        self._alone = alone
        try:
            yield
        finally:
            self._holders -= 1
            if alone:
                self._alone = False
            self._freed.set()

    @contextmanager
    def hold(self, *places: Place) -> Iterator[None]:
        """Around the handling of these messages. Raises `CrashLoop` for a single one that had its deaths."""
        if len(places) == 1 and (count := self._counts.get(_key(places[0]))) and count.deaths >= MOST_DEATHS:
            raise CrashLoop(f"ended the process {count.deaths} times: {count.how}")
        with self._inhand.holding(places):
            try:
                yield
            except Rejected:
                self._acquit(places)
                raise
            except StorywatchError:
                raise
            except (Exception, SystemExit) as error:  # not a cancellation, which is the end of this process or stream
                if not self._ending():
                    self._accuse(places, error)
                raise
        self._acquit(places)

    def once_more(self, place: Place) -> None:
        """Let the next start try a deadly message again: somebody may have mended the code."""

        def change(counts: _Counts) -> None:
            if count := counts.get(_key(place)):
                count.deaths = min(count.deaths, MOST_DEATHS - 1)

        self._change(change)

    # --- the record ---------------------------------------------------------------------------------------------

    def _accuse(self, places: Sequence[Place], error: BaseException | None) -> None:
        own = len(places) == 1
        how = f"{type(error).__name__}: {error}"[:MOST_CHARACTERS] if error else None

        def change(counts: _Counts) -> None:
            for place in places:
                count = counts.setdefault(_key(place), _Count(datetime.now(UTC)))
                count.at = datetime.now(UTC)
                count.deaths += own
                count.how = how or count.how

        self._change(change)
        metrics.CRASHES.labels(self._stage).inc()
        log.error(
            "handling ended the process",
            stage=self._stage,
            places=[_key(place) for place in places],
            error=how,
            deaths=self._counts[_key(places[0])].deaths,
        )

    def _acquit(self, places: Sequence[Place]) -> None:
        if innocent := [_key(place) for place in places if self.known(place)]:
            self._change(lambda counts: [counts.pop(key, None) for key in innocent])

    def _change(self, change: Callable[[_Counts], object]) -> None:
        """Change the record as all processes of this machine see it."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                counts = _decoder.decode(self._path.read_bytes())
            except (FileNotFoundError, msgspec.DecodeError):  # the first time, or a power cut in the middle of a write
                counts = {}
            change(counts)
            temporary = self._path.with_suffix(".tmp")
            temporary.write_bytes(msgspec.json.encode(counts))
            temporary.replace(self._path)
        self._counts = counts


def forgive(folder: Path, pid: int) -> None:
    """A process of the app that was told to end and had to be killed: what it had in hand is not to blame."""
    remove(_noted_in(folder), pid)


def _noted_in(folder: Path) -> Path:
    return folder / "crashes"


def _key(place: Place) -> str:
    return f"{place.partition}/{place.offset}"


def _forget(counts: _Counts) -> None:
    oldest = datetime.now(UTC) - FORGOTTEN_AFTER
    for key in [key for key, count in counts.items() if count.at < oldest]:
        del counts[key]
