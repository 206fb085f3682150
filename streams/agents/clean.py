"""articles.raw -> articles.clean: extracts one clean article from HTML or text, or rejects it with the reason."""

from msgspec.structs import replace

from streams.agents.support import pool_tasks
from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.codec import encode
from streams.contract.errors import TooLarge
from streams.contract.messages import CleanArticle, Lane, RawArticle
from streams.contract.stage import WORK, Effects, Outgoing, RecordContext, windowed_stage
from streams.runtime import metrics

MAX_ARTICLE_BYTES = 400_000  # later stages add entities, reasons and a story, and have to fit Kafka as well


@windowed_stage(app=WORK, reads=topics.RAW, sends=[topics.CLEAN])
async def clean(arrived: RawArticle, services: Services, at: RecordContext) -> Effects:
    article: CleanArticle = await services.pool.run(pool_tasks.clean, arrived, services.settings.live_days)
    size = len(encode(article))
    if size > MAX_ARTICLE_BYTES:
        raise TooLarge(f"the article's text makes a message of {size:,} bytes, over the limit of {MAX_ARTICLE_BYTES:,}")
    if arrived.stored is not None:
        article = replace(article, id=arrived.stored.id, language=arrived.stored.language, stored=arrived.stored)
    elif article.lane is Lane.LIVE:
        metrics.ARTICLES.labels(article.language).inc()
    return Effects(Outgoing(topics.CLEAN, article), outcome=article.kind)
