"""The server's time for each page of the console, with many articles stored, and the size of what it sends.

    STACK=embedded|real python -m tests.bench.console [ARTICLES]      # 100,000

No worker runs: the benchmark itself stores the articles, and one story of 2,000 among them, as the store stage would.
"""

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import msgspec
import psutil
from msgspec.structs import replace

from connectors.console.html import PAGES, STATIC, static_file
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import IndexDocument, alert_document, article_document, story_document
from deploy.stack import Kind
from deploy.system import System
from streams.contract import messages as m
from streams.runtime.settings import Settings
from tests.bench.report import report
from tests.connectors.api.library import NOW, article, store
from tests.connectors.api.serving import serving
from tests.connectors.cli import fiction
from tests.connectors.cli.running import wait_for
from tests.support.browser import chromium

ARTICLES = 100_000
LARGEST = 2_000  # articles of the story whose page is measured
OF_STORY = 5  # articles of each other story
OUTLETS = 300
DAYS = 3  # over which the articles arrived
TIMES, LEAST_TIMES = 20, 3  # that each page is asked for
MOST_SECONDS = 30.0  # for one page: the embedded Elasticsearch is slow with many articles
PAINTED = ("desk", "story")  # whose first paint is measured
STORED_AT_ONCE = 2_000
ALERTS = 100  # of the largest story
NAMES = 3_000  # of people in the articles
BODY = " ".join(
    ["The harbour wall of Dunmoor gave way on Tuesday, and boats were taken to the pier."] * 30
)  # 420 words


def measure(folder: Path, stack: Kind, articles: int = ARTICLES) -> dict[str, float]:
    """Name -> value."""
    with System(folder, {"console_access": "open", "log_level": "WARNING"}, stack=stack) as system:
        started = time.monotonic()
        seed(system.settings, articles)
        print(f"stored in {time.monotonic() - started:.0f} s", flush=True)
        with (
            serving(system.environment()) as served,
            httpx.Client(base_url=served.url, timeout=120, headers={"Accept-Encoding": "identity"}) as client,
        ):
            wait_for(lambda: client.get("/healthz").status_code == 200)
            server = psutil.Process(served.process.pid)
            pages = {name: _page(client, server, name, address) for name, address in _addresses().items()}
            paints = {name: _first_paint(served.url, _addresses()[name]) for name in PAINTED}
    print(
        f"stack: {stack}; articles: {articles:,}, of one story {min(LARGEST, articles):,}; "
        f"each page asked for {TIMES} times or {MOST_SECONDS:.0f} s"
    )
    return {
        **{f"console_{name}_ms_p95": 1000 * seconds for name, (seconds, _, _) in pages.items()},
        **{f"console_{name}_cpu_ms": 1000 * cpu for name, (_, cpu, _) in pages.items()},
        **{f"console_{name}_first_paint_ms": milliseconds for name, milliseconds in paints.items()},
        "console_html_kb": max(size for _, _, size in pages.values()) / 1000,
        "console_scripts_kb": sum(len(static_file(name)[0]) for name in STATIC if name.endswith(".js")) / 1000,
    }


def seed(settings: Settings, articles: int) -> None:
    """Store the documents with few large requests; only the first of each index goes the way of the store stage."""
    with sync_client(settings) as client:
        install(client, settings)
    known: set[str] = set()
    documents = _documents(articles)
    encode = msgspec.json.Encoder().encode
    with httpx.Client(base_url=settings.elasticsearch, timeout=120) as client:
        while part := list(itertools.islice(documents, STORED_AT_ONCE)):
            first = {one.index: one for one in part if one.index not in known}
            if first:
                store(settings, list(first.values()))  # which makes the index
                known |= first.keys()
            lines = [
                line
                for one in part
                for line in (
                    encode({"index": {"_index": f"{settings.index_prefix}{one.index}", "_id": one.id}}),
                    encode(one.source),
                )
            ]
            answer = client.post(
                "/_bulk", content=b"\n".join([*lines, b""]), headers={"Content-Type": "application/x-ndjson"}
            )
            answer.raise_for_status()
            if answer.json()["errors"]:
                raise RuntimeError(f"the server did not take a document: {answer.text[:1000]}")
    with SearchClient(settings) as reader:
        Search(reader, settings.index_prefix).refresh()


def _addresses() -> dict[str, str]:
    """Name -> address of each page, with content."""
    lists = {name.lower(): address for address, name in PAGES}
    return {
        **lists,
        "search": "/search?q=harbour",
        "desk_all": "/?period=all&sort=sources",
        "name": f"/name?name={fiction.PERSON.key}",
        "story": f"/stories/{_story(0)}",
        "article": f"/articles/{1:032x}",
        "track_form": "/tracks/new?query=harbour",
    }


def _page(client: httpx.Client, server: psutil.Process, name: str, address: str) -> tuple[float, float, int]:
    """The 95th percentile of the seconds, CPU seconds of the server for one, and bytes of a page."""
    size = len(client.get(address).raise_for_status().content)
    began = server.cpu_times()
    seconds: list[float] = []
    end = time.monotonic() + MOST_SECONDS
    while len(seconds) < LEAST_TIMES or (len(seconds) < TIMES and time.monotonic() < end):
        started = time.monotonic()
        client.get(address).raise_for_status()
        seconds.append(time.monotonic() - started)
    ended = server.cpu_times()
    cpu = (ended.user + ended.system - began.user - began.system) / len(seconds)
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    print(
        f"{name:<10} p95 {1000 * p95:7.1f} ms of {len(seconds)}, of which CPU of the server {1000 * cpu:6.1f} ms; "
        f"{size:,} bytes",
        flush=True,
    )
    return p95, cpu, size


def _first_paint(url: str, address: str) -> float:
    """Milliseconds from the request to the first paint with content in Chromium."""
    with chromium() as browser:
        page = browser.new_page(base_url=url)
        page.goto(address, wait_until="load", timeout=120_000)
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        found: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        return found


def _documents(articles: int) -> Iterator[IndexDocument]:
    """The articles, their stories, and alerts of the first story, which is the largest."""
    number = 0
    for story in itertools.count():
        members: list[m.FiledArticle] = []
        for place in range(min(LARGEST if story == 0 else OF_STORY, articles - number)):
            number += 1
            original = members[place - 1].article if place % 4 == 3 else None
            members.append(_article(number, story, original, hours_ago=24 * DAYS * (1 - number / articles)))
        if not members:
            return
        yield from map(article_document, members)
        told = fiction.story(_story(story), members[0].article.title, tuple(members))
        sources = {one.key: one for one in told.sources}
        told = replace(told, sources=tuple(sources.values()), publishers=tuple(dict.fromkeys(told.publishers)))
        yield story_document(fiction.update(told, members[-1]))
        for at in range(ALERTS if story == 0 else 0):
            alert = fiction.alert(at + 1, m.Delivery(status="delivered", attempts=1, at=NOW, code=204))
            yield alert_document(replace(alert, story=told, article=fiction.reference(members[at]), made_at=NOW))


def _article(number: int, story: int, original: m.CleanArticle | None, *, hours_ago: float) -> m.FiledArticle:
    outlet = m.Publisher(
        id=f"outlet{number % OUTLETS}.example",
        name=f"Outlet {number % OUTLETS}",
        domain=f"outlet{number % OUTLETS}.example",
        country="GB",
    )
    one = article(
        number, outlet, f"Harbour wall {story} gives way, report {number}", hours_ago, body=BODY, section="Regions"
    )
    relation = m.Relation.WIRE if original is not None else m.Relation.ORIGINAL
    filed = fiction.filed(one, relation=relation, new=original is None, story=_story(story))
    if original is not None:
        filed = replace(filed, copy=replace(filed.copy, of=original.id, group=original.id))
    name = f"Keeper {story % NAMES}"
    keeper = m.Entity(key=f"person:{name.lower()}", name=name, type=m.EntityType.PERSON, mentions=((0, 8),))
    return replace(filed, entities=(fiction.PERSON, keeper), numbers=(f"{number % 40} m", f"{story % 900} eur"))


def _story(number: int) -> str:
    return f"{number + 1:08x}" * 4


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as name:
        stack = cast("Kind", os.environ.get("STACK", "embedded"))
        report(measure(Path(name), stack, int(sys.argv[1]) if len(sys.argv) > 1 else ARTICLES))
