"""articles.filed, stories.updates, alerts, dead letters and what became of them -> Elasticsearch: a document each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from streams.agents.support.erasures import is_forgotten, know_what_is_forgotten
from streams.agents.support.services import Kept, Services
from streams.contract import topics
from streams.contract.deadletter import DeadLetterRecord, parse_record
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, FiledArticle, Resolution, StoryUpdate
from streams.contract.stage import STORE, Effects, RecordContext, bulk_stage
from streams.runtime import metrics

Results = Sequence[Effects | Rejected]
M = TypeVar("M", FiledArticle, StoryUpdate, Alert, DeadLetterRecord)
FORGOTTEN = Effects(outcome="forgotten")
EFFECTS: Mapping[Kept, Effects] = {"stored": Effects(outcome="stored"), "stale": Effects(outcome="stale")}


@bulk_stage(app=STORE, reads=topics.FILED, prepare=know_what_is_forgotten)
async def store_articles(filed: Sequence[FiledArticle], tools: Services, ats: Sequence[RecordContext]) -> Results:
    results = await _write(tools.store.articles, filed, ats, tools)
    now = tools.clock()
    for one in filed:
        if one.article.stored is not None:
            continue  # it arrived long ago, and was stored in time then
        arrived = one.article.received_at or one.article.fetched_at
        metrics.END_TO_END_SECONDS.labels("stored").observe((now - arrived).total_seconds())
    return results


@bulk_stage(app=STORE, reads=topics.UPDATES, prepare=know_what_is_forgotten)
async def store_stories(updates: Sequence[StoryUpdate], tools: Services, ats: Sequence[RecordContext]) -> Results:
    return await _write(tools.store.stories, updates, ats, tools)


@bulk_stage(app=STORE, reads=topics.ALERTS, prepare=know_what_is_forgotten)
async def store_alerts(alerts: Sequence[Alert], tools: Services, ats: Sequence[RecordContext]) -> Results:
    return await _write(tools.store.alerts, alerts, ats, tools)


@bulk_stage(app=STORE, reads=topics.DEADLETTERS, prepare=know_what_is_forgotten, parse=parse_record)
async def store_letters(letters: Sequence[DeadLetterRecord], tools: Services, ats: Sequence[RecordContext]) -> Results:
    return await _write(tools.store.letters, letters, ats, tools)


@bulk_stage(app=STORE, reads=topics.RESOLUTIONS)
async def store_resolutions(
    resolutions: Sequence[Resolution], tools: Services, ats: Sequence[RecordContext]
) -> Results:
    """In any order with the letters: Elasticsearch has a document of either, or of both in one."""
    return [_result(one) for one in await tools.store.resolutions(resolutions, ats)]


async def _write(
    write: Callable[[Sequence[M], Sequence[RecordContext]], Awaitable[Sequence[Kept | Rejected]]],
    messages: Sequence[M],
    ats: Sequence[RecordContext],
    tools: Services,
) -> Results:
    """Write all but what is about a forgotten article."""
    passed = [not is_forgotten(_article(message), tools.forgotten) for message in messages]
    told = [message for message, passes in zip(messages, passed, strict=True) if passes]
    written = iter(await write(told, [at for at, passes in zip(ats, passed, strict=True) if passes]))
    return [_result(next(written)) if passes else FORGOTTEN for passes in passed]


def _article(message: FiledArticle | StoryUpdate | Alert | DeadLetterRecord) -> str:
    return message.subject.article or "" if isinstance(message, DeadLetterRecord) else message.article.id


def _result(written: Kept | Rejected) -> Effects | Rejected:
    return written if isinstance(written, Rejected) else EFFECTS[written]
