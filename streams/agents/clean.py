"""articles.raw -> articles.clean: HTML or text in, one clean article out, or a dead letter with the reason."""

from msgspec.structs import replace

from streams import pooled, topics
from streams.codec import encode
from streams.errors import TooLarge
from streams.messages import CleanArticle, RawArticle
from streams.stage import WORK, At, Effects, stage
from streams.tools import Tools

MAX_ARTICLE_BYTES = 400_000  # later stages add entities, reasons and a story: their messages must fit Kafka as well


@stage(app=WORK, reads=topics.RAW, sends=[topics.CLEAN])
async def clean(arrived: RawArticle, tools: Tools, at: At) -> Effects:
    article: CleanArticle = await tools.pool.run(pooled.clean, arrived, tools.settings.live_days)
    size = len(encode(article))
    if size > MAX_ARTICLE_BYTES:
        raise TooLarge(f"the article's text makes a message of {size:,} bytes, over the limit of {MAX_ARTICLE_BYTES:,}")
    if arrived.stored is not None:
        article = replace(article, id=arrived.stored.id, language=arrived.stored.language, stored=arrived.stored)
    return Effects((topics.CLEAN, article), outcome=article.kind)
