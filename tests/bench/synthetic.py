"""Articles of invented words, as the tagging stage sends them, at almost no cost.

What they are compared by is drawn, not measured: a theme for each story, common terms beside it, so that filing has its
usual work. The same seed gives the same articles.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

from streams.contract.messages import (
    CleanArticle,
    CopyVerdict,
    Entity,
    EntityType,
    Kind,
    Lane,
    Publisher,
    Relation,
    StoryFeatures,
    TaggedArticle,
    Timestamp,
    digest,
)
from streams.stories.similarity.features import OPENING_WORDS
from streams.stories.similarity.terms import stem
from streams.stories.similarity.vectors import Vector, term_id

WORDS = 350  # of a body, as the wire articles have that the methods were measured on
VOCABULARY = 60_000
COMMON = 40  # the first words of the vocabulary, which every text is full of
THEME = 30  # terms that the articles of one story share
OUTLETS = 500
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

_words = [f"{'bcdfghjklm'[n % 10]}{'aeiou'[n // 10 % 5]}{'nprstvz'[n // 50 % 7]}{n:x}" for n in range(VOCABULARY)]
_terms = [term_id(stem(word, "en")) for word in _words]
_zipf = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))


def tagged(count: int, *, stories: int, seed: int = 1, per_day: int = 100_000) -> Iterator[TaggedArticle]:
    """``count`` articles of ``stories`` stories, as they would arrive at ``per_day`` a day."""
    chance = random.Random(seed)
    for number in range(count):
        story = chance.randrange(stories)
        yield _article(number, story, chance, BEGIN + timedelta(days=number / per_day), seed)


def begun(count: int, *, seed: int = 1) -> Iterator[TaggedArticle]:
    """The first article of each of ``count`` stories, which those of `tagged` with the same seed have too."""
    chance = random.Random(seed)
    for number in range(count):
        yield _article(-1 - number, number, chance, BEGIN, seed)


def _article(number: int, story: int, chance: random.Random, at: datetime, seed: int) -> TaggedArticle:
    own = random.Random(f"{seed} {story}")
    theme = own.sample(range(1000, VOCABULARY), THEME)
    drawn = chance.choices(range(VOCABULARY), cum_weights=_zipf, k=WORDS)
    held = chance.sample(theme, 20) * 3 + [word for word in drawn if word >= COMMON]
    outlet = number % OUTLETS
    title = " ".join(_words[word] for word in chance.sample(theme, 6))
    body = "\n\n".join(" ".join(_words[word] for word in drawn[start : start + 50]) for start in range(0, WORDS, 50))
    key = digest("bench", str(seed), str(number))
    article = CleanArticle(
        id=key,
        revision=digest(title, body),
        arrival=key,
        origin=f"article-{number}",
        lane=Lane.LIVE,
        fetched_at=at,
        kind=Kind.ARTICLE,
        title=title,
        body=body,
        language="en",
        url=f"https://www.outlet{outlet}.example/{number}",
        publisher=Publisher(id=f"outlet{outlet}.example", name=f"Outlet {outlet}", domain=f"outlet{outlet}.example"),
        published=Timestamp(value=at, precision="second", source="meta"),
        words=WORDS,
        received_at=at,
    )
    return TaggedArticle(
        article=article,
        copy=CopyVerdict(relation=Relation.ORIGINAL, group=key),
        first_seen=at,
        entities=tuple(
            Entity(key=f"person:{_words[word]}", name=_words[word].title(), type=EntityType.PERSON)
            for word in chance.sample(theme, 8)
        ),
        numbers=(str(number), str(own.randrange(10_000))),
        measured=_measured(held, theme, chance, body, title),
    )


def _measured(held: list[int], theme: list[int], chance: random.Random, body: str, title: str) -> StoryFeatures:
    weights: dict[int, float] = {}
    for word in held:
        weights[_terms[word]] = weights.get(_terms[word], 0.0) + 1.0 + (word > 1000) * 4.0
    pairs = [hash((one, two)) & 0xFFFFFFFF for one, two in pairwise(held)]
    by_term = {_terms[word]: _words[word] for word in held}
    words = tuple(by_term[term] for term in sorted(by_term))
    return StoryFeatures(
        body=Vector.of(weights).pack(),
        title=Vector.of({_terms[word]: 5.0 for word in chance.sample(theme, 6)}).pack(),
        phrases=Vector.of(dict.fromkeys(pairs, 1.0)).pack(),
        prominent=Vector.of({_terms[word]: 0.5 for word in theme[:3]}, unit=False).pack(),
        weekdays=(1, 0, 0, 0, 0, 0, 0),
        length=len(held),
        words=words,
        opening=Vector.of({term: weights[term] for term in (_terms[word] for word in held[:OPENING_WORDS])}).pack(),
        terms=tuple(sorted({*words, *title.split(), *body.split()})),
    )
