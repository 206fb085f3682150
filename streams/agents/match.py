"""stories.updates + tracks -> alerts.candidates: a story update in, one candidate for each track it concerns out."""

import structlog

from streams.agents.support.services import Services, Tracks
from streams.alerts.match import Follows
from streams.contract import topics
from streams.contract.messages import StoryUpdate
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.runtime import metrics

log = structlog.get_logger("storywatch.match")


class Matching(Follows):
    """The follows of one partition beside the tracks of everyone."""

    def __init__(self, tracks: Tracks) -> None:
        super().__init__()
        self.tracks = tracks


async def _know_all_tracks(tools: Services) -> None:
    """A track that was accepted before an article arrived is known when that article's update is matched."""
    await tools.tracks.caught_up()


@ordered_stage(
    app=STATE,
    reads=topics.UPDATES,
    sends=[topics.CANDIDATES],
    new_state=lambda tools: Matching(tools.tracks),
    prepare=_know_all_tracks,
)
def match(update: StoryUpdate, follows: Matching, at: RecordContext) -> Effects:
    matched = follows.match(update, at.offset, follows.tracks.values)
    if matched.left_out:
        metrics.CANDIDATES_LEFT_OUT.inc(matched.left_out)
        log.error("too many tracks", story=update.story.id, update=update.id, left_out=matched.left_out)
    return Effects(
        *(Outgoing(topics.CANDIDATES, candidate) for candidate in matched.candidates),
        rows=matched.rows,
        outcome="matched" if matched.candidates else "no_track",
    )
