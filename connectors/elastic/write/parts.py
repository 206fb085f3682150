"""A part of a message in, the same part of a document out: what articles, stories and alerts have in common."""

from collections.abc import Iterable
from datetime import datetime

from connectors.elastic import records as r
from streams.contract import messages as m
from streams.contract import urls
from streams.contract.trace import Trace

_LISTS = {
    m.EntityType.PERSON: "persons",
    m.EntityType.ORGANISATION: "organisations",
    m.EntityType.PLACE: "places",
    m.EntityType.GROUP: "groups",
}
# an index is written by one of the three only
_STAGES = {"store_articles": "store", "store_stories": "store", "store_alerts": "store"}


def story_part(
    story: m.Story, filing: m.Filing, coverage: r.CoverageFields | None = None, update: str | None = None
) -> r.StoryFields:
    return r.StoryFields(
        id=story.id,
        title=story.title,
        language=story.language,
        first_seen=story.first_seen,
        last_seen=story.last_seen,
        articles=story.articles,
        source_count=story.all_sources,
        sources=tuple(source.name for source in story.sources),
        source_keys=tuple(source.key for source in story.sources),
        publishers=story.publishers,
        update=update,
        filing=filing_part(filing),
        coverage=coverage,
    )


def article_part(
    article: m.ArticleRef, received: datetime, filed: datetime | None = None, way: Trace = ()
) -> r.ArticleFields:
    return r.ArticleFields(
        id=article.id,
        kind=article.kind,
        lane=article.lane,
        title=article.title,
        language=article.language,
        fetched_at=article.fetched_at,
        published=moment(article.published),
        published_by=dating(article.published),
        copy=r.CopyFields(relation=article.relation),
        received_at=received,
        filed=filed,
        seconds_to_file=seconds(received, filed),
        stages=stages_part(way),
    )


def stages_part(way: Trace) -> r.Stages | None:
    """None for no way; steps of stages that this version does not know are left out."""
    times = {
        _STAGES.get(step.stage, step.stage): r.StageTimes(arrived=step.arrived, left=step.left, version=step.version)
        for step in way
    }
    known = {stage: one for stage, one in times.items() if stage in r.Stages.__struct_fields__}
    return r.Stages(**known) if known else None


def entities_part(details: Iterable[r.EntityFields]) -> r.EntitiesFields:
    """The flat lists in the order of the details; a name that two keys share stands once."""
    details = tuple(details)
    lists: dict[str, dict[str, None]] = {name: {} for name in _LISTS.values()}
    for detail in details:
        lists[_LISTS[m.EntityType(detail.type)]][detail.name] = None
    return r.EntitiesFields(
        **{name: tuple(names) for name, names in lists.items()},
        keys=tuple(dict.fromkeys(detail.key for detail in details)),
        details=details,
    )


def counted_entities(story: m.Story) -> r.EntitiesFields:
    return entities_part(
        r.EntityFields(key=entity.key, name=entity.name, type=entity.type, articles=entity.articles)
        for entity in story.entities
    )


def filing_part(filing: m.Filing) -> r.FilingFields:
    return r.FilingFields(
        decision=filing.decision,
        score=filing.score,
        threshold=filing.threshold,
        reasons=filing.reasons,
        nearest=filing.nearest,
        shared_entities=filing.shared_entities,
        shared_terms=filing.shared_terms,
        gap_seconds=filing.gap_seconds,
        moved_from=filing.moved_from,
    )


def coverage_part(coverage: m.Coverage) -> r.CoverageFields:
    return r.CoverageFields(
        new=coverage.new,
        new_publisher=coverage.new_publisher,
        reason=coverage.reason,
        source=None if coverage.source is None else source_part(coverage.source),
    )


def source_part(source: m.Source) -> r.SourceFields:
    return r.SourceFields(key=source.key, name=source.name)


def brought_part(brought: m.Brought | None) -> r.BroughtFields | None:
    return None if brought is None else r.BroughtFields(source=source_part(brought.source), at=brought.at)


def copy_part(copy: m.CopyVerdict) -> r.CopyFields:
    return r.CopyFields(
        relation=copy.relation,
        group=copy.group,
        of=copy.of,
        of_publisher=copy.of_publisher,
        similarity=copy.similarity,
        reason=copy.reason or None,
        text_relation=copy.text_relation,
    )


def edit_part(edit: m.Edit | None) -> r.EditFields | None:
    if edit is None:
        return None
    return r.EditFields(number=edit.number, removed=edit.removed, title_before=edit.title_before, added=edit.added)


def moment(dated: m.Timestamp | None) -> datetime | None:
    return None if dated is None else dated.value


def dating(dated: m.Timestamp | None) -> r.Dating | None:
    if dated is None:
        return None
    return r.Dating(precision=dated.precision, source=dated.source, confidence=dated.confidence)


def publisher_part(publisher: m.Publisher | None) -> r.PublisherFields | None:
    if publisher is None:
        return None
    return r.PublisherFields(
        id=publisher.id,
        name=publisher.name,
        agency=publisher.agency,
        confidence=publisher.confidence,
        source=publisher.source,
        domain=publisher.domain,
        country=publisher.country,
        owner=publisher.owner,
    )


def url_part(canonical: str | None, fetched: str | None) -> r.UrlFields | None:
    full = canonical or fetched
    return r.UrlFields(full=full, original=fetched, **split_url(full)) if full else None


def split_url(url: str) -> dict[str, str]:
    """ECS parts of a URL; none of one that cannot be split, which is still stored whole."""
    parts = urls.split(url)
    if parts is None:
        return {}
    found = {"scheme": parts.scheme, "domain": parts.hostname, "path": parts.path}
    return {name: part for name, part in found.items() if part}


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """From one to the other; None while one of them is not known."""
    return None if start is None or end is None else (end - start).total_seconds()
