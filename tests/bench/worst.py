"""The most CPU time and memory that one input can take of a process of the pool, over texts made to be hard.

Run as ``python -m tests.bench.worst``. Each text is near the limit of what cleaning takes and goes through `clean` and
`tag` in a process of a real `streams.runtime.processes.pool.Pool`, under its limit of memory, as plain text and as a
page.
"""

import asyncio
import resource
import time
from datetime import UTC, datetime
from functools import partial

from streams.agents.support import pool_tasks
from streams.contract.errors import Rejected
from streams.contract.messages import ContentType, CopyVerdict, RawArticle, Relation, UniqueArticle
from streams.runtime.processes.pool import Pool
from tests.bench.report import report

LETTERS = 249_000
CPU_SECONDS = 120.0  # beyond the worker's limit: a text that overran it would have no figure
NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
TITLE = "Bridge closed in Northmere"
SHAPES = {
    "letters": "a ",
    "digits": "1 ",
    "long digits": "7",
    "quotation marks": '" ',
    "open quotations": "“said ",
    "apostrophes": "'a ",
    "quotations": "“The old bridge stays closed”, said Anna Brandt. ",
    "names and": "Anna and ",
    "names": "Anna Brandt ",
    "other names": "Xvara Qoldim, Ostrava Krell of Tarneth Holdings Ltd. ",
    "one ideograph": "汉",
    "Chinese": "周一,奥姆利大坝决口,县长说:“1400人已经撤离。”",
    "one Cyrillic letter": "я",
    "Cyrillic letters": "я ",
    "Thai": "เขื่อนออร์มลีย์แตกเมื่อวันจันทร์",
    "addresses": "http://a.b/c ",
    "mail addresses": "anna@a.example ",
    "amounts": "$1,400.50 million ",
    "dates": "4 May 2031, ",
    "sentences": "The council of Northmere voted on Tuesday to close the old bridge over the Sarn. ",
    "short sentences": "He left. ",
    "stops": ". ",
    "brackets": "(",
    "hyphens": "a-",
    "lines": "Other news\n",
}


def tried(form: ContentType, content: str) -> tuple[float, float]:
    """CPU seconds of this text, and the most memory in MiB that its process has had so far."""
    started = time.process_time()
    try:
        article = pool_tasks.clean(
            RawArticle.arrive(content.encode(), form, url="https://post.example/a", fetched_at=NOON, received_at=NOON)
        )
        copy = CopyVerdict(relation=Relation.ORIGINAL, group="g")
        pool_tasks.tag(UniqueArticle(article=article, copy=copy, first_seen=NOON))
    except Rejected:
        pass  # to refuse a text is an answer too, and takes its time
    return time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure() -> dict[str, float]:
    """The worst over all texts; a line each says what it took."""
    pool = Pool(1, CPU_SECONDS, partial(pool_tasks.warm, None), preload=["streams.agents.support.pool_preload"])
    worst_seconds = worst_memory = 0.0
    try:
        for name, shape in SHAPES.items():
            text = shape * (LETTERS // len(shape))
            for form, content in ((ContentType.TEXT, f"{TITLE}\n\n{text}"), (ContentType.HTML, _page(text))):
                seconds, memory = await pool.again().run(tried, form, content)
                print(f"  {seconds:6.2f} s of CPU, {memory:4.0f} MiB so far: {name} as {form.value}", flush=True)
                worst_seconds, worst_memory = max(worst_seconds, seconds), max(worst_memory, memory)
    finally:
        await pool.close()
    return {"worst_clean_tag_cpu_seconds": worst_seconds, "worst_child_memory_mb": worst_memory}


def _page(text: str) -> str:
    return (
        f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><p>{text}</p></article></body></html>"
    )


if __name__ == "__main__":
    report(asyncio.run(measure()))
