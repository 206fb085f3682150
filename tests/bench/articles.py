"""Invented HTML pages, each of an outlet of its own, as input of the benchmarks.

Sentences are made of common English words around invented names, so that no two pages share text while a tagger and a
story finder have their usual work. The same seed gives the same pages, published an hour ago: old ones are no
live news.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from wordfreq import iter_wordlist

from streams.contract.messages import ContentType, RawArticle

TOPIC = "Varrick Reef"  # named by every page: what a query track follows
WORDS = 350  # mean of a page's body, about that of the wire articles that the methods were measured on
STORIES = 12  # how many events the pages are about
NAMES = ("Ruth Adair", "Gordon Pell", "Ailsa Brandreth", "Marian Teller", "Joren Halvik", "Peter Lorne")


def pages(count: int, *, seed: int = 1, stories: int = STORIES) -> Iterator[RawArticle]:
    """``count`` arrivals about so many ``stories`` in turn, fetched now."""
    chance = random.Random(seed)
    common = [word for word in islice(iter_wordlist("en"), 6000) if word.isalpha() and len(word) > 2]
    for number in range(count):
        story = number % stories
        own = random.Random(f"{seed} {story}")
        theme = own.sample(common[1500:], 25)
        now = datetime.now(UTC)
        published = (now - timedelta(hours=1)).isoformat(timespec="minutes")
        yield RawArticle.arrive(
            _page(number, published, chance, common, theme, own.sample(NAMES, 3)).encode(),
            ContentType.HTML,
            fetched_at=now,
            url=f"https://www.outlet{seed}-{number}.example/news/report-{number}.html",
            origin=f"page-{number}.html",
        )


def _page(
    number: int, published: str, chance: random.Random, common: list[str], theme: list[str], people: list[str]
) -> str:
    target = chance.randint(WORDS - 100, WORDS + 100)
    paragraphs: list[str] = []
    while sum(len(paragraph.split()) for paragraph in paragraphs) < target:
        sentences = [_sentence(chance, common, theme, people) for _ in range(chance.randint(2, 4))]
        if not paragraphs:
            sentences[0] = f"{TOPIC}: {sentences[0]}"
        paragraphs.append(" ".join(sentences))
    title = " ".join(chance.sample(theme, 6)).capitalize()
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    links = "".join(f'<li><a href="/s/{word}">{word.title()}</a></li>' for word in chance.sample(common, 30))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} | Outlet {number}</title>'
        f'<meta property="og:title" content="{title}"><meta property="og:site_name" content="Outlet {number}">'
        f'<meta property="article:published_time" content="{published}"></head>'
        f"<body><nav><ul>{links}</ul></nav><article><h1>{title}</h1>{body}</article>"
        f"<footer>Contact us · Privacy · © 2026 Outlet {number}</footer></body></html>"
    )


def _sentence(chance: random.Random, common: list[str], theme: list[str], people: list[str]) -> str:
    words = [chance.choice(theme) if chance.random() < 0.25 else chance.choice(common) for _ in range(14)]
    words[4] = chance.choice(people)
    words[9] = TOPIC if chance.random() < 0.3 else str(chance.randint(2, 900))
    return " ".join(words).capitalize().replace(words[4].capitalize(), words[4]) + "."
