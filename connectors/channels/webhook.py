"""The channel of docs/webhooks.md: the JSON of an alert, signed as Standard Webhooks describes."""

import msgspec

from connectors.webhooks.payload import payload
from streams.contract.messages import Alert
from streams.contract.plugins import Note, Notification, ServiceChannel


def message(alert: Alert) -> Notification:
    return Notification(payload(alert))


def note(note: Note) -> Notification:
    """The JSON of a note has the outline of an event, with other data."""
    data = {"receiver": {"name": note.receiver}, "text": note.text}
    return Notification(msgspec.json.encode({"type": note.type, "timestamp": note.at, "data": data}))


CHANNEL = ServiceChannel(message=message, note=note, signed=True)
