"""Alerts that wait for a receiver while an article is forgotten."""

from msgspec.structs import replace

from connectors.elastic.admin.erase import Quotations
from connectors.forget.pending import redacted
from connectors.kafka.reader import KafkaRecord
from streams.alerts.deliver.queues import Queues
from streams.alerts.ledger.compose import summary_of
from streams.contract.codec import encode
from streams.contract.messages import Alert, Delivery, EntityCount, EntityType
from streams.stories.reasons import REMOVED
from tests.fiction import NOON, alert, track

QUOTATIONS = Quotations("gone", ("Wall falls",), "s1", frozenset({"place:dunmoor"}))


def records(*alerts: Alert) -> list[KafkaRecord]:
    return [KafkaRecord("alerts", 0, place, NOON, b"r", encode(one), {}) for place, one in enumerate(alerts)]


def about(article: str, number: int, **delivery: object) -> Alert:
    one = alert(number)
    names = [
        EntityCount(key=f"place:{key}", name=key, type=EntityType.PLACE, articles=1) for key in ("dunmoor", "tarn")
    ]
    return replace(
        one,
        article=replace(one.article, id=article),
        story=replace(one.story, title="Wall falls", entities=tuple(names)),
        delivery=replace(one.delivery, **delivery),
    )


def test_an_alert_about_it_is_closed_without_a_word_of_it() -> None:
    waits = about("gone", 1, status="retrying", attempts=2)
    waits = replace(waits, article=replace(waits.article, excerpt="Wall falls, it is said."))
    (closed,) = redacted(records(waits), "gone", QUOTATIONS)
    assert b"Wall falls" not in encode(closed)
    queues = Queues()
    queues.take(waits, NOON)
    assert queues.take(closed, NOON)[0] == "failed"
    assert queues.waiting() == 0


def test_an_alert_about_another_article_loses_the_quotations() -> None:
    waits = about("other", 1)
    (changed,) = redacted(records(waits), "gone", QUOTATIONS)
    assert b"Wall falls" not in encode(changed)
    assert [one.key for one in changed.story.entities] == ["place:dunmoor"]
    queues = Queues()
    queues.take(waits, NOON)
    queues.take(changed, NOON)
    assert queues.waiting() == 1


def test_an_alert_that_ended_stays_so_when_it_is_repeated() -> None:
    """A crash repeats the message that made the alert, behind the outcome."""
    made, ended = about("gone", 1), about("gone", 1, status="failed")
    assert list(redacted(records(made, ended, made), "gone", QUOTATIONS)) == []


def test_a_summary_stays_without_the_article() -> None:
    both = [
        replace(about(key, number), article=replace(alert().article, id=key))
        for number, key in enumerate(("gone", "b"))
    ]
    for order in (both, both[::-1]):
        waits = summary_of(track(), order, NOON)
        (changed,) = redacted(records(waits), "gone", QUOTATIONS)
        assert changed.delivery.status == "retrying"
        assert changed.summed == 2
        assert sorted(one.title for one in changed.summary) == sorted([REMOVED, alert().article.title])
        assert b"Wall falls" not in encode(changed)


def test_what_was_delivered_or_says_nothing_of_it_is_left_alone() -> None:
    done = replace(about("gone", 1), delivery=Delivery(status="delivered", attempts=1))
    assert list(redacted(records(about("gone", 1), done, alert(2)), "gone", QUOTATIONS)) == []
