"""All alerts in; those that are to be closed or told anew because they quote a forgotten article, out."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from connectors.elastic.admin.erase import Quotations
from connectors.kafka.reader import KafkaRecord
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import Alert
from streams.stories.reasons import REMOVED


def redacted(records: Iterable[KafkaRecord], id_: str, traces: Quotations) -> Iterator[Alert]:
    """The next state of each alert that waits for its receiver and has to change: closed where it is about the
    article, else without its headline."""
    for alert in undelivered(records):
        if alert.article.id == id_:
            yield replace(
                _blank(alert),
                delivery=replace(alert.delivery, status="failed", error="the article was removed", next_at=None),
            )
        else:
            changed = _quoting_nothing(alert, traces)
            if changed != alert:
                # one attempt more, because an alert's newer state is the one with more of them
                attempts = alert.delivery.attempts + 1
                yield replace(changed, delivery=replace(alert.delivery, status="retrying", attempts=attempts))


def undelivered(records: Iterable[KafkaRecord]) -> Iterator[Alert]:
    """The alerts that are not delivered yet, in their latest state."""
    latest: dict[str, Alert] = {}
    for record in records:
        try:
            alert = decode(record.value, Alert)
        except Undecodable:
            continue  # a dead letter by now, and in no queue
        if alert.delivery.status in ("pending", "retrying"):
            latest[alert.id] = alert
        else:
            latest.pop(alert.id, None)
    yield from latest.values()


def _blank(alert: Alert) -> Alert:
    """Nothing of the article but its id."""
    return replace(
        alert,
        article=replace(alert.article, title=REMOVED, url=None, published=None),
        story=replace(alert.story, title=REMOVED, entities=()),
        filing=replace(alert.filing, reasons=(), shared_entities=(), shared_terms=()),
        reason=REMOVED,
    )


def _quoting_nothing(alert: Alert, traces: Quotations) -> Alert:
    reasons = tuple(traces.without(alert.filing.reasons, alert.filing.nearest))
    title = traces.title(alert.story.id, alert.story.title)
    entities = alert.story.entities
    if alert.story.id == traces.story:
        entities = tuple(one for one in entities if one.key in traces.names)
    story = replace(alert.story, title=title, entities=entities)
    return replace(alert, filing=replace(alert.filing, reasons=reasons), story=story)
