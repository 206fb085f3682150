"""articles.filed, stories.updates, alerts -> Elasticsearch: each message becomes one document."""

from collections.abc import Mapping, Sequence

from streams import metrics, topics
from streams.errors import Rejected
from streams.messages import Alert, FiledArticle, StoryUpdate
from streams.stage import STORE, At, Effects, bulk_stage
from streams.tools import Kept, Tools

Results = Sequence[Effects | Rejected]
EFFECTS: Mapping[Kept, Effects] = {"stored": Effects(outcome="stored"), "stale": Effects(outcome="stale")}


@bulk_stage(app=STORE, reads=topics.FILED)
async def store_articles(filed: Sequence[FiledArticle], tools: Tools, ats: Sequence[At]) -> Results:
    results = _results(await tools.store.articles(filed, ats))
    now = tools.clock()
    for one in filed:
        if one.article.stored is not None:
            continue  # it arrived long ago, and was stored in time then
        arrived = one.article.received_at or one.article.fetched_at
        metrics.END_TO_END_SECONDS.labels("stored").observe((now - arrived).total_seconds())
    return results


@bulk_stage(app=STORE, reads=topics.UPDATES)
async def store_stories(updates: Sequence[StoryUpdate], tools: Tools, ats: Sequence[At]) -> Results:
    return _results(await tools.store.stories(updates, ats))


@bulk_stage(app=STORE, reads=topics.ALERTS)
async def store_alerts(alerts: Sequence[Alert], tools: Tools, ats: Sequence[At]) -> Results:
    return _results(await tools.store.alerts(alerts, ats))


def _results(written: Sequence[Kept | Rejected]) -> Results:
    return [one if isinstance(one, Rejected) else EFFECTS[one] for one in written]
