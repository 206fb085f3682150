"""Sentences that explain to a person why an article is in its story."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from streams.contract.messages import COPIES, CopyVerdict, Relation, TaggedArticle
from streams.stories.cluster import compared
from streams.stories.rows import FilingRow
from streams.stories.search import PROBABLE, StoryCandidate
from streams.stories.similarity.features import Features, ids_in
from streams.stories.similarity.pairs import evidence
from streams.stories.similarity.vectors import Vector

REMOVED = "an article that was removed"
SHOWN_NAMES = 5
SHOWN_TERMS = 8
SHOWN_FIGURES = 4
SHOWN_QUOTE = 80  # characters of a quote, enough to recognise it
_DAY = re.compile(r"--\d\d-\d\d")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SIZES = ((10**9, " billion"), (10**6, " million"))
MOST_DIGITS = 30  # longer figures are written without thousands separators
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
    """Return what ``tagged`` and the article of ``row`` have in common; terms come with the heaviest first."""
    there = {named.key for named in row.entities}
    return SharedFeatures(
        names=tuple(entity.name for entity in tagged.entities if entity.key in there),
        terms=_shared_terms(features, row),
        figures=_shared_texts(features.figures, row.figures),
        quotes=_shared_texts(features.quotes, row.quotes),
    )


def _shared_terms(features: Features, row: FilingRow) -> tuple[str, ...]:
    mine, other = (features.body, row.body) if row.body and len(features.body) else (features.title, row.title)
    weights = dict(Vector.unpack(other).items())
    products = {term: weight * weights[term] for term, weight in mine.items() if term in weights}
    best = sorted(products, key=lambda term: (-products[term], term))[:SHOWN_TERMS]
    return tuple(features.words[term] for term in best if term in features.words)


def _shared_texts(texts: Mapping[int, str], packed: bytes) -> tuple[str, ...]:
    there = ids_in(packed)
    return tuple(text for term, text in texts.items() if term in there)


def copied(verdict: CopyVerdict, title: str) -> str:
    """Explain why a copy is in the story of the article that it copies, whose title is ``title``."""
    by = f" by {verdict.of_publisher}" if verdict.of_publisher else ""
    return f'{_COPIED.get(verdict.of_text, _COPIED[verdict.relation])} "{title}"{by}'


def anew(row: FilingRow) -> str:
    """Explain why a revision of the article of ``row`` is filed as if it were a new article."""
    if row.thin:
        before = "only a few lines"
    elif row.relation in COPIES:
        before = "a copy of another text"
    else:
        before = "another text"
    return f"judged anew, since its address held {before} before"


def judged(features: Features, row: FilingRow, best: StoryCandidate) -> tuple[str, ...]:
    """Tell how an article scores beside a story, and what agrees and contradicts in its article of ``row``."""
    score, threshold = best.score, best.threshold
    if best.by_headline:
        likeness = f"{best.cosine:.2f} like the nearest headline, {best.cosine_needed:.2f} needed"
        return (f"scores {score:.3f}, {threshold:.3f} needed", likeness)
    needed = f", {threshold:.0%} needed after the days of silence" if threshold > PROBABLE else ""
    found = evidence(features.compared, compared(row))
    sentences = [f"{score:.0%} likely the same event{needed}".replace("%", " %")]
    if found.agreeing:
        sentences.append(f"agrees on {', '.join(found.agreeing)}")
    if found.contradicting:
        sentences.append(f"differs in {', '.join(found.contradicting)}")
    return tuple(sentences)


def joined(common: SharedFeatures, title: str, gap: timedelta, verdict: tuple[str, ...]) -> tuple[str, ...]:
    """Explain why an article is in a story, the strongest reason first. ``title``: of the nearest article in it.

    ``verdict``: the sentences of `judged`.
    """
    reasons = []
    if common.quotes:
        reasons.append(f'same quote: "{_short(common.quotes[0])}"')
    if common.names:
        names = ", ".join(common.names[:SHOWN_NAMES])
        reasons.append(f'shares {_count(len(common.names), "name")} with "{title}": {names}')
    if common.figures:
        reasons.append(f"same figures: {', '.join(shown_figures(common))}")
    if common.terms:
        reasons.append(f'has the words of "{title}": {", ".join(common.terms)}')
    reasons.append(when(gap))
    return (*reasons, *verdict)


def created(nearest: str | None, verdict: tuple[str, ...], window: timedelta, *, vetoed: bool) -> tuple[str, ...]:
    """Explain why an article begins a story. ``nearest``: the title of the nearest article of other stories, if any.

    ``verdict``: the sentences of `judged` for it.
    """
    days = _count(window.days, "day") if window.days else duration(window)
    if nearest is None:
        return (f"no story of the last {days} has its words",)
    if vetoed:
        why = "but other phrases, names, figures or days, or the heading of a column: a different event"
        return (f'"{nearest}" has the same people and words ({verdict[0]}), {why}', *verdict[1:])
    return (f'no story of the last {days} comes near: the best, "{nearest}": {verdict[0]}', *verdict[1:])


def without(sentences: Iterable[str], titles: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences without the titles of a removed article."""
    result = tuple(sentences)
    for title in titles:
        result = tuple(sentence.replace(f'"{title}"', REMOVED) for sentence in result)
    return result


def with_title(sentences: Iterable[str], title: str) -> tuple[str, ...]:
    """Return the sentences with a title back in them that `without` removed by mistake."""
    return tuple(sentence.replace(REMOVED, f'"{title}"') for sentence in sentences)


def shown_quotes(common: SharedFeatures) -> tuple[str, ...]:
    """Return the quotes that an article shares with its nearest one, shortened."""
    return tuple(map(_short, common.quotes[:SHOWN_FIGURES]))


def shown_figures(common: SharedFeatures) -> tuple[str, ...]:
    """Return the figures that an article shares with its nearest one, as people write them."""
    return tuple(map(_figure, common.figures[:SHOWN_FIGURES]))


def _figure(figure: str) -> str:
    """Format a figure as people write it: "1.4 million EUR" for "1400000 eur", "9 March" for "--03-09"."""
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
    """Describe when an article arrived relative to the story's articles; a negative ``gap``: before the first."""
    if gap == timedelta(0):
        return "arrived while the story's articles did"
    if gap < timedelta(0):
        return f"{duration(-gap)} before the story's first article"
    return f"{duration(gap)} after the story's latest article"


def duration(time: timedelta) -> str:
    """Format a length of time in its largest whole unit: "50 s", "12 min", "2 h", "3 days"."""
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
