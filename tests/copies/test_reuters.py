"""Real re-sends of an agency, scored against exhaustive comparison, with floors."""

import gzip
import html
import json
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from streams.contract.messages import CleanArticle, Kind, digest
from streams.copies import Copies
from streams.copies.shingles import shingle
from tests.copies.fiction import article

PART = Path(__file__).resolve().parents[2].parent / "shared" / "eval" / "neardup" / "reuters-000.jsonl.gz"
RECALL = 0.90  # of articles with an earlier one of J >= .5 within 72 h: 30 of 33; the 3 are other items of one template
PRECISION = 1.0  # of verdicts exact and near


def articles() -> list[CleanArticle]:
    if not PART.exists():
        pytest.skip(f"no evaluation data at {PART}")
    found = []
    with gzip.open(PART, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            time = datetime.strptime(entry["date"].strip().split(".")[0], "%d-%b-%Y %H:%M:%S").replace(tzinfo=UTC)
            body = "\n\n".join(part.strip() for part in html.unescape(entry["text"]).split("\n") if part.strip())
            title = html.unescape(entry["title"])
            made = article(entry["id"], body, title=title)
            kind = Kind.ARTICLE if body else Kind.HEADLINE
            found.append(msgspec.structs.replace(made, revision=digest(title, body), kind=kind, fetched_at=time))
    return found


def with_earlier(sent: list[CleanArticle]) -> set[int]:
    """Positions of the articles that have an earlier one of Jaccard .5 within 72 h, by comparing all with all."""
    texts = [set(shingle(each.body).hashes.tolist()) for each in sent]
    index: dict[int, list[int]] = defaultdict(list)
    found = set()
    for new, text in enumerate(texts):
        shared = Counter(old for value in text for old in index[value])
        for old, count in shared.items():
            near = count / (len(text) + len(texts[old]) - count) >= 0.5
            if near and abs(sent[new].fetched_at - sent[old].fetched_at) <= timedelta(hours=72):
                found.add(new)
        for value in text:
            index[value].append(new)
    return found


def test_recall_and_precision_on_real_resends(capsys: pytest.CaptureFixture[str]) -> None:
    sent = articles()
    wanted = with_earlier(sent)
    copies = Copies()
    outcomes = [copies.judge(each, offset).outcome for offset, each in enumerate(sent)]
    found = {number for number, outcome in enumerate(outcomes) if outcome in ("exact", "near")}
    recall, precision = len(found & wanted) / len(wanted), len(found & wanted) / len(found)
    with capsys.disabled():
        sys.stdout.write(f"\nnear copies: recall {recall:.3f}, precision {precision:.3f} of {len(wanted)} re-sends\n")
    assert recall >= RECALL
    assert precision >= PRECISION
