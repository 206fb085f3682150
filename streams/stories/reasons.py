"""What was compared and how near it came in; sentences that tell a person why an article is where it is out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from streams.contract.messages import COPIES, CopyVerdict, Relation, TaggedArticle
from streams.stories.rows import FilingRow
from streams.stories.similarity.features import Features, ids_in
from streams.stories.similarity.vectors import Vector

REMOVED = "an article that was removed"
SHOWN_NAMES = 5
SHOWN_TERMS = 8
SHOWN_FIGURES = 4
SHOWN_QUOTE = 80  # characters of a quote: enough to know it by
_DAY = re.compile(r"--\d\d-\d\d")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SIZES = ((10**9, " billion"), (10**6, " million"))
MOST_DIGITS = 30  # of a figure that is written with a separator of thousands
_CURRENCY_CODE = 3  # letters: eur, usd
_COPIED = {
    Relation.EXACT: "carries the same text as",
    Relation.NEAR: "carries nearly the same text as",
    Relation.WIRE: "carries agency text that is also in",
    Relation.UPDATE: "is a later version of",
    Relation.REVISION: "is a new revision of",
}


@dataclass(frozen=True)
class SharedFeatures:
    """What an article has in common with its nearest one in the story."""

    names: tuple[str, ...]
    terms: tuple[str, ...]
    figures: tuple[str, ...]
    quotes: tuple[str, ...]


def shared(tagged: TaggedArticle, features: Features, row: FilingRow) -> SharedFeatures:
    """What ``tagged`` and the article of ``row`` have in common, the weightiest first."""
    there = {named.key for named in row.entities}
    return SharedFeatures(
        names=tuple(entity.name for entity in tagged.entities if entity.key in there),
        terms=_terms(features, row),
        figures=_held(features.figures, row.figures),
        quotes=_held(features.quotes, row.quotes),
    )


def _terms(features: Features, row: FilingRow) -> tuple[str, ...]:
    mine, other = (features.body, row.body) if row.body and len(features.body) else (features.title, row.title)
    weights = dict(Vector.unpack(other).items())
    products = {term: weight * weights[term] for term, weight in mine.items() if term in weights}
    best = sorted(products, key=lambda term: (-products[term], term))[:SHOWN_TERMS]
    return tuple(features.words[term] for term in best if term in features.words)


def _held(texts: Mapping[int, str], packed: bytes) -> tuple[str, ...]:
    there = ids_in(packed)
    return tuple(text for term, text in texts.items() if term in there)


def copied(verdict: CopyVerdict, title: str) -> str:
    """Why a copy is in the story of what it copies; ``title`` is that article's."""
    by = f" by {verdict.of_publisher}" if verdict.of_publisher else ""
    return f'{_COPIED.get(verdict.of_text, _COPIED[verdict.relation])} "{title}"{by}'


def anew(row: FilingRow) -> str:
    """Why a revision of an article is filed as if it arrived only now."""
    if row.thin:
        before = "only a few lines"
    elif row.relation in COPIES:
        before = "a copy of another text"
    else:
        before = "another text"
    return f"judged anew, since its address held {before} before"


def joined(common: SharedFeatures, title: str, gap: timedelta, score: float, threshold: float) -> tuple[str, ...]:
    """Why an article is in the story, the strongest first; ``title`` is that of the nearest article in it."""
    said = []
    if common.quotes:
        said.append(f'same quote: "{_short(common.quotes[0])}"')
    if common.names:
        names = ", ".join(common.names[:SHOWN_NAMES])
        said.append(f'shares {_count(len(common.names), "name")} with "{title}": {names}')
    if common.figures:
        said.append(f"same figures: {', '.join(map(_figure, common.figures[:SHOWN_FIGURES]))}")
    if common.terms:
        said.append(f'has the words of "{title}": {", ".join(common.terms)}')
    said.append(when(gap))
    said.append(f"scores {score:.3f}, {threshold:.3f} needed")
    return tuple(said)


def apart(nearest: str | None, score: float, threshold: float, window: timedelta, *, vetoed: bool) -> tuple[str, ...]:
    """Why an article begins a story; ``nearest`` is the title of the nearest article there was, if any."""
    days = _count(window.days, "day") if window.days else duration(window)
    if nearest is None:
        return (f"no story of the last {days} has its words",)
    if vetoed:
        why = "but other phrases, names, figures or days, or the heading of a column: a different event"
        return (f'"{nearest}" has the same people and words (scores {score:.3f} of {threshold:.3f}), {why}',)
    return (f'no story of the last {days} comes near: the best, "{nearest}", scores {score:.3f} of {threshold:.3f}',)


def without(told: Iterable[str], titles: Iterable[str]) -> tuple[str, ...]:
    """Sentences of these without the titles of an article that was taken out."""
    kept = tuple(told)
    for title in titles:
        kept = tuple(one.replace(f'"{title}"', REMOVED) for one in kept)
    return kept


def with_title(told: Iterable[str], title: str) -> tuple[str, ...]:
    """Sentences from which the title of an article was taken by mistake, with it again."""
    return tuple(one.replace(REMOVED, f'"{title}"') for one in told)


def _figure(figure: str) -> str:
    """A figure as people write it: "1.4 million EUR" for "1400000 eur", "9 March" for "--03-09"."""
    if _DAY.fullmatch(figure):
        return f"{int(figure[5:])} {_MONTHS[int(figure[2:4]) - 1]}"
    amount, _, unit = figure.partition(" ")
    written = amount
    if amount.isascii() and amount.isdigit() and len(amount) <= MOST_DIGITS:
        size, name = next(((size, name) for size, name in _SIZES if int(amount) >= size), (1, ""))
        share = Decimal(amount) / size
        written = f"{share.normalize():f}{name}" if share == round(share, 1) and name else f"{int(amount):,}"
    return f"{written} {unit.upper() if len(unit) == _CURRENCY_CODE else unit}".strip()


def when(gap: timedelta) -> str:
    """How an arrival lies to the story's articles; a negative ``gap`` is before its first."""
    if gap == timedelta(0):
        return "arrived while the story's articles did"
    if gap < timedelta(0):
        return f"{duration(-gap)} before the story's first article"
    return f"{duration(gap)} after the story's latest article"


def duration(time: timedelta) -> str:
    """A length of time in its largest whole unit: "50 s", "12 min", "2 h", "3 days"."""
    seconds = time.total_seconds()
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 86_400:
        return f"{seconds / 3600:.0f} h"
    return _count(round(seconds / 86_400), "day")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_QUOTE else f"{text[:SHOWN_QUOTE].rsplit(' ', 1)[0]}…"
