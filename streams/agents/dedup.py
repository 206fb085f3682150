"""articles.clean -> articles.unique: a clean article in, the same with its copy verdict out; nothing for a repeat."""

from datetime import timedelta

from msgspec.structs import replace

from streams import topics
from streams.copies import Copies
from streams.messages import CleanArticle
from streams.stage import STATE, At, Effects, stage
from streams.tools import Tools


def _copies(tools: Tools) -> Copies:
    return Copies(window=timedelta(hours=tools.settings.copy_window_hours))


@stage(app=STATE, reads=topics.CLEAN, sends=[topics.UNIQUE], keeps=_copies)
def dedup(article: CleanArticle, copies: Copies, at: At) -> Effects:
    judged = copies.judge(replace(article, stages={**article.stages, "cleaned": at.time}), at.offset)
    messages = [(topics.UNIQUE, judged.unique)] if judged.unique else []
    return Effects(*messages, rows=judged.rows, outcome=judged.outcome)
