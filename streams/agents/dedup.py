"""articles.clean -> articles.unique: a clean article in, the same with its copy verdict out; nothing for a repeat."""

from datetime import timedelta

from streams import topics
from streams.copies import ArticleRow, Copies
from streams.forgetting import is_forgotten, know_what_is_forgotten
from streams.messages import CleanArticle, Lane
from streams.silence import tell_of_silence
from streams.sources import Sources
from streams.stage import STATE, At, Effects, stage
from streams.tools import Forgettings, Tools


class Heard(Copies):
    """The articles of one partition, when its publishers were heard, and what everyone has to forget."""

    def __init__(self, window: timedelta, forgotten: Forgettings) -> None:
        super().__init__(window=window)
        self.sources = Sources()
        self.forgotten = forgotten

    def restore(self, key: str, row: ArticleRow) -> None:
        super().restore(key, row)
        if row.live and row.publisher:
            self.sources.hear(row.publisher, row.first_seen)


def _heard(tools: Tools) -> Heard:
    return Heard(timedelta(hours=tools.settings.copy_window_hours), tools.forgotten)


@stage(
    app=STATE,
    reads=topics.CLEAN,
    sends=[topics.UNIQUE],
    keeps=_heard,
    before=know_what_is_forgotten,
    background=tell_of_silence,
)
def dedup(article: CleanArticle, copies: Heard, at: At) -> Effects:
    if is_forgotten(article.id, copies.forgotten):
        return Effects(rows=copies.forget(article.id), outcome="forgotten")
    judged = copies.judge(article, at.offset)
    if article.lane is Lane.LIVE and article.publisher:
        copies.sources.hear(article.publisher.id, min(article.fetched_at, at.time))
    messages = [(topics.UNIQUE, judged.unique)] if judged.unique else []
    return Effects(*messages, rows=judged.rows, outcome=judged.outcome)
