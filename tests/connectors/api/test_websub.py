"""WebSub with a real hub: subscribed, verified, notified, renewed and ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from connectors.api.server import bind
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Polled, Subscription, SubscriptionState, WatchedSource
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.api.local_hub import CHALLENGE, LocalHub, local_hub
from tests.connectors.api.serving import Served, environment, records, serving
from tests.connectors.cli.running import wait_for

PATIENCE = 60.0


@dataclass
class Subscribed:
    """A server whose only source names a hub, which has confirmed."""

    settings: Settings
    hub: LocalHub
    served: Served
    source: WatchedSource

    def stored(self) -> Subscription | None:
        """The latest record of the topic; None after a tombstone."""
        latest = records(self.settings, topics.SUBSCRIPTIONS)[-1]
        return decode(latest.value, Subscription) if latest.value is not None else None

    def pings(self) -> list[str]:
        return [decode(one.value, Polled).source for one in records(self.settings, topics.POLLS)]

    def pause_source(self) -> None:
        with Producer(self.settings) as producer:
            producer.send(topics.SOURCES, replace(self.source, paused=True))


@pytest.fixture(scope="module")
def subscribed(settings: Settings) -> Iterator[Subscribed]:
    own = settings.model_copy(update={"topic_prefix": "api-hub-"})
    admin.create(own, topology.required_topics(own))
    with bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    options = environment(own, topic_prefix="api-hub-", public_url=f"http://127.0.0.1:{port}/")
    with local_hub() as hub:
        source = WatchedSource(
            id="tarn", url=hub.feed, site="127.0.0.1", created_at=datetime.now(UTC), allow_private=True
        )
        with Producer(own) as producer:
            producer.send(topics.SOURCES, source)
        with serving(options, "--port", str(port)) as served:
            wait_for(lambda: hub.confirmed, PATIENCE)
            yield Subscribed(own, hub, served, source)


def test_a_watched_feed_is_subscribed_and_verified(subscribed: Subscribed) -> None:
    form = subscribed.hub.asked[0]
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == subscribed.source.url
    assert len(form["hub.secret"]) >= 40
    assert subscribed.hub.confirmed[0] == ("subscribe", 200)
    stored = subscribed.stored()
    assert stored is not None
    assert (stored.state, stored.source) == (SubscriptionState.ACTIVE, "tarn")
    assert stored.lease_until is not None
    assert 3_000 < (stored.lease_until - datetime.now(UTC)).total_seconds() < 3_700


@pytest.mark.parametrize(
    "changed",
    [
        {"hub_topic": "https://other.example/feed"},
        {"hub_mode": "unsubscribe"},
        {"hub_mode": "publish"},
        {"hub_challenge": ""},
    ],
    ids=["topic", "not ended", "mode", "no challenge"],
)
def test_what_was_not_asked_for_is_not_confirmed(subscribed: Subscribed, changed: dict[str, str]) -> None:
    answer = subscribed.hub.verify(subscribed.hub.asked[0], **changed)
    assert answer.status_code == 404
    assert CHALLENGE not in answer.text


def test_an_unknown_callback_is_404(subscribed: Subscribed) -> None:
    for request in (httpx.get, httpx.post):
        answer = request(f"{subscribed.served.url}/v1/websub/{'a' * 43}?hub.mode=subscribe", timeout=30)
        assert answer.status_code == 404


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha512"])
def test_signed_news_has_the_source_polled(subscribed: Subscribed, method: str) -> None:
    before = len(subscribed.pings())
    assert subscribed.hub.notify(method=method).status_code == 202
    assert subscribed.pings()[before:] == ["tarn"]


def test_news_with_another_signature_changes_nothing(subscribed: Subscribed) -> None:
    before = len(subscribed.pings())
    assert subscribed.hub.notify(secret="guessed").status_code == 202, "whoever guesses learns nothing"
    assert len(subscribed.pings()) == before


def test_tokens_are_not_in_the_log(subscribed: Subscribed) -> None:
    subscribed.hub.notify()
    wait_for(lambda: any("/v1/websub/" in line for line in subscribed.served.log))
    log = "".join(subscribed.served.log)
    form = subscribed.hub.asked[0]
    assert form["hub.callback"].rpartition("/")[2] not in log
    assert form["hub.secret"] not in log


def test_the_subscription_of_a_paused_source_ends(subscribed: Subscribed) -> None:
    """The last test: the subscription is gone after it."""
    subscribed.pause_source()
    wait_for(lambda: ("unsubscribe", 200) in subscribed.hub.confirmed, PATIENCE)
    wait_for(lambda: subscribed.stored() is None)
    assert subscribed.hub.modes()[-1] == "unsubscribe"
    gone = httpx.post(subscribed.hub.asked[0]["hub.callback"], content=b"x", timeout=30)
    assert gone.status_code == 404
