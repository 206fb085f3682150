"""Labelled pages of ../shared: prints the figures, and checks each against its floor."""

import gzip
import json
import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.cleaning import clean
from streams.contract.messages import ContentType
from tests.cleaning.arrivals import arrival

EVAL = Path(__file__).resolve().parents[2].parent / "shared" / "eval"
PAGES = 25  # of each set: enough to see a fall of .03, in few seconds
BODY_F1, TOKEN_F1, TITLES, DATES = 0.96, 0.94, 0.90, 0.95  # measured .988, .956, .960, .960 on these pages

if not EVAL.exists():
    pytest.skip(f"no labelled pages at {EVAL}", allow_module_level=True)


def bag(text: str, size: int) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower() if size == 1 else text)
    return Counter(tuple(words[i : i + size]) for i in range(max(0, len(words) - size + 1)))


def f1(pairs: list[tuple[str, str]], size: int) -> float:
    """Of the means of precision and recall, as the extraction benchmark has it."""
    precision = recall = 0.0
    for found, gold in pairs:
        a, b = bag(found, size), bag(gold, size)
        precision += (a & b).total() / max(1, a.total()) / len(pairs)
        recall += (a & b).total() / max(1, b.total()) / len(pairs)
    return 2 * precision * recall / (precision + recall)


def test_bodies_of_news_pages(capsys: pytest.CaptureFixture[str]) -> None:
    folder = EVAL / "extraction" / "zyte"
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pairs = []
    for name in sorted(gold)[:PAGES]:
        raw = arrival(
            gzip.decompress((folder / f"{name}.html.gz").read_bytes()), ContentType.HTML, url=gold[name]["url"]
        )
        pairs.append((clean(raw).body, gold[name]["articleBody"]))
    score = f1(pairs, 4)
    with capsys.disabled():
        sys.stdout.write(f"\ncleaning: body 4-gram F1 {score:.3f} on {len(pairs)} pages (floor {BODY_F1})\n")
    assert score >= BODY_F1


def test_fields_of_news_pages(capsys: pytest.CaptureFixture[str]) -> None:
    folder = EVAL / "fields" / "fundus"
    gold = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pairs, titles, dates = [], [], []
    for name in sorted(gold)[:PAGES]:
        wanted = gold[name]
        fetched = datetime.fromisoformat(wanted["crawled"]).replace(tzinfo=UTC)
        article = clean(arrival(gzip.decompress((folder / name).read_bytes()), url=wanted["url"], fetched_at=fetched))
        pairs.append((article.body, "\n".join(wanted["paragraphs"])))
        titles.append(article.title.split() == wanted["title"].split())
        truth = datetime.fromisoformat(wanted["published"])
        truth = truth if truth.tzinfo else truth.replace(tzinfo=UTC)
        dates.append(article.published is not None and abs(article.published.value - truth) <= timedelta(days=1))
    tokens, title, day = f1(pairs, 1), sum(titles) / len(titles), sum(dates) / len(dates)
    with capsys.disabled():
        sys.stdout.write(
            f"\ncleaning: token F1 {tokens:.3f}, titles {title:.3f}, dates {day:.3f}, {len(pairs)} pages\n"
        )
    assert tokens >= TOKEN_F1
    assert title >= TITLES
    assert day >= DATES
