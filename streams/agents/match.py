"""stories.updates + tracks -> alerts.candidates: one candidate for each track that a story update concerns."""

import structlog

from streams.agents.support.services import Services, Tracks
from streams.alerts.match import QueryFollows
from streams.contract import topics
from streams.contract.messages import StoryUpdate
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.runtime import metrics

log = structlog.get_logger("storywatch.match")


class MatchState(QueryFollows):
    """The query tracks that follow the stories of one partition, and all tracks."""

    def __init__(self, tracks: Tracks) -> None:
        super().__init__()
        self.tracks = tracks


async def _await_tracks(services: Services) -> None:
    """Wait for the tracks from before a batch, so that a track accepted before an article is matched with it."""
    await services.tracks.caught_up()


@ordered_stage(
    app=STATE,
    reads=topics.UPDATES,
    sends=[topics.CANDIDATES, topics.UPDATES],  # those of a story that became part of another one
    new_state=lambda services: MatchState(services.tracks),
    prepare=_await_tracks,
)
def match(update: StoryUpdate, follows: MatchState, at: RecordContext) -> Effects:
    tracks = follows.tracks.values
    matched = follows.match(update, at.offset, tracks)
    metrics.TRACKS.labels("indexed").set(len(tracks) - tracks.unindexed)
    metrics.TRACKS.labels("unindexed").set(tracks.unindexed)
    if matched.left_out:
        metrics.CANDIDATES_LEFT_OUT.inc(matched.left_out)
        log.error("too many tracks", story=update.story.id, update=update.id, left_out=matched.left_out)
    told = [] if matched.followers is None else [Outgoing(topics.UPDATES, matched.followers)]
    return Effects(
        *(Outgoing(topics.CANDIDATES, candidate) for candidate in matched.candidates),
        *told,
        rows=matched.rows,
        outcome="matched" if matched.candidates else "no_track",
    )
