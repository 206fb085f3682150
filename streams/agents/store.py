"""What was filed, updated, alerted, refused, resolved and configured -> Elasticsearch: one document for each."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.services import Services, WriteResult
from streams.contract import topics
from streams.contract.deadletter import DeadLetterRecord, parse_record
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, Change, Deliverable, FiledArticle, Resolution, StoryUpdate
from streams.contract.stage import STORE, Effects, RecordContext, bulk_stage
from streams.runtime import metrics

Results = Sequence[Effects | Rejected]
M = TypeVar("M", FiledArticle, StoryUpdate, Alert, DeadLetterRecord)
FOLLOWERS = Effects(outcome="followers")
FORGOTTEN = Effects(outcome="forgotten")
NOTICE = Effects(outcome="notice")


@bulk_stage(app=STORE, reads=topics.FILED, prepare=await_erasures)
async def store_articles(filed: Sequence[FiledArticle], services: Services, ats: Sequence[RecordContext]) -> Results:
    results = await _write(services.store.articles, filed, ats, services)
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
    stories = [None if update.followers else update for update in updates]
    return await _write(services.store.stories, stories, ats, services, other=FOLLOWERS)


@bulk_stage(app=STORE, reads=topics.ALERTS, prepare=await_erasures)
async def store_alerts(found: Sequence[Deliverable], services: Services, ats: Sequence[RecordContext]) -> Results:
    """Notices about sources stay in the log."""
    alerts = [one if isinstance(one, Alert) else None for one in found]
    return await _write(services.store.alerts, alerts, ats, services, other=NOTICE)


@bulk_stage(app=STORE, reads=topics.DEADLETTERS, prepare=await_erasures, parse=parse_record)
async def store_letters(found: Sequence[DeadLetterRecord], services: Services, ats: Sequence[RecordContext]) -> Results:
    return await _write(services.store.letters, found, ats, services)


@bulk_stage(app=STORE, reads=topics.RESOLUTIONS)
async def store_resolutions(
    resolutions: Sequence[Resolution], services: Services, ats: Sequence[RecordContext]
) -> Results:
    """In any order with letters: a document holds either of them, or both."""
    return [_result(one) for one in await services.store.resolutions(resolutions, ats)]


@bulk_stage(app=STORE, reads=topics.AUDIT)
async def store_audit(changes: Sequence[Change], services: Services, ats: Sequence[RecordContext]) -> Results:
    return [_result(one) for one in await services.store.audit(changes, ats)]


async def _write(
    write: Callable[[Sequence[M], Sequence[RecordContext]], Awaitable[Sequence[WriteResult | Rejected]]],
    messages: Sequence[M | None],
    ats: Sequence[RecordContext],
    services: Services,
    other: Effects = FORGOTTEN,
) -> Results:
    """Write all messages except those about forgotten articles. None is not for the store: its result is ``other``."""
    allowed = [one is not None and not is_forgotten(_article(one), services.forgotten) for one in messages]
    to_write = [one for one, passes in zip(messages, allowed, strict=True) if passes and one is not None]
    written = iter(await write(to_write, [at for at, passes in zip(ats, allowed, strict=True) if passes]))
    return [
        _result(next(written)) if passes else (other if one is None else FORGOTTEN)
        for one, passes in zip(messages, allowed, strict=True)
    ]


def _article(message: FiledArticle | StoryUpdate | Alert | DeadLetterRecord) -> str:
    return message.subject.article or "" if isinstance(message, DeadLetterRecord) else message.article.id


def _result(written: WriteResult | Rejected) -> Effects | Rejected:
    return written if isinstance(written, Rejected) else Effects(outcome=written)
