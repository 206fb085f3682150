"""articles.tagged -> articles.filed, stories.updates: files an article in a story, with the reasons."""

from datetime import timedelta

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import TaggedArticle
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.stories import Stories


class StoryState(Stories):
    """The stories of one partition, and the erasures."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.forgotten = forgotten


def _new_state(services: Services) -> StoryState:
    return StoryState(timedelta(days=services.settings.story_window_days), services.forgotten)


@ordered_stage(
    app=STATE,
    reads=topics.TAGGED,
    sends=[topics.FILED, topics.UPDATES],
    new_state=_new_state,
    prepare=await_erasures,
)
def story(tagged: TaggedArticle, stories: StoryState, at: RecordContext) -> Effects:
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
