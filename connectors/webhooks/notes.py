"""A message that is no alert (a test, a heartbeat) -> its JSON, with the outline of an alert's."""

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


def note_payload(note: Note) -> bytes:
    """The JSON of a note, in UTF-8."""
    data = NoteData(NamedPart(note.receiver), note.text)
    return msgspec.json.encode(NoteEvent(note.type, note.at, data))
