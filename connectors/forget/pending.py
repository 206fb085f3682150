"""Undelivered alerts, and their next state when an article that they quote is forgotten."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from connectors.elastic.admin.erase import Quotations
from connectors.kafka.reader import KafkaRecord
from streams.alerts.outcomes import is_current
from streams.contract.codec import decode
from streams.contract.errors import Undecodable
from streams.contract.messages import Alert
from streams.stories.reasons import REMOVED


def redacted(records: Iterable[KafkaRecord], id_: str, quotations: Quotations) -> Iterator[Alert]:
    """The next state of each undelivered alert that has to change: closed where it is about the article, else without
    its headline."""
    for alert in undelivered(records):
        if alert.article.id == id_ and not alert.summed:
            yield replace(
                _blank(alert),
                delivery=replace(alert.delivery, status="failed", error="the article was removed", next_at=None),
            )
        else:
            changed = _without_summed(_without_quotations(alert, quotations), id_, quotations)
            if changed != alert:
                # one attempt more, since the state with more attempts is the newer one
                attempts = alert.delivery.attempts + 1
                yield replace(changed, delivery=replace(alert.delivery, status="retrying", attempts=attempts))


def undelivered(records: Iterable[KafkaRecord]) -> Iterator[Alert]:
    """The alerts that are not delivered yet, in their latest state."""
    latest: dict[str, Alert] = {}
    for record in records:
        try:
            alert = decode(record.value, Alert)
        except Undecodable:
            continue  # a dead letter, in no queue; or a notice about a source, which quotes no article
        if is_current(alert, latest.get(alert.id)):
            latest[alert.id] = alert
    yield from (alert for alert in latest.values() if alert.delivery.status in ("pending", "retrying"))


def _blank(alert: Alert) -> Alert:
    """The alert without anything of the article but its id."""
    return replace(
        alert,
        article=replace(alert.article, title=REMOVED, url=None, published=None, excerpt=""),
        edit=None,
        story=replace(alert.story, title=REMOVED, entities=()),
        filing=replace(
            alert.filing, reasons=(), shared_entities=(), shared_terms=(), shared_quotes=(), shared_figures=()
        ),
        reason=REMOVED,
    )


def _without_quotations(alert: Alert, quotations: Quotations) -> Alert:
    reasons = tuple(quotations.redact(alert.filing.reasons, alert.filing.nearest))
    title = quotations.story_title(alert.story.id, alert.story.title)
    entities = alert.story.entities
    if alert.story.id == quotations.story:
        entities = tuple(one for one in entities if one.key in quotations.names)
    story = replace(alert.story, title=title, entities=entities)
    return replace(alert, filing=replace(alert.filing, reasons=reasons), story=story)


def _without_summed(alert: Alert, id_: str, quotations: Quotations) -> Alert:
    """The alert without the article in what it sums up, which stays in the count."""
    if not alert.summed:
        return alert
    if alert.article.id == id_:
        alert = replace(_blank(alert), reason=alert.reason)
    listed = tuple(
        replace(
            one,
            title=REMOVED if one.article == id_ else one.title,
            url=None if one.article == id_ else one.url,
            story_title=quotations.story_title(one.story, one.story_title),
        )
        for one in alert.summary
    )
    return replace(alert, summary=listed)
