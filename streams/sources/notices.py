"""When the receiver of a source is told that it is silent, broken, or well again, and in what words.

A poll decides it, from its state and its time; the state remembers what was told. The id of a notice is made of the
source and of the version of the last stored state, so one that is sent again after a crash has the same id.
"""

import re
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from streams.alerts.receivers import named_receiver_id
from streams.contract.messages import SourceNotice, SourceState, Told, WatchedSource, clipped, digest
from streams.contract.plugins import Note, NotedSource
from streams.sources.health import assess

MOST_NAME, MOST_WHY = 300, 500  # characters: a source may give itself any title, and a server any error
_CREDENTIALS = re.compile(r"//[^/?#]{0,2000}@")


def after_poll(
    source: WatchedSource, state: SourceState, receiver: str, now: datetime
) -> tuple[SourceNotice | None, SourceState]:
    """The notice that a poll leads to, if any, and the state that remembers it.

    ``receiver``: the name of the one that is told; without one ("") nothing counts as told.
    """
    if not receiver:
        return None, replace(state, told=None)
    trouble, why = _trouble(source, state, now)
    if trouble is not None and (state.told is None or trouble.health != state.told.health):
        return _notice(source, state, receiver, trouble, trouble.health, why, now), replace(state, told=trouble)
    if state.told is None or not _is_over(state.told, state, trouble):
        return None, state
    why = "it can be polled again" if state.told.health == "broken" else "it has brought something new"
    return _notice(source, state, receiver, state.told, "recovered", why, now), replace(state, told=None)


def to_note(notice: SourceNotice) -> Note:
    """What a channel says of it."""
    title = {
        "silent": f"{notice.source_name} is silent",
        "broken": f"{notice.source_name} is broken",
        "recovered": f"{notice.source_name} is well again",
    }[notice.health]
    source = NotedSource(notice.source, notice.source_name, notice.source_url, notice.since, notice.why)
    types: dict[str, Literal["source.silent", "source.broken", "source.recovered"]] = {
        "silent": "source.silent",
        "broken": "source.broken",
        "recovered": "source.recovered",
    }
    return Note(
        type=types[notice.health],
        at=notice.made_at,
        receiver=notice.receiver_name,
        text=f"{title}: {notice.why} ({notice.source_url})",
        title=title,
        source=source,
    )


def _trouble(source: WatchedSource, state: SourceState, now: datetime) -> tuple[Told | None, str]:
    health, why = assess(source, state, now)
    if health == "broken":
        since = state.gone_at or state.failing_since or now
        return Told("broken", since), why
    if health == "silent" and state.rhythm is not None and state.rhythm.last_news is not None:
        return Told("silent", state.rhythm.last_news), why
    return None, ""


def _is_over(told: Told, state: SourceState, trouble: Told | None) -> bool:
    """Silence ends with news. Until then a source that is broken for a while, or late after a holiday, is silent."""
    if told.health == "broken":
        return trouble is None
    last_news = state.rhythm.last_news if state.rhythm is not None else None
    return trouble is None and last_news is not None and last_news > told.since


def _notice(
    source: WatchedSource,
    state: SourceState,
    receiver: str,
    told: Told,
    health: Literal["silent", "broken", "recovered"],
    why: str,
    now: datetime,
) -> SourceNotice:
    url = _shown(source.url)
    return SourceNotice(
        id=digest("source notice", source.id, source.created_at.isoformat(), health, str(state.version)),
        receiver=named_receiver_id(receiver),
        receiver_name=receiver,
        made_at=now,
        source=source.id,
        source_name=clipped(source.name or state.title or url, MOST_NAME),
        source_url=url,
        health=health,
        since=told.since,
        why=clipped(why, MOST_WHY),
    )


def _shown(url: str) -> str:
    """The address without what may grant access: the user, and the query, where keys are."""
    return re.split(r"[?#]", _CREDENTIALS.sub("//", url), maxsplit=1)[0]
