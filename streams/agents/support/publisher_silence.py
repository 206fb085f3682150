"""The publishers that `dedup` has heard in; metrics, and a log line for each that falls silent or comes back, out."""

import asyncio

import structlog

from streams.agents.support.publisher_activity import together
from streams.agents.support.services import Services
from streams.contract.stage import BackgroundContext
from streams.runtime import metrics

log = structlog.get_logger("storywatch.sources")

LOOK_SECONDS = 30.0  # silence is told in hours


async def tell_of_silence(tools: Services, live: BackgroundContext) -> None:
    """Runs as long as the worker. Names are in the log only: as labels of a metric they would have no bound."""
    silent: set[str] = set()
    while True:
        tally = together(state.sources.tally(tools.clock()) for state in live.states.values())
        metrics.SOURCES_USUAL.set(tally.usual)
        metrics.SOURCES_SILENT.set(len(tally.silent))
        heard = [state.sources.latest for state in live.states.values() if state.sources.latest]
        if heard:
            metrics.LAST_ARTICLE.set(max(heard).timestamp())
        for one in tally.silent:
            if one.publisher not in silent:
                log.warning("silent", publisher=one.publisher, hours=one.hours, longest_pause_hours=one.usual_hours)
        names = {one.publisher for one in tally.silent}
        for name in sorted(silent - names):
            log.info("not silent any more", publisher=name)
        silent = names
        await asyncio.sleep(LOOK_SECONDS)
