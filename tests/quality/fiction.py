"""A tiny folder of invented labelled data in the layout of the real one."""

import gzip
import json
from pathlib import Path
from typing import Any

BODY = (
    "The council of Northmere voted on Tuesday to close the old bridge over the Sarn after engineers found cracks.",
    "Buses will take the causeway until a new bridge opens in spring, said the mayor, Odile Brandt.",
    "Shopkeepers on the island fear for their trade and have asked for a ferry that runs until midnight on weekdays.",
)
TITLE = "Northmere closes its old bridge after cracks are found"
URL = "https://www.northmere-gazette.co.uk/news/bridge"


def write(folder: Path) -> Path:
    """Write it; the file names are not those of the real folder, apart from the part before the first dash."""
    pages = "".join(f"<p>{paragraph}</p>" for paragraph in BODY)
    html = f"""<html lang="en"><head><title>{TITLE}</title><meta property="og:title" content="{TITLE}">
        <meta property="og:site_name" content="Northmere Gazette"><meta name="author" content="Ines Karvonen">
        <meta property="article:published_time" content="2031-03-03T08:00:00Z"></head>
        <body><article><h1>{TITLE}</h1>{pages}</article></body></html>"""
    _page(folder / "extraction" / "zyte", "aa", html, "aa", {"articleBody": "\n\n".join(BODY), "url": URL})
    fields = {
        "url": URL,
        "crawled": "2031-03-04 09:00:00",
        "publisher": "NorthmereGazette",
        "country": "uk",
        "title": TITLE,
        "authors": ["Ines Karvonen"],
        "published": "2031-03-03 08:00:00+00:00",
        "paragraphs": list(BODY),
    }
    _page(folder / "fields" / "fundus", "xx-Gazette", html, "xx-Gazette.html.gz", fields)
    text = " ".join(BODY)
    wires = [{"id": str(n), "date": f"3-MAR-2031 0{n}:00:00.00", "title": "BRIDGE", "text": text} for n in (1, 2)]
    _lines(folder / "neardup" / "reuters-other.jsonl.gz", wires)
    words = ["Odile", "Brandt", "met", "reporters", "in", "Toronto", "."]
    tags = ["B-Person", "I-Person", "O", "O", "O", "B-Location", "O"]
    sentences = [list(map(list, zip(words, tags, strict=True)))]
    _lines(folder / "entities" / "worldwide-x.jsonl.gz", [{"id": "e", "sentences": sentences}])
    _lines(folder / "stories" / "ecbplus-few.jsonl.gz", [_report("1ecb", n) for n in (1, 2)])
    _lines(folder / "alerts" / "uci-few.jsonl.gz", [_headline(n) for n in range(4)])
    return folder


def _page(folder: Path, name: str, html: str, key: str, gold: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    (folder / f"{name}.html.gz").write_bytes(gzip.compress(html.encode()))
    (folder / "ground-truth.json").write_text(json.dumps({key: gold}))


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{json.dumps(row)}\n" for row in rows).encode()))


def _report(story: str, number: int) -> dict[str, Any]:
    return {
        "id": f"{story}{number}",
        "story": story,
        "source": None,
        "url": None,
        "text": "\n".join(BODY[: number + 1]),
    }


def _headline(number: int) -> dict[str, Any]:
    host = f"paper{number}.com"
    return {
        "ts_ms": 1_900_000_000_000 + number,
        "title": f"Northmere closes old bridge over the Sarn, mayor Brandt says, part {number}",
        "url": f"https://{host}/a",
        "publisher": f"Paper {number}",
        "host": host,
        "story": "s",
    }
