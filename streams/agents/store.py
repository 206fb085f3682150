"""What was filed, updated, linked, alerted, refused, resolved, configured -> Elasticsearch: one document for each."""

from collections.abc import Sequence

from streams.agents.support.document_writes import Results, result, write
from streams.agents.support.erasures import await_erasures
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.deadletter import DeadLetterRecord, parse_record
from streams.contract.messages import Change, Deliverable, FiledArticle, Resolution, StoryLink, StoryUpdate
from streams.contract.stage import STORE, Effects, RecordContext, bulk_stage
from streams.runtime import metrics

FOLLOWERS = Effects(outcome="followers")


@bulk_stage(app=STORE, reads=topics.FILED, prepare=await_erasures)
async def store_articles(filed: Sequence[FiledArticle], services: Services, ats: Sequence[RecordContext]) -> Results:
    results = await write(services.store.articles, filed, ats, services)
    now = services.clock()
    for one in filed:
        if one.article.stored is not None or one.refiled:
            continue  # it runs again: its time to the store was measured when it arrived
        arrived = one.article.received_at or one.article.fetched_at
        metrics.END_TO_END_SECONDS.labels("stored").observe((now - arrived).total_seconds())
    return results


@bulk_stage(app=STORE, reads=topics.UPDATES, prepare=await_erasures)
async def store_stories(updates: Sequence[StoryUpdate], services: Services, ats: Sequence[RecordContext]) -> Results:
    # those between the partitions of `match` are of no story's state
    stories = [None if update.is_about_tracks else update for update in updates]
    return await write(services.store.stories, stories, ats, services, other=FOLLOWERS)


@bulk_stage(app=STORE, reads=topics.ALERTS, prepare=await_erasures)
async def store_alerts(found: Sequence[Deliverable], services: Services, ats: Sequence[RecordContext]) -> Results:
    return await write(services.store.alerts, found, ats, services)


@bulk_stage(app=STORE, reads=topics.DEADLETTERS, prepare=await_erasures, parse=parse_record)
async def store_letters(found: Sequence[DeadLetterRecord], services: Services, ats: Sequence[RecordContext]) -> Results:
    return await write(services.store.letters, found, ats, services)


@bulk_stage(app=STORE, reads=topics.RESOLUTIONS)
async def store_resolutions(
    resolutions: Sequence[Resolution], services: Services, ats: Sequence[RecordContext]
) -> Results:
    """Resolutions and letters come in any order: a document holds either of them, or both."""
    return [result(one) for one in await services.store.resolutions(resolutions, ats)]


@bulk_stage(app=STORE, reads=topics.LINKS)
async def store_links(links: Sequence[StoryLink], services: Services, ats: Sequence[RecordContext]) -> Results:
    return [result(one) for one in await services.store.links(links, ats)]


@bulk_stage(app=STORE, reads=topics.AUDIT)
async def store_audit(changes: Sequence[Change], services: Services, ats: Sequence[RecordContext]) -> Results:
    return [result(one) for one in await services.store.audit(changes, ats)]
