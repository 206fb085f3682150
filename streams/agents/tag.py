"""articles.unique -> articles.tagged: an article in, the same with its entities, quotes and numbers out."""

from msgspec.structs import replace

from streams import pooled, topics
from streams.messages import TaggedArticle, UniqueArticle
from streams.stage import WORK, At, Effects, stage
from streams.tools import Tools


@stage(app=WORK, reads=topics.UNIQUE, sends=[topics.TAGGED])
async def tag(unique: UniqueArticle, tools: Tools, at: At) -> Effects:
    stages = {**unique.article.stages, "deduped": at.time}
    tagged: TaggedArticle = await tools.pool.run(pooled.tag, unique)
    return Effects((topics.TAGGED, replace(tagged, article=replace(tagged.article, stages=stages))))
