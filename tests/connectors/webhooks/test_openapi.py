"""The OpenAPI description of webhooks is true of what is sent."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from connectors.api.app import make_litestar
from connectors.api.events.stream import EventStream
from connectors.api.openapi import document
from connectors.cli.serve.commands_of_api import commands
from connectors.webhooks.examples import example_notice, examples
from connectors.webhooks.notes import note_payload
from connectors.webhooks.openapi import webhooks
from connectors.webhooks.payload import payload, schema
from connectors.webhooks.signing import HEADERS
from streams.contract.plugins import Note
from streams.runtime.settings import Settings
from streams.sources.notices import to_note
from tests.connectors.webhooks.fiction import an_alert

NOTE = Note(type="storywatch.heartbeat", at=datetime.now(UTC), receiver="desk", text="Storywatch is running.")
BODIES = {
    "alert": [payload(an_alert()), payload(an_alert(bare=True))],
    "note": [note_payload(NOTE)],
    "source": [note_payload(to_note(example_notice()))],
}


def validator(name: str) -> Draft202012Validator:
    described, schemas = webhooks()
    schema = described[name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": {"schemas": schemas}})


@pytest.mark.parametrize("name", BODIES)
def test_what_is_sent_is_as_described(name: str) -> None:
    for body in BODIES[name]:
        validator(name).validate(json.loads(body))
    assert not validator(name).is_valid({"type": "odd", "timestamp": "now"})
    assert webhooks()[0].keys() == BODIES.keys()


@pytest.mark.parametrize("name", BODIES)
def test_the_headers_are_those_of_a_signature(name: str) -> None:
    parameters = webhooks()[0][name]["post"]["parameters"]
    assert tuple(one["name"] for one in parameters) == HEADERS


def test_the_schema_takes_everything_that_is_sent() -> None:
    taken = Draft202012Validator(schema())
    for body in [*json.loads(examples()), json.loads(note_payload(NOTE))]:
        taken.validate(body)
    assert not taken.is_valid({**json.loads(note_payload(NOTE)), "type": "source.silent"})


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(references, part.values()))
    return set().union(*map(references, part)) if isinstance(part, list) else set()


def test_the_served_document_has_them_and_their_schemas() -> None:
    told = document(make_litestar(Settings(), EventStream(Settings()), commands(Settings())))
    assert told["webhooks"] == webhooks()[0]
    assert references([told["webhooks"], told["components"]]) <= told["components"]["schemas"].keys()
