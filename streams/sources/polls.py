"""The states of the sources of one partition: which are due, and what a poll changes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.contract.messages import Polled, SourceMemory, SourceState, SourceStatus, WatchedSource
from streams.sources.health import assess

MEMORY = "/memory"  # at the end of the key of a row that holds a memory


class SourceRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row: the state of a source without its memory, or the memory."""

    state: SourceState | None = None
    memory: SourceMemory | None = None


class SourcePolls:
    """The states of the sources of one partition."""

    Row: ClassVar = SourceRow

    def __init__(self) -> None:
        self._states: dict[str, SourceState] = {}
        self._memories: dict[str, SourceMemory] = {}
        self._pings: dict[str, datetime] = {}  # of hubs, until a poll begins; polls come anyway if they are lost

    def restore(self, key: str, row: SourceRow) -> None:
        if row.state is not None:
            self._states[key] = row.state
        if row.memory is not None:
            self._memories[key.removesuffix(MEMORY)] = row.memory

    def build_indexes(self) -> None:
        """Nothing is derived from several rows."""

    def take(self, polled: Polled) -> tuple[str, Mapping[str, SourceRow | None]]:
        """The outcome of a message, and the rows that it changes.

        A state that is not newer than the known one is of a worker that was frozen, or comes again: it is ignored.
        """
        key = polled.source
        if polled.pinged_at is not None:
            self._pings[key] = polled.pinged_at
            return "pinged", {}
        if polled.state is None:
            known = self._states.pop(key, None) is not None
            had_memory = self._memories.pop(key, None) is not None
            rows = {key: None} if known else {}
            return ("removed" if known else "ignored"), rows | ({f"{key}{MEMORY}": None} if had_memory else {})
        before = self._states.get(key)
        if before is not None and polled.state.version <= before.version:
            return "ignored", {}
        self._states[key] = polled.state
        changed: dict[str, SourceRow | None] = {key: SourceRow(state=polled.state)}
        if polled.memory is not None:
            self._memories[key] = polled.memory
            changed[f"{key}{MEMORY}"] = SourceRow(memory=polled.memory)
        return ("failed" if polled.state.failures else "polled"), changed

    def state(self, source: WatchedSource, ahead: SourceState | None = None) -> SourceState:
        """The state of a source with its memory; a new one for a source that was not polled yet.

        ``ahead`` is a newer one that is not stored yet.
        """
        state = ahead or self._stored(source)
        if state is None:
            return SourceState(url=source.url, site=source.site)
        if state.resumed_at != source.resumed_at:  # a person has looked at it since
            state = replace(
                state,
                failures=0,
                failing_since=None,
                gone_at=None,
                shape=None,
                changed=None,
                changed_at=None,
                pages=None,
                pages_usual=None,
            )
        return state

    def _stored(self, source: WatchedSource) -> SourceState | None:
        state = self._states.get(source.id)
        memory = self._memories.get(source.id, SourceMemory())
        return None if state is None else replace(state, seen=memory.seen, rhythm=memory.rhythm)

    def due(self, source: WatchedSource, ahead: SourceState | None = None) -> datetime | None:
        """When the source is to be polled next; None for never, and the moment when it was added or resumed for now.

        ``ahead``: as of `state`.
        """
        state = ahead or self._states.get(source.id)
        asked = source.resumed_at or source.created_at
        if source.paused:
            return None
        if state is None or state.next_poll is None:
            return asked
        if state.resumed_at != source.resumed_at:
            return asked  # a person has asked for a poll since
        if state.gone_at is not None:
            return None
        return min(state.next_poll, self._pings.get(source.id, state.next_poll))

    def begin(self, source: str) -> None:
        """A poll of the source begins: it answers the pings until now."""
        self._pings.pop(source, None)

    def version(self, source: str) -> int:
        """The version of the stored state; 0 without one."""
        state = self._states.get(source)
        return 0 if state is None else state.version

    def sites(self) -> Iterator[tuple[str, str]]:
        """Each source that has a state, with its site."""
        return ((key, state.site) for key, state in self._states.items())


def to_message(source: WatchedSource, state: SourceState, before: SourceState) -> Polled:
    """The message that stores a state; its memory is part of it if that differs from the one ``before``."""
    same = state.seen == before.seen and state.rhythm == before.rhythm
    memory = None if same else SourceMemory(seen=state.seen, rhythm=state.rhythm)
    return Polled(source=source.id, site=source.site, state=replace(state, seen=(), rhythm=None), memory=memory)


def to_status(source: WatchedSource, state: SourceState, now: datetime) -> SourceStatus:
    """What people are told about a source."""
    health, why = assess(source, state, now)
    return SourceStatus(
        source=source.id,
        at=now,
        health=health,
        why=why,
        next_poll=state.next_poll,
        last_news=state.rhythm.last_news if state.rhythm is not None else None,
        failures=state.failures,
        error=state.error,
        articles=state.articles,
        own_text=state.own_text,
        refused=state.refused,
        delay_seconds=state.delay_seconds,
        pace_seconds=state.pace_seconds,
        moved_to=state.moved_to,
        title=state.title,
    )
