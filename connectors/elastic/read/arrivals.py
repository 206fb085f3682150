"""What came of watched sources: counts of their stored articles, and the volume of each language."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import Index

DAYS = 7  # that are counted
MOST_SOURCES = 5_000  # of one request
MOST_LANGUAGES = 100
LOW = 0.3  # share of the usual volume: a weekend has more
MIN_USUAL = 20.0  # articles a day, below which a day tells nothing
_WITHOUT_TEXT = ("headline", "stub")
_COPIES = ("exact", "near", "wire")


@dataclass(frozen=True)
class Arrivals:
    """The articles of a source in the last `DAYS` days. ``copies``: with the text of another publisher."""

    articles: int = 0
    without_text: int = 0
    copies: int = 0

    @property
    def text_less_share(self) -> float:
        return self.without_text / self.articles if self.articles else 0.0

    @property
    def copy_share(self) -> float:
        return self.copies / self.articles if self.articles else 0.0


@dataclass(frozen=True)
class Volume:
    """Live articles of a language: of the last 24 hours, and of a usual day, the mean of the days before."""

    language: str
    last_day: int
    usual: float

    @property
    def is_low(self) -> bool:
        return self.usual >= MIN_USUAL and self.last_day < LOW * self.usual


def of_origins(index: Index, origins: Collection[str], now: datetime) -> dict[str, Arrivals]:
    """Origin -> its articles; those that brought none are left out. Raises as `Index` does."""
    names = sorted(set(origins))
    aggregations = {
        "without_text": {"filter": {"terms": {"article.kind": list(_WITHOUT_TEXT)}}},
        "copies": {"filter": {"terms": {"article.copy.relation": list(_COPIES)}}},
    }
    found: dict[str, Arrivals] = {}
    for start in range(0, len(names), MOST_SOURCES):
        some = names[start : start + MOST_SOURCES]
        chosen = q.all_of([*q.between(now - timedelta(days=DAYS), None), {"terms": {"article.origin": some}}])
        terms = {"terms": {"field": "article.origin", "size": len(some)}, "aggs": aggregations}
        answer = index.aggregate(Family.ARTICLES, chosen, {"origins": terms})
        for bucket in answer.get("origins", {}).get("buckets", []):
            counts = {name: bucket[name]["doc_count"] for name in aggregations}
            found[bucket["key"]] = Arrivals(bucket["doc_count"], **counts)
    return found


def volumes(index: Index, now: datetime) -> list[Volume]:
    """The volume of each language, the largest first. Raises as `Index` does."""
    day = now - timedelta(days=1)
    languages = {"terms": {"field": "article.language", "size": MOST_LANGUAGES}}
    periods: Mapping[str, tuple[datetime, datetime | None]] = {
        "last": (day, None),
        "before": (day - timedelta(days=DAYS), day),
    }
    counts: dict[str, dict[str, int]] = {}
    for name, period in periods.items():
        chosen = q.all_of([q.term("article.lane", "live"), *q.between(*period)])
        answer = index.aggregate(Family.ARTICLES, chosen, {"languages": languages})
        buckets = answer.get("languages", {}).get("buckets", [])
        counts[name] = {one["key"]: one["doc_count"] for one in buckets}
    found = [
        Volume(language, counts["last"].get(language, 0), count / DAYS) for language, count in counts["before"].items()
    ]
    return sorted(found, key=lambda one: -one.usual)
