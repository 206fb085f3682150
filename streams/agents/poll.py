"""sources.polls -> articles.raw, sources.status, alerts: stores the states of sources; background work polls those due.

A poll publishes articles, then its state, through this stage's own topic. A state is a row once it is read back.
"""

from streams.agents.support.source_polling import poll_due_sources
from streams.contract import topics
from streams.contract.messages import Polled
from streams.contract.stage import SOURCES, Effects, RecordContext, ordered_stage
from streams.sources.polls import SourcePolls


@ordered_stage(
    app=SOURCES,
    reads=topics.POLLS,
    sends=[topics.POLLS, topics.RAW, topics.STATUS, topics.ALERTS],
    new_state=lambda services: SourcePolls(),
    background=poll_due_sources,
)
def poll(polled: Polled, polls: SourcePolls, at: RecordContext) -> Effects:
    outcome, rows = polls.take(polled)
    return Effects(rows=rows, outcome=outcome)
