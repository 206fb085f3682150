"""The ``webhooks`` of the OpenAPI 3.1 document: the requests that a receiver gets, generated from their types."""

from typing import Any

import msgspec

from connectors.webhooks.notes import NoteEvent, SourceEvent
from connectors.webhooks.payload import Event
from connectors.webhooks.signing import HEADERS, SIGNATURE, TIMESTAMP

PREFIX = "Webhook"  # of the names of their schemas
_SAID = {
    HEADERS[0]: "The same in every attempt: a repeat is recognised by it.",
    TIMESTAMP: "When this attempt was signed, in seconds since 1970.",
    SIGNATURE: "One signature, or two while a secret is replaced, separated by a blank: v1, and base64.",
}
_ANSWERS = {
    "2XX": "The event is delivered and is not sent again.",
    "410": "No more events: the receiver is switched off.",
    "429": "Later: Retry-After is followed, up to an hour.",
    "default": "The event is sent again, eleven times over three days.",
}


def webhooks() -> tuple[dict[str, Any], dict[str, Any]]:
    """The ``webhooks`` object, and the schemas that it refers to by name."""
    (event, note, source), found = msgspec.json.schema_components(
        [Event, NoteEvent, SourceEvent], ref_template=f"#/components/schemas/{PREFIX}{{name}}"
    )
    described = {
        "alert": _operation("An alert, or a correction or summary of some.", event),
        "note": _operation("A test of the receiver, or a heartbeat.", note),
        "source": _operation("A watched source turned silent or broken, or is well again.", source),
    }
    return described, {f"{PREFIX}{name}": schema for name, schema in found.items()}


def _operation(summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in _SAID.items()
    ]
    return {
        "post": {
            "summary": summary,
            "description": "Signed as Standard Webhooks 1.0.0 describes: docs/webhooks.md.",
            "security": [],
            "parameters": parameters,
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {code: {"description": text} for code, text in _ANSWERS.items()},
        }
    }
