"""articles.unique -> articles.tagged: an article in, the same with its entities, quotes and numbers out."""

from streams import pooled, topics
from streams.messages import TaggedArticle, UniqueArticle
from streams.stage import WORK, At, Effects, stage
from streams.tools import Tools


@stage(app=WORK, reads=topics.UNIQUE, sends=[topics.TAGGED])
async def tag(unique: UniqueArticle, tools: Tools, at: At) -> Effects:
    tagged: TaggedArticle = await tools.pool.run(pooled.tag, unique)
    return Effects((topics.TAGGED, tagged))
