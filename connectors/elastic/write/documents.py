"""Messages -> documents of the indices. Pure functions.

A document says where it goes (index without prefix, `_id`) and its version, which the server keeps: an older one
changes nothing, the same one may be written again. No clock is read here: a message that is read again gives the same
document, save for the times in `article.stages`, which come with it.

``@timestamp`` of an article is when it was first seen: it is always known, never wrong and never changes, so a
dashboard of yesterday stays as it was; the publisher's own time is `article.published` with how sure it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.document_part import DocumentPart, copied
from connectors.elastic.names import Family, index_name
from streams.alerts.outcomes import rank
from streams.contract import messages as m
from streams.contract import urls
from streams.contract.stage import RecordContext

_LISTS = {"person": "persons", "organisation": "organisations", "place": "places", "group": "groups"}
# each of the three writes an index of its own
_STAGES = {"store_articles": "store", "store_stories": "store", "store_alerts": "store"}


@dataclass(frozen=True)
class IndexDocument:
    """One document to write. ``index`` has no prefix yet.

    ``exclusive``: an equal version is rejected as well, so that if two writers change the same version, one fails.
    """

    index: str
    id: str
    version: int
    source: DocumentPart
    exclusive: bool = False


def article_document(
    filed: m.FiledArticle, at: RecordContext | None = None, revisions: tuple[r.RevisionFields, ...] = ()
) -> IndexDocument:
    """The whole article, in the index of the month in which it was first seen.

    ``at`` is its place in the log; without it there are no times of the stages. ``revisions``: see `revisions_with`.
    """
    article, copy = filed.article, filed.copy
    filed_at = at.time if at else None
    record = r.ArticleRecord(
        timestamp=filed.first_seen,
        event=r.EventFields(dataset="storywatch.articles", kind="event"),
        article=copied(
            r.ArticleFields,
            article,
            filed,
            **_dates(article),
            body_source=article.body_source if article.body else None,
            body_confidence=article.body_confidence if article.body else None,
            lane_reason=article.lane_reason or None,
            origin=article.origin or None,
            copy=copied(r.CopyFields, copy, reason=copy.reason or None),
            revisions=revisions,
            filed=filed_at,
            seconds_to_file=None if article.stored is not None else _seconds(article.received_at, filed_at),
            stages=_stages(at),
        ),
        story=_story_of(filed),
        entities=entities_fields(filed.entities),
        publisher=_publisher(article.publisher),
        url=url_fields(article.url, article.fetched_url),
    )
    return IndexDocument(index_name(Family.ARTICLES, filed.first_seen), article.id, filed.version, record)


def refiled_document(stored: r.ArticleRecord, filed: m.FiledArticle) -> IndexDocument:
    """The stored article in the story that it is part of now."""
    record = replace(stored, story=_story_of(filed))
    return IndexDocument(index_name(Family.ARTICLES, stored.timestamp), stored.article.id, filed.version, record)


def _story_of(filed: m.FiledArticle) -> r.StoryFields:
    return copied(
        r.StoryFields,
        id=filed.filing.story,
        filing=filed.filing,
        coverage=filed.coverage,
        brought=filed.brought,
        articles=filed.counts and filed.counts.articles,
        source_count=filed.counts and filed.counts.sources,
        publisher_count=filed.counts and filed.counts.publishers,
    )


def story_document(update: m.StoryUpdate, at: RecordContext | None = None) -> IndexDocument:
    """The story after this update, with its latest article in short.

    ``@timestamp`` is when it last took an article: a desk looks for stories that move. The update's words are
    left out, since they serve matching only and are in the article's own document.
    """
    record = r.StoryRecord(
        timestamp=update.story.last_seen,
        event=r.EventFields(dataset="storywatch.stories", kind="state"),
        story=_story(update.story, update.filing, update),
        article=_short_article(update.article, update.received_at, update.filed_at, at),
        entities=entities_fields(update.story.entities),
        publisher=_publisher(update.article.publisher),
        url=url_fields(update.article.url, None),
    )
    return IndexDocument(index_name(Family.STORIES), update.story.id, update.version, record)


def delivery_document(one: m.Deliverable, at: RecordContext | None = None) -> IndexDocument:
    """An alert or a notice. Raises `TypeError` for anything else."""
    match one:
        case m.Alert():
            return alert_document(one, at)
        case m.SourceNotice():
            return notice_document(one)
    raise TypeError(f"{type(one).__name__} has no document")


def alert_document(alert: m.Alert, at: RecordContext | None = None) -> IndexDocument:
    """The alert with the state of its delivery. Its version is the rank of that state, so no state goes back.

    Of the webhook's URL only the domain is stored, because many receivers carry their secret in the path.
    """
    seconds = _seconds(alert.received_at, alert.made_at)
    record = r.AlertRecord(
        timestamp=alert.made_at,
        event=r.EventFields(dataset="storywatch.alerts", kind="alert"),
        alert=copied(r.AlertFields, alert, source_count=alert.sources, seconds_to_make=seconds),
        track=r.TrackFields(id=alert.track, name=alert.track_name),
        **_delivery_fields(alert),
        story=_story(alert.story, alert.filing),
        article=_short_article(alert.article, alert.received_at, None, at),
        entities=entities_fields(alert.story.entities),
        publisher=_publisher(alert.article.publisher),
        url=url_fields(alert.article.url, None),
    )
    return IndexDocument(index_name(Family.ALERTS, alert.made_at), alert.id, rank(alert), record)


def notice_document(notice: m.SourceNotice) -> IndexDocument:
    """The notice with the state of its delivery, as `alert_document`."""
    record = r.NoticeRecord(
        timestamp=notice.made_at,
        event=r.EventFields(dataset="storywatch.notices", kind="alert"),
        alert=copied(r.NoticeFields, notice),
        source=r.WatchedSourceFields(id=notice.source, name=notice.source_name, since=notice.since),
        **_delivery_fields(notice),
        url=url_fields(notice.source_url, None),
    )
    return IndexDocument(index_name(Family.NOTICES, notice.made_at), notice.id, rank(notice), record)


def _delivery_fields(one: m.Deliverable) -> dict[str, Any]:
    """Where it goes and what became of it, as attributes of `AlertRecord` and `NoticeRecord`."""
    delivery = one.delivery
    domain = _url_parts(one.url).get("domain") if one.url else None
    return {
        "receiver": r.ReceiverFields(id=one.receiver, name=one.receiver_name or None, domain=domain),
        "delivery": copied(r.DeliveryFields, delivery),
        "http": None if delivery.code is None else r.HttpFields(response=r.HttpResponse(status_code=delivery.code)),
        "error": None if delivery.error is None else r.ErrorFields(message=delivery.error),
    }


def change_document(change: m.Change) -> IndexDocument:
    """The entry of the audit log. It never changes, so it has one version."""
    record = r.AuditRecord(
        timestamp=change.at,
        event=r.EventFields(dataset="storywatch.audit", kind="event"),
        change=copied(
            r.ChangeFields,
            change,
            name=change.name or None,
            fields=tuple(one.name for one in change.fields),
            details=change.fields,
        ),
    )
    return IndexDocument(index_name(Family.AUDIT), change.id, 1, record)


def link_document(link: m.StoryLink) -> IndexDocument:
    """A link of two stories, or a pair that is kept apart. The offset that decided it is its version."""
    record = r.LinkRecord(
        timestamp=link.at,
        event=r.EventFields(dataset="storywatch.links", kind="state"),
        link=copied(r.LinkFields, link, by=link.by or None),
    )
    return IndexDocument(index_name(Family.LINKS), link.id, link.version, record)


def entities_fields(entities: Iterable[m.Entity | m.EntityCount | r.EntityFields]) -> r.EntitiesFields:
    """The flat lists have the order of ``entities``; a name that two keys share is listed once."""
    details = msgspec.convert(tuple(entities), tuple[r.EntityFields, ...], from_attributes=True)
    lists: dict[str, dict[str, None]] = {name: {} for name in _LISTS.values()}
    for detail in details:
        lists[_LISTS[detail.type]][detail.name] = None
    return r.EntitiesFields(
        **{name: tuple(names) for name, names in lists.items()},
        keys=tuple(dict.fromkeys(detail.key for detail in details)),
        details=details,
    )


def url_fields(canonical: str | None, fetched: str | None) -> r.UrlFields | None:
    full = canonical or fetched
    return r.UrlFields(full=full, original=fetched, **_url_parts(full)) if full else None


def _url_parts(url: str) -> dict[str, str]:
    """ECS parts of a URL; none of one that cannot be split, which is still stored whole."""
    parts = urls.split(url)
    if parts is None:
        return {}
    found = {"scheme": parts.scheme, "domain": parts.hostname, "path": parts.path}
    return {name: part for name, part in found.items() if part}


def _story(story: m.Story, filing: m.Filing, update: m.StoryUpdate | None = None) -> r.StoryFields:
    return copied(
        r.StoryFields,
        story,
        update,
        filing=filing,
        source_count=story.all_sources,
        publisher_count=story.all_publishers,
        sources=tuple(source.name for source in story.sources),
        source_keys=tuple(source.key for source in story.sources),
        update=update.kind if update else None,
    )


def _short_article(
    article: m.ArticleRef, received: datetime, filed: datetime | None, at: RecordContext | None
) -> r.ArticleFields:
    return copied(
        r.ArticleFields,
        article,
        **_dates(article),
        copy=r.CopyFields(relation=article.relation),
        received_at=received,
        filed=filed,
        seconds_to_file=_seconds(received, filed),
        stages=_stages(at),
    )


def _publisher(publisher: m.Publisher | None) -> r.PublisherFields | None:
    return None if publisher is None else copied(r.PublisherFields, publisher)


def _dates(article: m.CleanArticle | m.ArticleRef) -> dict[str, object]:
    """``published`` and ``modified`` with their origins, as attributes of `ArticleFields`."""
    dates = {"published": article.published, "modified": getattr(article, "modified", None)}
    values = {name: date and date.value for name, date in dates.items()}
    return {**values, **{f"{name}_by": date for name, date in dates.items()}}


def _stages(at: RecordContext | None) -> r.Stages | None:
    """None without a trace; hops of stages that this version does not know are left out."""
    hops = {_STAGES.get(hop.stage, hop.stage): hop for hop in (at.trace if at else ())}
    known = {stage: hop for stage, hop in hops.items() if stage in r.Stages.__struct_fields__}
    return copied(r.Stages, **known) if known else None


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    """None while one of them is not known."""
    return None if start is None or end is None else (end - start).total_seconds()
