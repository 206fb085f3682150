"""One fact, several receivers: the alerts that it makes, and what of an address may be shown."""

import pytest
from msgspec.structs import replace

from streams.alerts.receivers import for_receivers, named_receiver_id, origin, switched_off, without_secrets
from streams.contract.messages import NamedReceiver, Webhook
from tests.fiction import NOON, SECRET, alert, track


def test_a_track_without_named_receivers_has_the_alert_as_before() -> None:
    assert for_receivers(alert(), track()) == (alert(),)
    assert for_receivers(alert(), track(webhook=None)) == (alert(),)


def test_one_fact_is_one_alert_for_each_receiver() -> None:
    own, slack, mail = for_receivers(alert(), track(receivers=("slack", "mail", "slack")))
    assert own == alert()
    assert (slack.receiver_name, mail.receiver_name) == ("slack", "mail")
    assert (slack.receiver, slack.url) == (named_receiver_id("slack"), None)
    assert len({own.id, slack.id, mail.id}) == 3
    assert for_receivers(alert(), track(receivers=("mail",), webhook=None)) == (mail,)


def test_an_alert_that_is_recorded_is_sent_to_named_receivers() -> None:
    [sent] = for_receivers(alert(), track(receivers=("slack",), webhook=None))
    assert sent.delivery.status == "pending"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://desk.example:8443/hook?token=x", "https://desk.example:8443/"),
        ("smtp://desk@mail.example:587/?from=a@mail.example&to=b@mail.example", "smtp://mail.example:587/"),
        ("tgram://123456:token/chat", "tgram://"),
        ("ntfys://secret-topic", "ntfys://"),
        ("no address", ""),
    ],
)
def test_only_what_grants_no_access_is_shown(address: str, shown: str) -> None:
    assert origin(address) == shown


def test_a_candidate_has_no_secret_and_no_template() -> None:
    hook = Webhook(url="https://desk.example/token", secret=SECRET, former_secret=SECRET, template="{{ data }}")
    shared = without_secrets(hook)
    assert (shared.secret, shared.former_secret, shared.template, shared.url) == ("", "", "", "https://desk.example/")


def test_a_named_receiver_that_is_off_is_off_for_its_tracks() -> None:
    hook = Webhook(url="https://desk.example/hook", secret=SECRET)
    receiver = NamedReceiver(name="desk", created_at=NOON, hook=hook)
    followed, off = track(receivers=("desk",), webhook=None), {named_receiver_id("desk"): NOON}
    assert list(switched_off([followed], off, {"desk": receiver})) == [(followed, named_receiver_id("desk"))]
    resumed = replace(receiver, hook=replace(hook, resumed_at=NOON.replace(hour=13)))
    assert list(switched_off([followed], off, {"desk": resumed})) == []
