"""Doubles of the services of stages: a pool that runs inline, fixed tracks, a store that records its writes."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, TypeVar, cast

from streams.agents.support.services import Services, WriteResult
from streams.alerts.catalogue import Catalogue
from streams.contract.deadletter import DeadLetterRecord
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, Change, FiledArticle, NamedReceiver, Resolution, StoryUpdate, Track
from streams.contract.stage import Effects, OrderedStage, RecordContext, WindowedStage
from streams.runtime.settings import Settings
from tests.fiction import NOON, after

T = TypeVar("T")


class Inline:
    """A pool without processes."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        return function(*arguments)

    def again(self) -> "Inline":
        return self


class Fixed(Inline):
    """A pool that always returns the same result, or raises it."""

    def __init__(self, result: object) -> None:
        self._result = result

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        if isinstance(self._result, Exception):
            raise self._result
        return cast("T", self._result)


class FixedTracks:
    """Fixed tracks; counts the calls of `caught_up`."""

    def __init__(self, *tracks: Track) -> None:
        self.known = Catalogue(tracks)
        self.waited = 0

    @property
    def values(self) -> Catalogue:
        return self.known

    async def caught_up(self) -> None:
        self.waited += 1


class FixedReceivers:
    """Fixed receivers with names."""

    def __init__(self, *receivers: NamedReceiver) -> None:
        self.values = {one.name: one for one in receivers}

    async def caught_up(self) -> None:
        """Return at once."""


class Noting:
    """A store that keeps what it is given.

    ``refuse`` names those that it never can keep, ``stale`` those of which it has a newer version.
    """

    def __init__(self, refuse: Mapping[str, str] | None = None, stale: Container[str] = ()) -> None:
        self.taken: list[Any] = []
        self.ats: list[RecordContext] = []
        self._refuse = refuse or {}
        self._stale = stale

    async def articles(
        self, articles: Sequence[FiledArticle], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]:
        return self._take(articles, [one.article.id for one in articles], ats)

    async def stories(
        self, updates: Sequence[StoryUpdate], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]:
        return self._take(updates, [one.story.id for one in updates], ats)

    async def alerts(self, alerts: Sequence[Alert], ats: Sequence[RecordContext]) -> Sequence[WriteResult | Rejected]:
        return self._take(alerts, [one.id for one in alerts], ats)

    async def letters(
        self, letters: Sequence[DeadLetterRecord], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]:
        return self._take(letters, [one.letter.id for one in letters], ats)

    async def resolutions(
        self, resolutions: Sequence[Resolution], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]:
        return self._take(resolutions, [one.letter for one in resolutions], ats)

    async def audit(self, changes: Sequence[Change], ats: Sequence[RecordContext]) -> Sequence[WriteResult | Rejected]:
        return self._take(changes, [one.id for one in changes], ats)

    def _take(
        self, messages: Sequence[Any], ids: Sequence[str], ats: Sequence[RecordContext]
    ) -> Sequence[WriteResult | Rejected]:
        self.taken += messages
        self.ats += ats
        return [self._written(id_) for id_ in ids]

    def _written(self, id_: str) -> WriteResult | Rejected:
        if id_ in self._refuse:
            return Rejected(self._refuse[id_])
        return "stale" if id_ in self._stale else "stored"


def tools(**given: Any) -> Services:
    return Services(Settings(), clock=lambda: NOON, **given)


def at(offset: int = 0, *, seconds: float = 60.0, partition: int = 0) -> RecordContext:
    return RecordContext(partition, offset, after(seconds=seconds))


def kept(stage: OrderedStage, given: Services) -> Any:
    """An empty state of a stage."""
    return stage.new_state(given)


def rebuilt(stage: OrderedStage, given: Services, rows: Mapping[str, Any]) -> Any:
    """The state of a stage after a restart, built from rows."""
    state = kept(stage, given)
    for key, row in rows.items():
        state.restore(key, row)
    state.build_indexes()
    return state


def sent(effects: Effects) -> list[Any]:
    return [message for _, message in effects.messages]


def handle(stage: WindowedStage, message: Any, given: Services, where: RecordContext) -> Effects:
    """The effects of a stateless stage for a message."""
    return asyncio.run(stage.handle(message, given, where))
