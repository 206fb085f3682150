"""How fast `clean` is on one core on labelled news pages, alone and against the libraries that it uses.

Run as ``python -m tests.bench.cleaning``. Times are of the processor, so that a busy machine changes them little; the
ratio is of two times taken side by side, page by page, so that it says the same on any machine.
"""

import math
import sys
import time
from collections.abc import Callable

import htmldate
import trafilatura
from trafilatura.utils import decode_file

from streams.cleaning import clean, warm
from streams.contract.errors import Rejected
from streams.contract.messages import ContentType, RawArticle
from tests.bench.report import report
from tests.quality.cleaning import BODIES
from tests.quality.data import SHARED, Data
from tests.quality.pages import FETCHED

ROUNDS = 2  # in each, the other side goes first: whoever comes second finds the caches of libraries filled
SLOW = 0.99  # the part of pages that is at most as slow as the figure says


def measure() -> dict[str, float]:
    """Pages a second, the slow end in milliseconds a page, and the ratio; {} where the labelled pages are absent."""
    data = Data(SHARED / "eval", SHARED)
    pages = [_page(data.page(BODIES, name), gold["url"]) for name, gold in data.pages(BODIES).items()]
    if not pages:
        return {}
    warm()
    own: list[float] = []
    base: list[float] = []
    for number in range(ROUNDS):
        sides = [(_clean, own), (_base, base)]
        for page in pages:
            for work, times in sides if number % 2 == 0 else reversed(sides):
                times.append(_seconds(work, page))
    return {
        "cleaning_pages_per_second": len(own) / sum(own),
        "cleaning_p99_ms": 1_000 * sorted(own)[math.ceil(SLOW * len(own)) - 1],
        "cleaning_ratio": sum(base) / sum(own),
    }


def _page(content: bytes, url: str) -> RawArticle:
    return RawArticle.arrive(content, ContentType.HTML, url=url, fetched_at=FETCHED, received_at=FETCHED)


def _seconds(work: Callable[[RawArticle], None], page: RawArticle) -> float:
    started = time.process_time()
    work(page)
    return time.process_time() - started


def _clean(page: RawArticle) -> None:
    try:
        clean(page)
    except Rejected:
        return  # to refuse a page is an answer too, and takes its time


def _base(page: RawArticle) -> None:
    """What anybody would take without cleaning of their own: body and metadata by one library, the date by another."""
    markup = decode_file(page.page())
    trafilatura.bare_extraction(markup, url=page.url, with_metadata=True, include_comments=False)
    htmldate.find_date(markup, url=page.url, original_date=True)


if __name__ == "__main__":
    measured = measure()
    if measured:
        report(measured)
    else:
        sys.stdout.write(f"CLEANING NOT MEASURED: there are no labelled pages at {SHARED / 'eval'}\n")
