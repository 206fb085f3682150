"""A message that is no alert (a test, a heartbeat, how a source is) -> its JSON, with the outline of an alert's."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from streams.contract.plugins import Note


class NamedPart(Struct, frozen=True):
    name: str


class NoteData(Struct, frozen=True):
    receiver: NamedPart
    text: Annotated[str, Meta(description="A sentence for people.")]


class NoteEvent(Struct, frozen=True):
    """What Storywatch sends to a webhook to try it, and as a heartbeat."""

    type: Literal["storywatch.test", "storywatch.heartbeat"]
    timestamp: Annotated[datetime, Meta(tz=True)]
    data: NoteData


class WatchedPart(Struct, frozen=True):
    id: Annotated[str, Meta(description="As in `storywatch source list`.")]
    name: str
    url: Annotated[str, Meta(description="Its address without user name and query.")]


class SourceData(Struct, frozen=True):
    source: WatchedPart
    since: Annotated[datetime, Meta(tz=True, description="When the silence or the failures began, also of recovered.")]
    why: Annotated[str, Meta(description="One line for people.")]
    receiver: NamedPart
    text: Annotated[str, Meta(description="A sentence for people.")]


class SourceEvent(Struct, frozen=True):
    """What Storywatch sends when a watched source turns silent or broken, and when that ends."""

    type: Literal["source.silent", "source.broken", "source.recovered"]
    timestamp: Annotated[datetime, Meta(tz=True, description="When it was noticed.")]
    data: SourceData


def note_payload(note: Note) -> bytes:
    """The JSON of a note, in UTF-8: a `NoteEvent`, or a `SourceEvent` if it is about a source."""
    receiver, source = NamedPart(note.receiver), note.source
    data: NoteData | SourceData = NoteData(receiver, note.text)
    if source is not None:
        watched = WatchedPart(source.id, source.name, source.url)
        data = SourceData(watched, source.since, source.why, receiver, note.text)
    return msgspec.json.encode({"type": note.type, "timestamp": note.at, "data": data})
