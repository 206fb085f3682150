"""The corrections of stories by people, followed in Kafka."""

import asyncio
import contextlib
from collections.abc import Collection

from connectors.kafka.following import Following
from streams.contract import topics
from streams.contract.messages import StoryCorrection
from streams.runtime.settings import Settings

DECIDED_SECONDS = 5.0  # a worker decides a message within a second; behind a backlog it does so later


class _Corrections(dict[str, StoryCorrection]):
    """By id. ``changed``: set when the next one is written. For one event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = asyncio.Event()

    def __setitem__(self, key: str, value: StoryCorrection) -> None:
        super().__setitem__(key, value)
        self.changed.set()
        self.changed = asyncio.Event()


class Corrected:
    """Follows what workers decided while a server runs. People make few corrections: all are in memory."""

    def __init__(self, settings: Settings) -> None:
        self._corrections = _Corrections()
        self._following = Following(settings, topics.CORRECTIONS, StoryCorrection, self._corrections)

    @property
    def all(self) -> list[StoryCorrection]:
        """All that have been read so far, the latest first."""
        return sorted(self._corrections.values(), key=lambda one: (one.at, one.id), reverse=True)

    def of_stories(self, stories: Collection[str]) -> list[StoryCorrection]:
        """Those of any of these stories, the latest first."""
        chosen = frozenset(stories)
        return [one for one in self.all if one.story in chosen or one.into in chosen]

    def moved_into(self, story: str) -> bool:
        """Whether a worker moved articles into this story, whose documents may not have been written yet."""
        return any(
            one.into == story and one.state == "applied" and not one.undone for one in self._corrections.values()
        )

    def find(self, id: str) -> StoryCorrection | None:  # noqa: A002
        return self._corrections.get(id)

    async def decided(self, asked: StoryCorrection, seconds: float = DECIDED_SECONDS) -> StoryCorrection:
        """Wait for the outcome of a correction that was sent; ``asked`` itself if there is none within ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.find(asked.id) is None:
                    await self._corrections.changed.wait()
        return self.find(asked.id) or asked

    async def start(self) -> None:
        await self._following.start()

    async def stop(self) -> None:
        await self._following.stop()
