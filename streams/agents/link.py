"""stories.sketches -> stories.links: links the stories of different languages that report the same event."""

from datetime import timedelta

from streams.agents.support.erasures import await_erasures, is_forgotten
from streams.agents.support.services import ErasedArticles, Services
from streams.contract import topics
from streams.contract.messages import LinkRequest
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.stories.links.state import Links
from streams.stories.links.told import told


class LinkState(Links):
    """The sketches and links of one partition, and the erasures."""

    def __init__(self, window: timedelta, forgotten: ErasedArticles) -> None:
        super().__init__(window=window)
        self.forgotten = forgotten


def _new_state(services: Services) -> LinkState:
    return LinkState(timedelta(days=services.settings.story_window_days), services.forgotten)


@ordered_stage(
    app=STATE, reads=topics.SKETCHES, sends=[topics.LINKS, topics.UPDATES], new_state=_new_state, prepare=await_erasures
)
def link(request: LinkRequest, links: LinkState, at: RecordContext) -> Effects:
    if request.sketch is not None and is_forgotten(request.sketch.article, links.forgotten):
        return Effects(outcome="forgotten")
    result = links.take(request, at.offset, at.time)
    return Effects(
        *(Outgoing(topics.LINKS, one) for one in result.links),
        *(Outgoing(topics.UPDATES, update) for one in result.links for update in told(one, request.first)),
        rows=result.rows,
        outcome=result.outcome,
    )
