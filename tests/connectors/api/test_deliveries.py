"""Deliveries and receivers by HTTP: shown, sent again, tested and paused as the commands do it, with a record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from connectors.elastic.write.documents import alert_document, notice_document
from connectors.kafka.producer import Producer
from connectors.webhooks.receiving import Received
from streams.alerts.receivers import named_receiver_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Alert, Answer, Change, Deliverable, Delivery, NamedReceiver, Scope, Webhook
from streams.runtime.settings import Settings
from tests.connectors.api.library import stored_for_a_while
from tests.connectors.api.serving import Served, add_key, records
from tests.connectors.cli import fiction
from tests.connectors.cli.running import wait_for
from tests.connectors.listening import listening
from tests.fiction import notice

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """``heard``: what the receiver ``night`` was sent."""

    client: httpx.Client
    failed: Alert
    heard: list[Received]


@pytest.fixture(scope="module")
def heard() -> Iterator[tuple[str, list[Received]]]:
    with listening(SECRET) as found:
        yield found


@pytest.fixture(scope="module")
def desk(settings: Settings, served: Served, heard: tuple[str, list[Received]]) -> Iterator[Desk]:
    """A client that may send again, a receiver, and an alert that could not be delivered to it."""
    url, found = heard
    night = NamedReceiver(
        name="night", created_at=NOW, hook=Webhook(url=url, secret=SECRET, allow_private=True), labels=("night",)
    )
    alert = replace(fiction.ALERTS[0], id="a1e7" * 8, made_at=NOW, receiver=named_receiver_id("night"))
    alert = replace(alert, receiver_name="night", url="http://127.0.0.1/")
    answers = (Answer(at=NOW, code=500, error="answered 500", ms=12, excerpt="no"),)
    failed = replace(
        alert, delivery=Delivery(status="failed", attempts=11, at=NOW, code=500, error="answered 500", answers=answers)
    )
    with Producer(settings) as producer:
        producer.send(topics.RECEIVERS, night)
        producer.send(topics.ALERTS, failed)
    _, text = add_key(settings, Scope.DESK, name="late-desk")
    with stored_for_a_while(settings, alert_document(failed)), served.client(text) as client:
        wait_for(lambda: client.get("/v1/receivers").status_code == 200)
        yield Desk(client, failed, found)


def changes(settings: Settings, subject: str) -> list[Change]:
    found = [decode(one.value, Change) for one in records(settings, topics.AUDIT)]
    return [one for one in found if one.subject == subject]


def latest(settings: Settings, alert: str) -> Deliverable:
    found = [decode(one.value, Deliverable) for one in records(settings, topics.ALERTS)]
    return [one for one in found if one.id == alert][-1]


def test_a_delivery_is_listed_and_shown_with_its_attempts(desk: Desk) -> None:
    [one] = desk.client.get("/v1/deliveries?receiver=night&status=failed").json()["items"]
    assert (one["alert"], one["host"], one["error"]) == (desk.failed.id, "127.0.0.1", "answered 500")
    shown = desk.client.get(f"/v1/deliveries/{desk.failed.id[:12]}").json()
    assert shown == one
    assert [(each["code"], each["excerpt"]) for each in shown["attempts"]] == [(500, "no")]
    assert desk.client.get("/v1/deliveries/ffffffffffff").status_code == 404


def test_an_alert_is_sent_again_cancelled_and_replayed(settings: Settings, desk: Desk) -> None:
    path = f"/v1/deliveries/{desk.failed.id}"
    dry = desk.client.post("/v1/deliveries/replay", json={"since": "1h", "receiver": "night", "dry_run": True})
    assert dry.json() == {"alerts": [desk.failed.id]}
    assert latest(settings, desk.failed.id).delivery.status == "failed"
    assert desk.client.post(f"{path}/retry").json() == {"alerts": [desk.failed.id]}
    assert latest(settings, desk.failed.id).delivery.status == "retrying"
    again = desk.client.post(f"{path}/retry")
    assert (again.status_code, "retrying" in again.json()["detail"]) == (409, True)
    assert desk.client.post(f"{path}/cancel").json() == {"alerts": [desk.failed.id]}
    assert desk.client.post(f"{path}/cancel").status_code == 409
    replayed = desk.client.post("/v1/deliveries/replay", json={"since": "1h", "receiver": "night"})
    assert replayed.json() == {"alerts": [desk.failed.id]}
    assert latest(settings, desk.failed.id).delivery.status == "retrying"
    log = changes(settings, desk.failed.id)
    assert [(one.kind, one.action, one.by) for one in log] == [("delivery", "changed", "API key late-desk")] * 3
    assert ("status", "failed", "retrying") in [(one.name, one.before, one.after) for one in log[0].fields]


def test_a_notice_about_a_source_is_handled_as_an_alert(settings: Settings, desk: Desk) -> None:
    silent = replace(
        notice(), id="50fa" * 8, made_at=NOW, receiver="unknown", receiver_name="day", delivery=desk.failed.delivery
    )
    with Producer(settings) as producer:
        producer.send(topics.ALERTS, silent)
    with stored_for_a_while(settings, notice_document(silent)):
        [one] = desk.client.get("/v1/deliveries?receiver=day").json()["items"]
        assert desk.client.get("/v1/deliveries?sources=true").json()["items"] == [one]
        assert desk.client.get(f"/v1/deliveries/{silent.id}").json() == one
        assert (one["alert"], one["source"], one["health"]) == (silent.id, "The Paper", "silent")
        assert (one["track"], one["story"], one["error"]) == (None, None, "answered 500")
        assert silent.id not in desk.client.get("/v1/alerts").text
        assert desk.client.post(f"/v1/deliveries/{silent.id}/retry").json() == {"alerts": [silent.id]}
        assert latest(settings, silent.id).delivery.status == "retrying"
        assert desk.client.post(f"/v1/deliveries/{silent.id}/cancel").json() == {"alerts": [silent.id]}


def test_a_receiver_is_listed_tested_paused_and_resumed(settings: Settings, desk: Desk) -> None:
    [one] = [one for one in desk.client.get("/v1/receivers").json()["items"] if one["name"] == "night"]
    assert (one["state"], one["labels"]) == ("sending", ["night"])
    assert one["address"].startswith("http://127.0.0.1:")
    assert "hook" not in one["address"]
    shown = desk.client.get("/v1/receivers/night").json()
    assert (shown["name"], shown["tracks"]) == ("night", [])
    assert SECRET not in desk.client.get("/v1/receivers/night").text
    tested = desk.client.post("/v1/receivers/night/test").json()
    assert (tested["outcome"], tested["code"]) == ("delivered", 204)
    assert len(desk.heard) == 1
    assert "paused by hand" in desk.client.post("/v1/receivers/night/pause").json()["state"]
    assert desk.client.post("/v1/receivers/night/resume").json()["state"] == "sending"
    log = changes(settings, "night")
    assert [(one.action, one.by) for one in log] == [
        (action, "API key late-desk") for action in ("tested", "changed", "changed")
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/v1/deliveries/nothing/retry", None, 404, "no such delivery"),
        ("/v1/deliveries/nothing/cancel", None, 404, "no such delivery"),
        ("/v1/deliveries/replay", {}, 400, "since"),
        ("/v1/deliveries/replay", {"since": "yesterday"}, 400, "since"),
        ("/v1/deliveries/replay", {"since": "2h", "colour": 1}, 400, "colour"),
        ("/v1/receivers/nobody/test", None, 404, "no such receiver"),
        ("/v1/receivers/nobody/pause", None, 404, "no such receiver"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(
    desk: Desk, path: str, body: dict[str, object] | None, status: int, says: str
) -> None:
    answer = desk.client.post(path, json=body)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_sending_again_needs_the_scope_desk(reader: httpx.Client, desk: Desk) -> None:
    assert reader.post(f"/v1/deliveries/{desk.failed.id}/retry").status_code == 403
    assert reader.post("/v1/deliveries/replay", json={"since": "2h"}).status_code == 403
    assert reader.post("/v1/receivers/night/test").status_code == 403
    assert reader.get("/v1/receivers").status_code == 200
