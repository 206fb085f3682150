"""The channel of docs/webhooks.md: the JSON of an alert, signed as Standard Webhooks describes."""

from connectors.webhooks.notes import note_payload
from connectors.webhooks.payload import payload
from streams.contract.messages import Alert
from streams.contract.plugins import Note, Notification, ServiceChannel


def message(alert: Alert) -> Notification:
    return Notification(payload(alert))


def note(note: Note) -> Notification:
    return Notification(note_payload(note))


CHANNEL = ServiceChannel(message=message, note=note, signed=True)
