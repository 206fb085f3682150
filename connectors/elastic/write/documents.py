"""What was decided in, what search needs out: pure functions from messages to documents of the indices.

A document says where it goes (index without prefix, `_id`) and its version, which the server keeps: an older one
changes nothing, the same one may be written again. No clock is read here: a message that is
read again writes the same document, save for the times in `article.stages`, which come with it.

``@timestamp`` of an article is when it was first seen: it is always known, never wrong and never changes, so a
dashboard of yesterday stays as it was; the publisher's own time is `article.published` with how sure it is.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.names import Family, index_name
from connectors.elastic.write import parts as p
from streams.contract import messages as m
from streams.contract.stage import RecordContext
from streams.contract.trace import Trace


@dataclass(frozen=True)
class Document:
    """One document on its way to an index. ``index`` has no prefix yet.

    ``exclusive``: not even over the same version, so that of two who changed what they had read one is told.
    """

    index: str
    id: str
    version: int
    source: r.Record
    exclusive: bool = False


def article_document(filed: m.FiledArticle, at: RecordContext | None = None) -> Document:
    """The whole article, in the index of the month in which it was first seen.

    ``at`` is where the log has it; without it there are no times of the stages.
    """
    article = filed.article
    filed_at = at.time if at else None
    record = r.ArticleRecord(
        timestamp=filed.first_seen,
        event=r.Event(dataset="storywatch.articles", kind="event"),
        article=r.ArticlePart(
            id=article.id,
            kind=article.kind,
            lane=article.lane,
            lane_reason=article.lane_reason or None,
            title=article.title,
            body=article.body,
            body_source=article.body_source if article.body else None,
            body_confidence=article.body_confidence if article.body else None,
            summary=article.summary,
            section=article.section,
            tags=article.tags,
            image=article.image,
            language=article.language,
            first_seen=filed.first_seen,
            fetched=article.fetched_at,
            published=p.moment(article.published),
            published_by=p.dating(article.published),
            modified=p.moment(article.modified),
            modified_by=p.dating(article.modified),
            revision=article.revision,
            arrival=article.arrival,
            origin=article.origin or None,
            authors=article.authors,
            credits=article.credits,
            words=article.words,
            links=article.links,
            quotes=filed.quotes,
            numbers=filed.numbers,
            copy=p.copy_part(filed.copy),
            edit=p.edit_part(filed.edit),
            received=article.received_at,
            filed=filed_at,
            seconds_to_file=None if article.stored is not None else p.seconds(article.received_at, filed_at),
            stages=p.stages_part(_way(at)),
        ),
        story=r.StoryPart(
            id=filed.filing.story,
            filing=p.filing_part(filed.filing),
            coverage=p.coverage_part(filed.coverage),
            brought=p.brought_part(filed.brought),
        ),
        entities=p.entities_part(
            r.EntityDetail(key=entity.key, name=entity.name, type=entity.type, offsets=entity.mentions)
            for entity in filed.entities
        ),
        publisher=p.publisher_part(article.publisher),
        url=p.url_part(article.url, article.fetched_url),
    )
    return Document(index_name(Family.ARTICLES, filed.first_seen), article.id, filed.version, record)


def story_document(update: m.StoryUpdate, at: RecordContext | None = None) -> Document:
    """The story as it stands after this update, with its latest article in short.

    ``@timestamp`` is when it last took an article: a desk looks for stories that move. The update's words are
    left out, since they serve matching only and are in the article's own document.
    """
    record = r.StoryRecord(
        timestamp=update.story.last_seen,
        event=r.Event(dataset="storywatch.stories", kind="state"),
        story=replace(
            p.story_part(update.story, update.filing, p.coverage_part(update.coverage), update.kind),
            moved_to=update.moved_to,
        ),
        article=p.article_part(update.article, update.received_at, update.filed_at, _way(at)),
        entities=p.counted_entities(update.story),
        publisher=p.publisher_part(update.article.publisher),
        url=p.url_part(update.article.url, None),
    )
    return Document(index_name(Family.STORIES), update.story.id, update.version, record)


def alert_document(alert: m.Alert, at: RecordContext | None = None) -> Document:
    """The alert with how far its delivery has come. Its version is the number of attempts: no state goes back.

    Of the webhook's URL only the domain is kept, because many receivers carry their secret in the path.
    """
    delivery = alert.delivery
    record = r.AlertRecord(
        timestamp=alert.made_at,
        event=r.Event(dataset="storywatch.alerts", kind="alert"),
        alert=r.AlertPart(
            id=alert.id,
            made=alert.made_at,
            condition=alert.condition,
            reason=alert.reason,
            source=r.SourcePart(key=alert.source.key, name=alert.source.name),
            source_count=alert.sources,
            seconds_to_make=(alert.made_at - alert.received_at).total_seconds(),
        ),
        track=r.TrackPart(id=alert.track, name=alert.track_name),
        receiver=r.ReceiverPart(id=alert.receiver, domain=p.split_url(alert.url).get("domain") if alert.url else None),
        delivery=r.DeliveryPart(
            status=delivery.status,
            attempts=delivery.attempts,
            at=delivery.at,
            next_at=delivery.next_at,
            off=delivery.off,
            answers=tuple(r.AnswerPart(at=one.at, code=one.code, error=one.error) for one in delivery.answers),
        ),
        story=p.story_part(alert.story, alert.filing),
        article=p.article_part(alert.article, alert.received_at, way=_way(at)),
        entities=p.counted_entities(alert.story),
        publisher=p.publisher_part(alert.article.publisher),
        url=p.url_part(alert.article.url, None),
        http=None if delivery.code is None else r.Http(response=r.Response(status_code=delivery.code)),
        error=None if delivery.error is None else r.Error(message=delivery.error),
    )
    return Document(index_name(Family.ALERTS, alert.made_at), alert.id, delivery.attempts, record)


def _way(at: RecordContext | None) -> Trace:
    return at.trace if at else ()
