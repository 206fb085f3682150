"""articles.unique -> articles.tagged: adds entities, quotes and numbers to an article."""

from streams.agents.support import pool_tasks
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.messages import TaggedArticle, UniqueArticle
from streams.contract.stage import WORK, Effects, Outgoing, RecordContext, windowed_stage


@windowed_stage(app=WORK, reads=topics.UNIQUE, sends=[topics.TAGGED])
async def tag(unique: UniqueArticle, services: Services, at: RecordContext) -> Effects:
    tagged: TaggedArticle = await services.pool.run(pool_tasks.tag, unique)
    return Effects(Outgoing(topics.TAGGED, tagged))
