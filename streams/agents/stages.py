"""All stages. Their order follows from the topics that they read and send; `streams.runtime.topology` lists it too."""

from streams.agents.clean import clean
from streams.agents.decide import decide
from streams.agents.dedup import dedup
from streams.agents.deliver import deliver
from streams.agents.embed import embed
from streams.agents.link import link
from streams.agents.match import match
from streams.agents.poll import poll
from streams.agents.store import (
    store_alerts,
    store_articles,
    store_audit,
    store_letters,
    store_links,
    store_resolutions,
    store_stories,
)
from streams.agents.story import story
from streams.agents.tag import tag
from streams.contract.stage import Stage

STAGES: tuple[Stage, ...] = (
    poll,
    clean,
    dedup,
    tag,
    story,
    match,
    decide,
    deliver,
    store_articles,
    embed,
    link,
    store_stories,
    store_alerts,
    store_letters,
    store_resolutions,
    store_audit,
    store_links,
)
