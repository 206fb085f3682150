"""Scores between 0 and 1 of found against expected values. Pure: no data, no product code.

Sources: shingle F1 as in the article extraction benchmark of Scrapinghub (2019); B-cubed by Bagga and Baldwin, "Entity-
based cross-document coreferencing using the vector space model" (1998).
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

Bag = Counter[tuple[str, ...]]

BENCHMARK_SHINGLE = 4  # words, as the benchmark has it
BOTH_EVENTS = 0.25  # a cluster with this share of each of two events has merged them: one stray report has not
FOLLOWED_FROM = 3  # headlines that a story has before its new sources count

_TYPED = str.maketrans({"ð": "d", "đ": "d", "ø": "o", "ł": "l", "ı": "i", "þ": "th", "æ": "ae", "œ": "oe"})
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Ratio:
    """Precision and recall."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def mean(values: Iterable[float]) -> float:
    """The arithmetic mean. Raises ValueError when there is nothing to take it of."""
    known = list(values)
    if not known:
        raise ValueError("no values to take the mean of")
    return sum(known) / len(known)


# --- texts --------------------------------------------------------------------------------------------------------


def shingles(text: str, size: int = BENCHMARK_SHINGLE) -> Bag:
    """Runs of ``size`` words with their counts; a shorter text is one run."""
    words = _WORD.findall(text)
    runs = (tuple(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))
    return Counter(run for run in runs if run)


def tokens(text: str) -> Bag:
    """Words with their counts, without regard to case."""
    return Counter((word,) for word in _WORD.findall(text.casefold()))


def overlap(found: Bag, gold: Bag) -> Ratio:
    """How much of what was found is in the gold, and of the gold in what was found. Two empty bags agree."""
    if not found and not gold:
        return Ratio(1.0, 1.0)
    shared = (found & gold).total()
    return Ratio(shared / found.total() if found else 0.0, shared / gold.total() if gold else 0.0)


def benchmark_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """F1 of the benchmark over (found, gold) bodies: of the means of precision and recall, not the mean of F1.

    As there, an empty find has no precision (it is left out of that mean) and an empty gold no recall.
    """
    counted = [(shingles(found), shingles(gold)) for found, gold in pairs]
    precisions = [overlap(found, gold).precision for found, gold in counted if found]
    recalls = [overlap(found, gold).recall for found, gold in counted if gold]
    return Ratio(sum(precisions) / max(1, len(precisions)), sum(recalls) / max(1, len(recalls))).f1


def token_f1(found: str, gold: str) -> float:
    return overlap(tokens(found), tokens(gold)).f1


def set_f1(found: Collection[Hashable], gold: Collection[Hashable]) -> float:
    """F1 of one set against another; two empty sets agree."""
    a, b = set(found), set(gold)
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 1.0


def plain(text: str) -> str:
    """One form of what looks the same: composed letters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def letters(name: str) -> str:
    """Only the letters and digits of a name, case-folded, without their accents, as one types them in English."""
    parted = unicodedata.normalize("NFKD", name.casefold()).translate(_TYPED)
    return "".join(letter for letter in parted if letter.isalnum())


# --- clusters -----------------------------------------------------------------------------------------------------

Labels = Mapping[str, str]  # item -> cluster


def bcubed(found: Labels, gold: Labels) -> Ratio:
    """B-cubed precision and recall of the items that ``gold`` labels; each has to be in ``found``."""
    each = item_bcubed(found, gold).values()
    return Ratio(mean(one.precision for one in each), mean(one.recall for one in each))


def item_bcubed(found: Labels, gold: Labels) -> dict[str, Ratio]:
    """For each item: the share of its cluster that is of its story, and of its story that is in its cluster."""
    clusters = Counter(found[item] for item in gold)
    stories = Counter(gold.values())
    both = Counter((found[item], story) for item, story in gold.items())
    return {
        item: Ratio(
            both[found[item], story] / clusters[found[item]],
            both[found[item], story] / stories[story],
        )
        for item, story in gold.items()
    }


def merged(found: Labels, gold: Labels, first: str, second: str) -> bool:
    """Whether one cluster holds a quarter or more of each of two events."""
    sizes = Counter(gold.values())
    both = Counter((found[item], story) for item, story in gold.items())
    return any(
        both[cluster, first] >= BOTH_EVENTS * sizes[first] and both[cluster, second] >= BOTH_EVENTS * sizes[second]
        for cluster in dict.fromkeys(found[item] for item in gold)
    )


# --- alerts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headline:
    """One headline in time order. ``fired``: whether the product saw a new source of ``cluster`` in it."""

    story: str
    cluster: str
    source: str
    fired: bool


def wanted_alerts(headlines: Sequence[Headline]) -> set[int]:
    """The places of those headlines that bring their gold story a new source after its third headline."""
    seen: dict[str, list[str]] = defaultdict(list)
    wanted = set()
    for place, one in enumerate(headlines):
        known = seen[one.story]
        if len(known) >= FOLLOWED_FROM and one.source not in known:
            wanted.add(place)
        known.append(one.source)
    return wanted


def fired_alerts(headlines: Sequence[Headline]) -> set[int]:
    """The places of those headlines by which followers of a found cluster with three headlines hear of a source."""
    sizes: Counter[str] = Counter()
    fired = set()
    for place, one in enumerate(headlines):
        if one.fired and sizes[one.cluster] >= FOLLOWED_FROM:
            fired.add(place)
        sizes[one.cluster] += 1
    return fired


def alerts(headlines: Sequence[Headline]) -> Ratio:
    """Of the alerts that came, those that were due; of those that were due, those that came by the same headline."""
    return ratio(wanted_alerts(headlines), fired_alerts(headlines))


def ratio(wanted: AbstractSet[int], fired: AbstractSet[int]) -> Ratio:
    """Precision and recall of alerts by the places of their headlines."""
    right = len(wanted & fired)
    return Ratio(right / len(fired) if fired else 1.0, right / len(wanted) if wanted else 1.0)
