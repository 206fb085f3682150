"""articles.tagged -> articles.filed, stories.updates: an article in, its story with the reasons out."""

from datetime import timedelta

from streams.agents.support.erasures import is_forgotten, know_what_is_forgotten
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import TaggedArticle
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.stories import Stories


class Shelf(Stories):
    """The stories of one partition beside what everyone has to forget."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.forgotten = forgotten


def _shelf(tools: Services) -> Shelf:
    return Shelf(timedelta(days=tools.settings.story_window_days), tools.forgotten)


@ordered_stage(
    app=STATE,
    reads=topics.TAGGED,
    sends=[topics.FILED, topics.UPDATES],
    new_state=_shelf,
    prepare=know_what_is_forgotten,
)
def story(tagged: TaggedArticle, stories: Shelf, at: RecordContext) -> Effects:
    if is_forgotten(tagged.article.id, stories.forgotten):
        filing = stories.forget(tagged.article.id, at.offset, at.time)
    else:
        filing = stories.file(tagged, at.offset, at.time)
    messages: list[Outgoing] = []
    if filing.filed is not None:
        messages.append(Outgoing(topics.FILED, filing.filed))
    if filing.update is not None:
        messages.append(Outgoing(topics.UPDATES, filing.update))
    if filing.left is not None:
        messages.append(Outgoing(topics.UPDATES, filing.left))
    return Effects(*messages, rows=filing.rows, outcome=filing.outcome)
