"""articles.clean -> articles.unique: a clean article in, the same with its copy verdict out; nothing for a repeat."""

from datetime import timedelta

from streams.agents.support.erasures import is_forgotten, know_what_is_forgotten
from streams.agents.support.publisher_activity import Sources
from streams.agents.support.publisher_silence import tell_of_silence
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import CleanArticle, Lane
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.copies import ArticleRow, Copies


class Heard(Copies):
    """The articles of one partition, when its publishers were heard, and what everyone has to forget."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.sources = Sources()
        self.forgotten = forgotten

    def restore(self, key: str, row: ArticleRow) -> None:
        super().restore(key, row)
        if row.live and row.publisher:
            self.sources.hear(row.publisher, row.first_seen)


def _heard(tools: Services) -> Heard:
    return Heard(timedelta(hours=tools.settings.copy_window_hours), tools.forgotten)


@ordered_stage(
    app=STATE,
    reads=topics.CLEAN,
    sends=[topics.UNIQUE],
    new_state=_heard,
    prepare=know_what_is_forgotten,
    background=tell_of_silence,
)
def dedup(article: CleanArticle, copies: Heard, at: RecordContext) -> Effects:
    if is_forgotten(article.id, copies.forgotten):
        return Effects(rows=copies.forget(article.id), outcome="forgotten")
    judged = copies.judge(article, at.offset)
    if article.lane is Lane.LIVE and article.publisher:
        copies.sources.hear(article.publisher.id, min(article.fetched_at, at.time))
    messages = [Outgoing(topics.UNIQUE, judged.unique)] if judged.unique else []
    return Effects(*messages, rows=judged.rows, outcome=judged.outcome)
