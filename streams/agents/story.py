"""articles.tagged -> articles.filed, stories.updates: files an article in a story, with the reasons."""

from datetime import timedelta

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import Message, TaggedArticle
from streams.contract.stage import STATE, Effects, RecordContext, stage
from streams.stories import Stories


class StoryState(Stories):
    """The stories of one partition, and the erasures."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.forgotten = forgotten


def _new_state(services: Services) -> StoryState:
    return StoryState(timedelta(days=services.settings.story_window_days), services.forgotten)


@stage(
    app=STATE,
    reads=topics.TAGGED,
    sends=[topics.FILED, topics.UPDATES],
    keeps=_new_state,
    before=await_erasures,
)
def story(tagged: TaggedArticle, stories: StoryState, at: RecordContext) -> Effects:
    if is_forgotten(tagged.article.id, stories.forgotten):
        filing = stories.forget(tagged.article.id, at.offset, at.time)
    else:
        filing = stories.file(tagged, at.offset, at.time)
    messages: list[tuple[topics.Topic, Message]] = []
    if filing.filed is not None:
        messages.append((topics.FILED, filing.filed))
    if filing.update is not None:
        messages.append((topics.UPDATES, filing.update))
    if filing.left is not None:
        messages.append((topics.UPDATES, filing.left))
    return Effects(*messages, rows=filing.rows, outcome=filing.outcome)
