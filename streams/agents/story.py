"""articles.tagged -> articles.filed, stories.updates, stories.corrections: files an article, with the reasons.

A correction by a person comes between the articles, so that it has its place in the log.
"""

from datetime import timedelta

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import TaggedArticle
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.runtime import metrics
from streams.stories.correct import correct
from streams.stories.state import Stories


class StoryState(Stories):
    """The stories of one partition, and the erasures."""

    def __init__(self, window: timedelta, second_thoughts: str, forgotten: ErasedArticles) -> None:
        super().__init__(window=window, second_thoughts=second_thoughts)
        self.forgotten = forgotten


def _new_state(services: Services) -> StoryState:
    settings = services.settings
    return StoryState(timedelta(days=settings.story_window_days), settings.second_thoughts, services.forgotten)


@ordered_stage(
    app=STATE,
    reads=topics.TAGGED,
    sends=[topics.FILED, topics.UPDATES, topics.CORRECTIONS],
    new_state=_new_state,
    prepare=await_erasures,
)
def story(tagged: TaggedArticle, stories: StoryState, at: RecordContext) -> Effects:
    if tagged.correction is not None:
        filing = correct(stories, tagged.correction, tagged.undoes, at.offset, at.time)
    elif is_forgotten(tagged.article.id, stories.forgotten):
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
    messages += [Outgoing(topics.UPDATES, update) for update in filing.changes]
    messages += [Outgoing(topics.FILED, article) for article in filing.refiled]
    messages += [Outgoing(topics.CORRECTIONS, correction) for correction in filing.corrections]
    for fact in filing.facts:
        metrics.STORIES_REGROUPED.labels(fact.fact, "correction" if fact.by else "second thoughts").inc()
    return Effects(*messages, rows=filing.rows, outcome=filing.outcome)
