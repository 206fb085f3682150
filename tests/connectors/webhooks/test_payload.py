"""What receivers get, held to the schema that is published for them."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from connectors.webhooks.examples import EXAMPLES_FILE, example_alerts, examples
from connectors.webhooks.payload import SCHEMA_FILE, event_type, payload, schema
from streams.alerts.decide import AlertLedger
from streams.contract.messages import Alert, Candidate, Coverage, StoryUpdate, Track
from tests.connectors.webhooks.fiction import NOON, an_alert

ALERTS = [an_alert(), an_alert(bare=True), an_alert(condition="sources >= 3"), *example_alerts()]


def faults(value: Any, rule: dict[str, Any], root: dict[str, Any], path: str = "$") -> list[str]:
    """Where a value breaks a schema, as far as ours goes: types, enums, unions, required and unknown fields."""
    if "$ref" in rule:
        return faults(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in rule:
        tried = [faults(value, option, root, path) for option in rule["anyOf"]]
        return [] if [] in tried else tried[0]
    if "enum" in rule:
        return [] if value in rule["enum"] else [f"{path}: {value!r} is none of {rule['enum']}"]
    if rule["type"] == "object" and isinstance(value, dict):
        known = rule["properties"]
        found = [f"{path}.{name}: missing" for name in rule["required"] if name not in value]
        found += [f"{path}.{name}: not in the schema" for name in value if name not in known]
        for name in known.keys() & value.keys():
            found += faults(value[name], known[name], root, f"{path}.{name}")
        return found
    if rule["type"] == "array" and isinstance(value, list):
        return [fault for item in value for fault in faults(item, rule["items"], root, f"{path}[]")]
    plain: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "null": (type(None),),
    }
    return [] if isinstance(value, plain.get(rule["type"], ())) else [f"{path}: {value!r} is no {rule['type']}"]


def test_the_schema_file_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA_FILE.read_bytes()) == schema(), "write it anew: python -m connectors.webhooks.examples"


def test_the_examples_are_those_of_the_code() -> None:
    assert EXAMPLES_FILE.read_text() == examples() + "\n", "write them anew: python -m connectors.webhooks.examples"


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("new source", "story.new_source"),
        ("sources >= 3", "story.sources_reached"),
        ("first country: NZ", "story.first"),
        ("3 sources within 2 h", "story.growth"),
        ("silence broken", "story.silence_broken"),
        ("edit withdraws", "story.edited"),
        ("merged", "story.merged"),
        ("present sources", "story.present"),
        ("correction", "alert.correction"),
        ("summary", "alert.summary"),
    ],
)
def test_the_type_says_what_fired(condition: str, kind: str) -> None:
    assert event_type(an_alert(condition=condition)) == kind


@pytest.mark.parametrize("alert", ALERTS)
def test_payloads_keep_to_the_schema_file(alert: Alert) -> None:
    rules = json.loads(SCHEMA_FILE.read_bytes())
    assert faults(json.loads(payload(alert)), rules["anyOf"][0], rules) == []


def test_the_check_above_finds_faults() -> None:
    rules = json.loads(SCHEMA_FILE.read_bytes())
    wrong = json.loads(payload(an_alert()))
    wrong["type"] = "story.boom"
    wrong["data"]["story"]["articles"] = "four"
    wrong["data"]["article"]["extra"] = 1
    del wrong["data"]["why"]["score"]
    assert len(faults(wrong, rules["anyOf"][0], rules)) == 4


def test_every_field_is_always_there() -> None:
    full, bare = json.loads(payload(an_alert())), json.loads(payload(an_alert(bare=True)))
    assert list(full["data"]) == list(bare["data"])
    for part in ("alert", "track", "story", "source", "article", "why", "times"):
        assert list(full["data"][part]) == list(bare["data"][part])
    assert bare["data"]["article"]["publisher"] is None


def test_an_alert_gives_the_same_bytes_also_after_encoding() -> None:
    alert = an_alert()
    again = msgspec.json.decode(msgspec.json.encode(alert), type=Alert)
    assert payload(again) == payload(alert)
    assert payload(alert).startswith(b'{"type":"story.new_source","timestamp":"2031-05-04T12:00:00Z","data":{"alert":{')


def test_tells_what_happened_to_whom_where_and_why() -> None:
    event = json.loads(payload(an_alert(7)))
    data = event["data"]
    assert data["alert"]["id"] == f"{7:032x}"
    assert data["alert"]["sources"] == 2
    assert data["track"] == {"id": "harbour", "name": "Harbour wall"}
    assert data["source"] == {"key": "northfell", "name": "Northfell Media"}
    assert data["article"]["url"] == "https://dunmoor-echo.example/harbour"
    assert data["article"]["title"] == "Dunmoor: Hafenmauer bricht 港"
    assert data["article"]["published"]["precision"] == "day"
    assert data["why"]["shared_entities"] == ["place:dunmoor"]
    assert data["why"]["score"] >= data["why"]["threshold"]


@pytest.mark.parametrize(("at_sources", "kind"), [(None, "story.new_source"), (2, "story.sources_reached")])
def test_a_count_of_sources_is_another_type_of_event(at_sources: int | None, kind: str) -> None:
    """Decided by the real ledger, since the type is told from the condition that it writes."""
    alert = an_alert()
    candidate = Candidate(
        track=Track(id="harbour", name="Harbour wall", created_at=NOON - timedelta(days=1), at_sources=at_sources),
        update=StoryUpdate(
            id="update-1",
            kind="joined",
            story=alert.story,
            article=alert.article,
            filing=alert.filing,
            coverage=Coverage(source=alert.source, new=True, new_publisher=True, reason="a text of its own"),
            version=1,
            received_at=NOON,
            filed_at=NOON,
        ),
        why="follows this story",
    )
    decided = AlertLedger().decide(candidate, 1, NOON).alert
    assert decided is not None
    assert json.loads(payload(decided))["type"] == kind


def test_the_address_and_state_of_the_delivery_stay_here() -> None:
    text = payload(an_alert()).decode()
    assert "receiver.example" not in text
    assert "pending" not in text
