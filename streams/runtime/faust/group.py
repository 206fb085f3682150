"""The consumer group of a Faust app. No other module reads what Faust keeps privately about offsets."""

from collections.abc import Collection, Mapping
from typing import Any

from faust.types import TP


class FaustGroup:
    """`streams.runtime.state.group.ConsumerGroup` of one Faust app."""

    def __init__(self, app: Any) -> None:
        self._app = app

    @property
    def generation(self) -> int:
        return int(self._app.consumer_generation_id)

    @property
    def stopping(self) -> bool:
        return bool(self._app.should_stop)

    @property
    def rebalancing(self) -> bool:
        return bool(self._app.in_recovery or self._app.rebalancing)

    def owned(self, topic: str) -> set[TP]:
        return {tp for tp in self._app.consumer.assignment() if tp.topic == topic}

    def committed(self, tp: TP) -> int:
        return committed_offset(self._app.consumer, tp)

    def end(self, tp: TP) -> int | None:
        found: int | None = self._app.consumer.highwater(tp)
        return found

    async def ends(self, tps: Collection[TP]) -> Mapping[TP, int]:
        found = await self._app.consumer.highwaters(*tps)
        return {tp: end or 0 for tp, end in found.items()}

    async def earliest(self, tps: Collection[TP]) -> Mapping[TP, int]:
        found = await self._app.consumer.earliest_offsets(*tps)
        return {tp: offset or 0 for tp, offset in found.items()}


def committed_offset(consumer: Any, tp: TP) -> int:
    """The committed offset that Faust's ``consumer`` knows of a partition; 0 if there is none."""
    return consumer._committed_offset.get(tp) or 0
