"""Names of organisations in one article -> one canonical folded name for all spellings of each."""

import re
from collections.abc import Sequence
from functools import lru_cache

from streams.entities.canonical import fold, listed
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.words import SMALL
from streams.entities.resolve.people import Mention

ALIASES = {
    "eu": "european union", "ue": "european union", "union europeenne": "european union",
    "union europea": "european union", "europaische union": "european union", "bloc": "european union",
    "un": "united nations", "onu": "united nations", "uno": "united nations", "vereinte nationen": "united nations",
    "naciones unidas": "united nations", "nations unies": "united nations",
    "united nations organization": "united nations", "united nations organisation": "united nations",
    "north atlantic treaty organization": "nato", "north atlantic treaty organisation": "nato", "otan": "nato",
    "who": "world health organization", "world health organisation": "world health organization",
    "oms": "world health organization", "imf": "international monetary fund", "fmi": "international monetary fund",
    "wto": "world trade organization", "world trade organisation": "world trade organization",
    "au": "african union", "ua": "african union", "asean": "association of southeast asian nations",
    "icc": "international criminal court", "iaea": "international atomic energy agency",
    "unesco": "unesco", "unicef": "unicef", "opec": "opec", "ecb": "european central bank",
    "ezb": "european central bank", "bce": "european central bank",
    "fbi": "federal bureau of investigation", "cia": "central intelligence agency",
    "state department": "us state department", "department of state": "us state department",
    "us department of state": "us state department", "pentagon": "us defense department",
    "department of defense": "us defense department", "us department of defense": "us defense department",
    "defense department": "us defense department", "united states department of state": "us state department",
    "bbc": "bbc", "british broadcasting corporation": "bbc", "ioc": "international olympic committee",
    "red cross": "red cross", "world bank group": "world bank", "oas": "organization of american states",
    "oea": "organization of american states", "us congress": "us congress",
}  # fmt: skip
TURNED = listed("ministry department university office bureau institute")
HEADS = TURNED - {"university", "institute"}  # of a government; its country comes first
AFFAIRS = re.compile(r"^(ministry|minister) of foreign affairs\b")
OF_EVERY_COUNTRY = listed(
    """ministry foreign defence defense interior finance health education justice trade agriculture energy parliament
    supreme constitutional court central bank army police senate congress navy air force national assembly department
    cabinet election electoral commission house representatives lower upper council agency security intelligence
    service armed forces federal prosecutor prosecutors office stock exchange football association federation
    state external home affairs economy environment transport labor labour culture tourism"""
)
COUNTRY_BEFORE = re.compile(r"(?:(\b[A-Z]\w+) )?(\b[A-Z][\w.]{0,40}?)(?:['’]s?)? $")
LONG_THEN_SHORT = re.compile(r"^\s*\(\s*([A-Z][A-Za-z&.]{1,9})\s*\)")
ACRONYM = re.compile(r"^[A-Z][A-Z&.]{1,7}s?$")
CACHED = 10_000  # names, which articles of one story repeat; 3 MB

Key = tuple[frozenset[str], str]  # words, and the country that qualifies them


def resolve(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Return the canonical name behind each mention, in the order given.

    Spellings with the same set of words are one organisation if their countries agree or one has none. An acronym
    stands for the name that the article gives it, or for a name of the article with these initials, and only within
    this article.
    """
    acronyms = _acronyms(text, mentions)
    names = [
        acronyms.get(mention.name.replace(".", ""), canonical(_with_country(text, mention))) for mention in mentions
    ]
    fullest: dict[frozenset[str], list[str]] = {}
    for name in names:
        known = fullest.setdefault(_key(name)[0], [])
        if name not in known:
            known.append(name)
    return [_join(name, fullest[_key(name)[0]]) for name in names]


def _with_country(text: str, mention: Mention) -> str:
    """Add the country of an organisation that every country has: "Mexico's Foreign Ministry" in full."""
    words = fold(mention.name).split()
    before = COUNTRY_BEFORE.search(text[max(0, mention.start - 40) : mention.start])
    if before and all(word in OF_EVERY_COUNTRY or word in SMALL for word in words):
        for written in (before.group(1) or "", before.group(2)):
            country = gazetteer.country_of(
                fold(f"{written} {before.group(2)}" if written != before.group(2) else written)
            )
            if country:
                return f"{country} {mention.name}"
    return mention.name


@lru_cache(maxsize=CACHED)
def canonical(name: str) -> str:
    """Return the canonical name independent of the article: its alias, and "X Department" for "Department of X"."""
    folded = fold(name)
    if folded in ALIASES:
        return ALIASES[folded]
    folded = AFFAIRS.sub(r"foreign \1", folded)
    words = folded.split()
    if len(words) > 2 and words[0] in TURNED and words[1] == "of":
        folded = " ".join([*(w for w in words[2:] if w != "the"), words[0]])
    if not HEADS.isdisjoint(words):
        folded = _country_first(folded)
    return ALIASES.get(folded, folded)


def _country_first(folded: str) -> str:
    """Return "mexico foreign ministry" for "mexican foreign ministry" and "foreign ministry of mexico"."""
    rest, country = _qualifier(folded)
    words = [word for word in rest.split() if word != "of"]
    if not country or len(words) < 2:
        return folded
    return " ".join(["us" if country == "united states" else country, *words])


@lru_cache(maxsize=CACHED)
def _key(name: str) -> Key:
    rest, country = _qualifier(name)
    words = frozenset(word for word in rest.split() if word not in SMALL)
    return (words, country) if words else (frozenset(name.split()), "")


def _qualifier(name: str) -> tuple[str, str]:
    """Split off the country or demonym in a name, which gives that country ("bank of japan" -> "bank of", "japan")."""
    words = name.split()
    for count in (3, 2, 1):
        for i in range(len(words) - count + 1):
            country = gazetteer.country_of(" ".join(words[i : i + count]))
            if country:
                return " ".join(words[:i] + words[i + count :]), country
    return name, ""


def _join(name: str, known: Sequence[str]) -> str:
    """Return the fullest of the spellings that agree: one with a country before one without, then the first named."""
    own = _key(name)[1]
    if own:
        return next(other for other in known if _key(other)[1] == own)
    qualified = [other for other in known if _key(other)[1]]
    countries = {_key(other)[1] for other in qualified}
    return qualified[0] if len(countries) == 1 else next(other for other in known if not _key(other)[1])


def _acronyms(text: str, mentions: Sequence[Mention]) -> dict[str, str]:
    """Return the canonical name in this article for each acronym, as written without dots."""
    found: dict[str, str] = {}
    long_names = [m for m in mentions if len(fold(m.name).split()) > 1]
    for mention in long_names:
        explained = LONG_THEN_SHORT.match(text[mention.start + len(mention.name) :][:20])
        if explained:
            found.setdefault(explained.group(1).replace(".", ""), canonical(mention.name))
    initials: dict[str, str] = {}
    for mention in long_names:
        words = fold(mention.name).split()
        for chosen in (words, [w for w in words if w not in SMALL]):
            if len(chosen) > 1:
                initials.setdefault("".join(w[0] for w in chosen), canonical(mention.name))
    for mention in mentions:
        short = mention.name.replace(".", "")
        if ACRONYM.match(mention.name) and fold(short) not in ALIASES and fold(short) in initials:
            found.setdefault(short, initials[fold(short)])
    return found
