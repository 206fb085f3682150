"""Sends messages in order; while Kafka is away they wait on disk, and their senders go on."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.errors import Rejected
from streams.contract.messages import Message
from streams.contract.topics import Topic
from streams.runtime.backoff import exponential_backoff
from streams.runtime.spool.spool import Spool, SpooledMessage

log = structlog.get_logger("storywatch.spool")

DIRECT_SECONDS = 5.0  # a broker that fails over answers sooner
IDLE_SECONDS = 0.5
ADOPT_SECONDS = 60.0  # between two looks for messages of processes that have ended

Deliver = Callable[[Topic, Message], Awaitable[None]]


class SpoolingSender:
    """``deliver`` sends a message and returns when the broker has confirmed it. `run` has to run meanwhile.

    A message may be sent twice: when its confirmation takes longer than ``direct_seconds``, and after a crash.
    """

    def __init__(self, spool: Spool, deliver: Deliver, *, direct_seconds: float = DIRECT_SECONDS) -> None:
        self._spool = spool
        self._deliver = deliver
        self._direct_seconds = direct_seconds
        self._topics = {topic.base: topic for topic in topics.ALL}

    @property
    def waiting(self) -> int:
        """How many messages are on disk."""
        return self._spool.count

    async def send(self, topic: Topic, message: Message) -> bool:
        """Return when the broker has confirmed a message (True) or it is on disk (False).

        Waits while Kafka is away and the disk takes no more. Raises `Rejected` for a message that can never be sent.
        """
        pause = exponential_backoff()
        while True:
            if not self._spool.count:
                try:
                    if await confirmed(self._deliver(topic, message), self._direct_seconds):
                        return True
                    reason = f"no confirmation within {self._direct_seconds:g} s"
                except Rejected:
                    raise  # no retry can send it
                except Exception as error:  # any error of the broker or its client
                    reason = repr(error)
                log.warning("not sent yet", topic=topic.base, error=reason)
            try:
                await asyncio.to_thread(self._spool.append, SpooledMessage(topic.base, encode(message)))
            except Rejected:
                raise
            except Exception as error:  # no room, or an error of the disk
                log.warning("not spooled", topic=topic.base, error=str(error))
                await asyncio.sleep(next(pause))
            else:
                return False

    async def drained(self, seconds: float) -> None:
        """Return when nothing is on disk any more, or after some seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._spool.count and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def run(self) -> None:
        """Send what is on disk, the oldest first, until cancelled."""
        loop = asyncio.get_running_loop()
        pause, adopt_at = exponential_backoff(), loop.time() + ADOPT_SECONDS
        while True:
            try:
                if loop.time() >= adopt_at:
                    await asyncio.to_thread(self._spool.adopt)
                    adopt_at = loop.time() + ADOPT_SECONDS
                sent = await self.send_first()
            except Exception as error:  # any error of the broker, its client or the disk
                log.warning("spooled messages are not sent yet", waiting=self._spool.count, error=repr(error))
                await asyncio.sleep(next(pause))
                continue
            pause = exponential_backoff()
            if not sent:
                await asyncio.sleep(IDLE_SECONDS)

    async def send_first(self) -> bool:
        """Send the message that has waited longest; False if there is none. Raises what ``deliver`` raises."""
        spooled = await asyncio.to_thread(self._spool.first)
        if spooled is None:
            return False
        topic = self._topics.get(spooled.topic)
        try:
            if topic is None or topic.carries is None:
                log.warning("a spooled message of a topic that is not known is dropped", topic=spooled.topic)
            else:
                await self._deliver(topic, decode(spooled.value, topic.carries))
        except Rejected as error:  # of another version
            log.warning("a spooled message cannot be sent", topic=spooled.topic, error=str(error))
        await asyncio.to_thread(self._spool.remove_first)
        if not self._spool.count:
            log.info("all spooled messages are sent")
        return True


async def confirmed(sending: Awaitable[None], seconds: float) -> bool:
    """Whether a send is confirmed in time. It is not cancelled: it may be in the client's buffer already.

    Raises what it raises.
    """
    task = asyncio.ensure_future(sending)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if done:
        task.result()
    else:
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
    return bool(done)
