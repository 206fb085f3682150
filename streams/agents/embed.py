"""articles.filed -> stories.sketches: describes each new story, so that it can be linked with those of other languages.

It runs with ``STORYWATCH_LINKS`` only, for which a worker needs the extra package.
"""

from streams.agents.support import pool_tasks
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.messages import FiledArticle, LinkRequest
from streams.contract.stage import WORK, Effects, Outgoing, RecordContext, windowed_stage
from streams.stories.links.told import first_update


@windowed_stage(app=WORK, reads=topics.FILED, sends=[topics.SKETCHES])
async def embed(filed: FiledArticle, services: Services, at: RecordContext) -> Effects:
    if filed.filing.decision != "created" or filed.article.stored is not None:
        return Effects(outcome="no_new_story")
    found = await services.pool.run(pool_tasks.sketch, filed)
    if found is None:
        return Effects(outcome="unknown_language")
    first = first_update(filed, at.time)
    return Effects(Outgoing(topics.SKETCHES, LinkRequest(story=first.story.id, at=at.time, sketch=found, first=first)))
