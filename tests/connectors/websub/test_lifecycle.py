"""What is done about a subscription, from a first look for a hub to its end."""

from datetime import timedelta

from msgspec.structs import replace

from connectors.websub.lifecycle import LEASE, Step, confirmed, denied, new_subscription, next_step
from streams.contract.messages import Subscription, SubscriptionState, WatchedSource
from tests.fiction import NOON

FEED = WatchedSource(id="f1", url="https://news.example/feed", site="news.example", created_at=NOON)
DAY = timedelta(days=1)


def subscription(state: SubscriptionState, **more: object) -> Subscription:
    first = replace(new_subscription(FEED, NOON), hub="https://hub.example/", topic=FEED.url)
    return replace(first, state=state, **more)


def test_a_hub_is_looked_for_once_and_again_a_day_later() -> None:
    assert next_step(FEED, None, NOON) is Step.LOOK
    for state in (SubscriptionState.NO_HUB, SubscriptionState.DENIED):
        known = subscription(state)
        assert next_step(FEED, known, NOON + timedelta(hours=23)) is None
        assert next_step(FEED, known, NOON + DAY) is Step.LOOK


def test_other_kinds_and_paused_sources_are_not_subscribed() -> None:
    assert next_step(replace(FEED, paused=True), None, NOON) is None
    assert next_step(replace(FEED, kind="sitemap"), None, NOON) is None
    assert next_step(None, None, NOON) is None


def test_a_hub_that_does_not_confirm_is_asked_ever_less_often() -> None:
    pauses = []
    for failures in (1, 2, 3, 40):
        known = subscription(SubscriptionState.ASKED, failures=failures)
        pauses.append(next(n for n in range(1_000) if next_step(FEED, known, NOON + timedelta(minutes=n))))
    assert pauses == [4, 8, 16, 720]


def test_a_lease_is_renewed_before_it_ends() -> None:
    known = confirmed(subscription(SubscriptionState.ASKED, failures=1), LEASE.total_seconds(), NOON)
    assert (known.state, known.failures) == (SubscriptionState.ACTIVE, 0)
    assert next_step(FEED, known, NOON + LEASE - DAY - timedelta(minutes=1)) is None
    assert next_step(FEED, known, NOON + LEASE - DAY) is Step.SUBSCRIBE
    short = confirmed(known, 600, NOON)
    assert next_step(FEED, short, NOON + timedelta(minutes=4)) is None
    assert next_step(FEED, short, NOON + timedelta(minutes=5)) is Step.SUBSCRIBE


def test_leases_are_believed_within_bounds() -> None:
    known = subscription(SubscriptionState.ASKED)
    leases = [confirmed(known, seconds, NOON).lease_until for seconds in (0, 3_600, 10**9)]
    assert [lease - NOON for lease in leases if lease] == [timedelta(minutes=5), timedelta(hours=1), 30 * DAY]


def test_the_subscription_of_a_removed_source_is_ended() -> None:
    active = subscription(SubscriptionState.ACTIVE, lease_until=NOON + DAY)
    for source in (None, replace(FEED, paused=True)):
        assert next_step(source, active, NOON) is Step.UNSUBSCRIBE
        asked = replace(active, state=SubscriptionState.ENDING, failures=1)
        assert next_step(source, asked, NOON + timedelta(minutes=1)) is None
        assert next_step(source, asked, NOON + timedelta(minutes=5)) is Step.UNSUBSCRIBE
        assert next_step(source, replace(asked, failures=3), NOON) is Step.DROP, "its lease ends it"
        assert next_step(source, denied(active, "", NOON), NOON) is Step.DROP
