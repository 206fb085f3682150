"""articles.tagged -> articles.filed, stories.updates: an article in, its story with the reasons out."""

from datetime import timedelta

from streams import topics
from streams.messages import Message, TaggedArticle
from streams.stage import STATE, At, Effects, stage
from streams.stories import Stories
from streams.tools import Tools


def _stories(tools: Tools) -> Stories:
    return Stories(window=timedelta(days=tools.settings.story_window_days))


@stage(app=STATE, reads=topics.TAGGED, sends=[topics.FILED, topics.UPDATES], keeps=_stories)
def story(tagged: TaggedArticle, stories: Stories, at: At) -> Effects:
    filing = stories.file(tagged, at.offset, at.time)
    messages: list[tuple[topics.Topic, Message]] = []
    if filing.filed is not None:
        messages.append((topics.FILED, filing.filed))
    if filing.update is not None:
        messages.append((topics.UPDATES, filing.update))
    return Effects(*messages, rows=filing.rows, outcome=filing.outcome)
