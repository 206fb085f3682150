"""The share of the fields of the five sample pages that are right, by the notes on them."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from streams.contract.messages import CleanArticle, ContentType
from tests.quality import pages, scores
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

FIELDS = ("body", "rest of the page", "title", "publisher", "date", "byline")


def figures(data: Data) -> Iterator[Figure]:
    """One figure, or none where the samples are absent."""
    notes = data.shared / "notes" / "samples-gold.json"
    if not notes.exists():
        return
    gold: dict[str, dict[str, Any]] = json.loads(notes.read_text(encoding="utf-8"))
    cases = []
    for name, wanted in sorted(gold.items()):
        content = (data.shared / "samples" / name).read_bytes()
        found = pages.cleaned(content, ContentType.TEXT, pages.FETCHED)
        cases += checks(name, found, wanted, content.decode("utf-8").split("\n"))
    yield Figure("samples_fields_ok", scores.mean(case.score for case in cases), f"{len(cases)} fields", cases)


def checks(name: str, found: CleanArticle | str, gold: dict[str, Any], lines: list[str]) -> list[Case]:
    """Each field of one sample, right or not. ``lines`` are those of the page; the standfirst may be in the body."""
    if isinstance(found, str):
        return [Case(f"{name} {field}", 0.0, f"refused: {found}") for field in FIELDS]

    def taken(ranges: list[list[int]]) -> list[str]:
        return [line.strip() for first, last in ranges for line in lines[first - 1 : last] if line.strip()]

    body, lead = taken(gold["body_lines"]), taken([gold["lead_lines"]] if "lead_lines" in gold else [])
    paragraphs = found.body.split("\n\n")
    left = [text for text in gold["must_not_contain"] if text in found.body]
    publisher = found.publisher.name if found.publisher else None
    day = found.published.value.date() if found.published else None
    wanted_day = date.fromisoformat(gold["published"]) if gold["published"] else None
    byline = [gold["byline"]] if gold["byline"] else []
    results: tuple[tuple[bool, object, object], ...] = (
        (paragraphs in (body, lead + body), paragraphs, body),
        (not left, left, []),
        (scores.plain(found.title) == scores.plain(gold["title"]), found.title, gold["title"]),
        (publisher == gold["publisher"], publisher, gold["publisher"]),
        (day == wanted_day, day, wanted_day),
        (list(found.authors) == byline, list(found.authors), byline),
    )
    return [
        Case(f"{name} {field}", float(right), f"- found: {result}\n- wanted: {wanted}")
        for field, (right, result, wanted) in zip(FIELDS, results, strict=True)
    ]
