"""An endless stream of invented arrivals from a seed: events in many outlets, with copies and revisions.

Each event has a place, people, figures and a quotation of its own, so that its reports meet in one story; each report
has its own wording beside them. Places come again, since tracks are made on them before anything happens.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from wordfreq import iter_wordlist

from tests.faults.places import PLACES

LANGUAGES = ("en", "de", "fr", "es", "it", "nl")  # a language is a partition of dedup and story: several owners
OUTLETS = 24  # enough for an event to find new sources until it ends
REPORTS = (4, 10)  # of an event
OPEN_EVENTS = 6  # told at the same time
COPIED = 0.15  # of the reports carry another outlet's text
REVISED = 0.12  # of the arrivals are an earlier article with another paragraph
WITHOUT_PLACE = 0.25  # of the reports do not name the place: their story may be followed from a later one on
PARAGRAPHS = (5, 8)
SENTENCE = (12, 18)
COMMON = 120  # words that every sentence is built on, so that its language can be told
WORDS = 6_000
FACTS = 9  # words of an event that its reports share in each sentence about it


@dataclass(frozen=True)
class Page:
    """One arrival before it is packed: the same ``url`` again is a revision."""

    url: str
    html: str
    name: str


@dataclass
class _Event:
    number: int
    language: str
    place: str
    people: list[str]
    theme: list[str]
    quote: str
    reports: int
    pages: list["_Report"] = field(default_factory=list)


@dataclass(frozen=True)
class _Report:
    outlet: int
    url: str
    title: str
    paragraphs: tuple[str, ...]
    name: str


def pages(seed: int) -> Iterator[Page]:
    """Never ends. The same seed gives the same pages, in the same order."""
    chance = random.Random(seed)
    events: list[_Event] = []
    numbers = iter(range(10**9))
    made = 0
    while True:
        while len(events) < OPEN_EVENTS:
            events.append(_event(chance, next(numbers), seed))
        event = chance.choice(events)
        if event.pages and chance.random() < REVISED:
            report = _revised(chance, event)
        else:
            report = _report(chance, event, made)
            made += 1
        yield Page(report.url, _html(event.language, report), report.name)
        if len(event.pages) >= event.reports:
            events.remove(event)


def _event(chance: random.Random, number: int, seed: int) -> _Event:
    language = chance.choice(LANGUAGES)
    own = random.Random(f"{seed} event {number}")
    words = _words(language)
    return _Event(
        number=number,
        language=language,
        place=own.choice(PLACES),
        people=[f"{own.choice(_FIRST)} {own.choice(_LAST)}" for _ in range(3)],
        theme=own.sample(words[800:], 24),
        quote=" ".join(own.sample(words[:1500], 14)),
        reports=own.randint(*REPORTS),
    )


def _report(chance: random.Random, event: _Event, number: int) -> _Report:
    taken = {page.outlet for page in event.pages}
    outlet = chance.choice([one for one in range(OUTLETS) if one not in taken])
    url = f"https://www.{_outlet(outlet)[1]}/news/{event.number}/report-{number}.html"
    name = f"event-{event.number}-report-{number}"
    if event.pages and chance.random() < COPIED:
        copied = chance.choice(event.pages)
        report = _Report(outlet, url, copied.title, copied.paragraphs, name)
    else:
        title = " ".join([event.place, *chance.sample(event.theme, 6)]).capitalize()
        count = chance.randint(*PARAGRAPHS)
        named = chance.random() >= WITHOUT_PLACE
        paragraphs = [_paragraph(chance, event, named=named) for _ in range(count)]
        paragraphs.insert(1, f"“{event.quote.capitalize()}”, {event.people[0]}.")
        report = _Report(
            outlet, url, title if named else title.replace(event.place, "").strip(), tuple(paragraphs), name
        )
    event.pages.append(report)
    return report


def _revised(chance: random.Random, event: _Event) -> _Report:
    place = chance.randrange(len(event.pages))
    old = event.pages[place]
    new = _Report(old.outlet, old.url, old.title, (*old.paragraphs, _paragraph(chance, event, named=True)), old.name)
    event.pages[place] = new
    return new


def _paragraph(chance: random.Random, event: _Event, *, named: bool) -> str:
    return " ".join(_sentence(chance, event, named=named) for _ in range(chance.randint(2, 3)))


def _sentence(chance: random.Random, event: _Event, *, named: bool) -> str:
    words = _words(event.language)
    length = chance.randint(*SENTENCE)
    sentence = [chance.choice(words[:COMMON]) if n % 2 else chance.choice(words) for n in range(length)]
    for spot in chance.sample(range(1, length), min(FACTS, length // 2)):
        sentence[spot] = chance.choice(event.theme)
    sentence[chance.randrange(2, length - 1)] = chance.choice(event.people)
    if named and chance.random() < 0.4:
        sentence[-1] = event.place
    text = " ".join(sentence)
    return f"{text[0].upper()}{text[1:]}."


def _html(language: str, report: _Report) -> str:
    name, _ = _outlet(report.outlet)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in report.paragraphs)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{report.title} | {name}</title>'
        f'<meta property="og:title" content="{report.title}"><meta property="og:site_name" content="{name}"></head>'
        f"<body><article><h1>{report.title}</h1>{body}</article><footer>© {name}</footer></body></html>"
    )


def _outlet(number: int) -> tuple[str, str]:
    """Name and domain."""
    town = PLACES[-1 - number]
    paper = ("Post", "Echo", "Ledger", "Courier")[number % 4]
    return f"{town} {paper}", f"{town.lower()}-{paper.lower()}.example"


@cache
def _words(language: str) -> list[str]:
    return [word for word in islice(iter_wordlist(language), WORDS) if word.isalpha() and len(word) > 1]


_FIRST = ("Ruth", "Gordon", "Ailsa", "Marian", "Joren", "Peter", "Odile", "Ines", "Tomas", "Ruben", "Marisol", "Hedda")
_LAST = ("Adair", "Pell", "Brandreth", "Teller", "Halvik", "Lorne", "Brandt", "Karvonen", "Abreu", "Halloway", "Quint")
