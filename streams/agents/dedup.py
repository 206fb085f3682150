"""articles.clean -> articles.unique: adds the copy verdict to a clean article; drops repetitions."""

from datetime import timedelta

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.publisher_silence import PublisherActivity, report_silence
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import CleanArticle, Lane
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.copies import Copies, CopyRow


class DedupState(Copies):
    """The articles and the publisher activity of one partition, and the erasures."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.publishers = PublisherActivity()
        self.forgotten = forgotten

    def restore(self, key: str, row: CopyRow) -> None:
        super().restore(key, row)
        if row.live and row.publisher:
            self.publishers.record(row.publisher, row.first_seen)


def _new_state(services: Services) -> DedupState:
    return DedupState(timedelta(hours=services.settings.copy_window_hours), services.forgotten)


@ordered_stage(
    app=STATE,
    reads=topics.CLEAN,
    sends=[topics.UNIQUE],
    new_state=_new_state,
    prepare=await_erasures,
    background=report_silence,
)
def dedup(article: CleanArticle, copies: DedupState, at: RecordContext) -> Effects:
    if is_forgotten(article.id, copies.forgotten):
        return Effects(rows=copies.forget(article.id), outcome="forgotten")
    judged = copies.judge(article, at.offset)
    if article.lane is Lane.LIVE and article.publisher:
        copies.publishers.record(article.publisher.id, min(article.fetched_at, at.time))
    messages = [Outgoing(topics.UNIQUE, judged.unique)] if judged.unique else []
    return Effects(*messages, rows=judged.rows, outcome=judged.outcome)
