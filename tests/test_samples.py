"""The demo's articles and what is said of them agree: files, publishers, copies, stories, alerts."""

import html
import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

DEMO = Path(__file__).resolve().parents[1] / "connectors" / "cli" / "demo"
EXPECTED: dict[str, Any] = json.loads((DEMO / "expected.json").read_text(encoding="utf-8"))
ARTICLES: dict[str, dict[str, str | None]] = EXPECTED["articles"]
PUBLISHERS: dict[str, dict[str, Any]] = {
    entry["name"]: entry for entry in yaml.safe_load((DEMO / "publishers.yaml").read_text(encoding="utf-8"))
}
COPIES = sorted(name for name, article in ARTICLES.items() if article["copy_of"])
LARGEST_FILE_BYTES = 40_000  # the demo comes with the package
KNOWN_VOCABULARIES = {"schema.org", "ogp.me", "www.w3.org"}

QUOTED = re.compile(r"“[^”]{10,}”|«[^»]{10,}»|„[^“”]{10,}[“”]")
Shingles = set[tuple[str, ...]]


@cache
def page(name: str) -> str:
    """The file as a reader sees it, on one line: without markup, in the encoding that it is really in."""
    data = (DEMO / "articles" / name).read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("windows-1252")
    if name.endswith(".html"):
        text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
        text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return " ".join(text.split())


@cache
def body(name: str) -> str:
    """From the first to the last words of the body; pointers between its paragraphs stay in."""
    text = page(name)
    start = text.index(EXPECTED["body_starts"][name])
    last = EXPECTED["body_ends"][name]
    return text[start : text.index(last, start) + len(last)]


def shingles(text: str) -> Shingles:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def narrated(text: str) -> Shingles:
    """5-word shingles outside quotation marks: what two reports share there, one has from the other."""
    return set().union(*(shingles(part) for part in QUOTED.split(text)))


def containment(one: Shingles, other: Shingles) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def source(publisher: str) -> str:
    return str(PUBLISHERS[publisher].get("owner") or publisher)


def independent_sources(names: list[str]) -> list[str]:
    """In order of arrival, the owners and publishers that have a text of their own among these articles."""
    publishers = [ARTICLES[name]["publisher"] for name in names if not ARTICLES[name]["copy_of"]]
    return list(dict.fromkeys(source(publisher) for publisher in publishers if publisher))


def of_story(story: str) -> list[str]:
    return sorted(name for name, article in ARTICLES.items() if article["story"] == story)


def test_every_file_is_listed_and_every_listed_file_is_there() -> None:
    there = {path.name for path in (DEMO / "articles").iterdir()}
    assert there == set(ARTICLES) | set(EXPECTED["dead_letters"])
    assert EXPECTED["track"] == min(there)
    for key in ("body_starts", "body_ends", "must_not_contain"):
        assert set(EXPECTED[key]) <= set(ARTICLES)


def test_there_is_enough_of_each_kind() -> None:
    assert len(ARTICLES) >= 24
    assert len({article["language"] for article in ARTICLES.values()}) >= 3
    assert len(EXPECTED["stories"]) >= 6
    assert {article["kind"] for article in ARTICLES.values()} == {"article", "headline", "stub"}
    relations = {article["relation"] for article in ARTICLES.values()}
    assert relations == {"original", "exact", "near", "wire", "update", "revision"}


def test_no_file_is_large() -> None:
    for path in (DEMO / "articles").iterdir():
        assert path.stat().st_size < LARGEST_FILE_BYTES, path.name


def test_numbers_give_the_order_of_arrival() -> None:
    names = sorted(path.name for path in (DEMO / "articles").iterdir())
    assert [int(name[:2]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("name", sorted(set(ARTICLES) & set(EXPECTED["body_starts"])))
def test_the_body_is_in_the_file_and_menus_outside_of_it(name: str) -> None:
    words = len(body(name).split())
    assert words >= (50 if ARTICLES[name]["kind"] == "stub" else 150)
    for phrase in EXPECTED["must_not_contain"].get(name, []):
        assert phrase in page(name)


@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_the_title_is_in_the_file(name: str) -> None:
    assert str(ARTICLES[name]["title"]) in page(name)


@pytest.mark.parametrize("name", COPIES)
def test_copies_share_their_text(name: str) -> None:
    article = ARTICLES[name]
    one, other = shingles(body(name)), shingles(body(str(article["copy_of"])))
    jaccard = len(one & other) / len(one | other)
    assert jaccard >= 0.5 or containment(one, other) >= 0.3
    assert str(article["copy_of"]) < name
    if article["relation"] == "near":
        assert 0.5 <= jaccard < 1


@pytest.mark.parametrize("name", [name for name in COPIES if ARTICLES[name]["relation"] == "exact"])
def test_an_exact_copy_has_the_same_body(name: str) -> None:
    pointer = "Article continues below this advertisement "  # one template puts it between two paragraphs
    original = body(str(ARTICLES[name]["copy_of"])).replace("Advertisement ", "")
    assert body(name).replace(pointer, "") == original


def test_independent_reports_share_little_beyond_quotes() -> None:
    own = [name for name in ARTICLES if not ARTICLES[name]["copy_of"] and name in EXPECTED["body_starts"]]
    for one, other in combinations(sorted(own), 2):
        assert containment(narrated(body(one)), narrated(body(other))) < 0.1, (one, other)


def test_only_declared_publishers_of_reserved_names_occur() -> None:
    for entry in PUBLISHERS.values():
        assert entry["id"] in entry["domains"]
        assert all(domain.endswith(".example") for domain in entry["domains"])
    for article in ARTICLES.values():
        assert article["publisher"] is None or article["publisher"] in PUBLISHERS
    for path in (DEMO / "articles").iterdir():
        hosts = re.findall(rb"https?://([\w.-]+)", path.read_bytes())
        assert all(host.endswith(b".example") or host.decode() in KNOWN_VOCABULARIES for host in hosts), path.name


def test_sources_of_each_story_follow_from_its_articles() -> None:
    assert {article["story"] for article in ARTICLES.values()} == set(EXPECTED["stories"])
    for story, expected in EXPECTED["stories"].items():
        assert set(independent_sources(of_story(story))) == set(expected["sources"])


def test_alerts_are_the_sources_after_the_tracked_article() -> None:
    tracked = ARTICLES[EXPECTED["track"]]
    sources = independent_sources(of_story(str(tracked["story"])))
    assert sources[0] == source(str(tracked["publisher"]))
    assert [alert["source"] for alert in EXPECTED["alerts"]] == sources[1:]
    assert len(EXPECTED["alerts"]) >= 4
