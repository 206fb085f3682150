"""The addresses that a page was fetched at and declares -> the one that is its own.

A site's template may declare one address on every page: the section's, ``index.html``, the first part's of a series, a
placeholder that nobody filled in. Believed, it would make all articles of the site revisions of one. So a declared
address counts only with evidence that it is this article's. Without it the fetched address counts, which does no harm:
the same text at two addresses of one publisher is found to be a copy, and a copy is no new source.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from streams.cleaning.text.characters import fold
from streams.contract.urls import (
    canonical,
    is_public,
    is_root,
    key,
    numbers,
    parameters,
    registered_domain,
    segment,
    tells,
    values,
)

_PLACEHOLDER = re.compile(
    r"[{}\[\]<>$]|%(?:7b|7d|5b|5d|3c|3e|24)|(?:^|[/=])(?:undefined|null|none|nan)(?:$|[/&.?#])", re.IGNORECASE
)
_SPELT = 3  # words of a last segment that all stand in the title: a chance of thousands
_ALL_SIGNS = 3  # `rel=canonical`, `og:url` and the JSON-LD of the article
_SLUG_WORDS = 2
_LONG_ENOUGH = 3  # letters: "a" stands in every title
_VIEWS = frozenset({"print", "amp", "amphtml", "full", "single", "mobile", "page"})
_SHORT_NUMBER = re.compile(r"(?:p|page|part)?-?\d{1,2}", re.IGNORECASE)
_LOCALE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2})?", re.IGNORECASE)
_LANGUAGE_NAMES = frozenset({"lang", "language", "locale", "hl"})


def choose(fetched: str | None, *declared: str | None, title: str = "") -> str | None:
    """The canonical address of a page that was fetched at ``fetched`` and declares ``declared``, the surest first.

    Beside a fetched address the first declared one counts that is on the same registered domain and has evidence (see
    `is_its_own`). Without one the first counts that tells an article by itself, or that all signs of the page agree on,
    unless the page declares addresses of several sites: then it is a copy, and which of them printed it is not known.
    """
    own = canonical(fetched)
    named = [
        address for text in declared if (address := canonical(text, base=own)) and not _PLACEHOLDER.search(address)
    ]
    if own is not None:
        return next((address for address in named if is_its_own(address, own, title)), own)
    named = [address for address in named if not is_root(address) and is_public(address)]
    if len({registered_domain(address) for address in named}) != 1:
        return None
    alone = next((address for address in named if _tells_alone(address, title)), None)
    return alone or next((address for address in named if _is_agreed(address, named)), None)


def _is_agreed(address: str, named: list[str]) -> bool:
    """Whether link, meta and linked data all name the address, and it ends in more than the one word of a section.

    A template that declares its section does so by one or two of them.
    """
    return (
        sum(key(address) == key(other) for other in named) >= _ALL_SIGNS
        and len(re.findall(r"[^\W_]+", segment(urlsplit(address).path))) >= _SLUG_WORDS
    )


def site(*declared: str | None) -> str | None:
    """Any address of the site that the declared ones agree on; it need not be the article's."""
    named = [address for text in declared if (address := canonical(text)) and is_public(address)]
    return named[0] if len({registered_domain(address) for address in named}) == 1 else None


def is_its_own(declared: str, fetched: str, title: str) -> bool:
    """Whether a canonical address that the page at ``fetched`` declares is that of this article.

    It is if it spells the title, has the last segment of the fetched one, or holds its number; never if it leaves out
    what alone tells which article it is (a date, the number in a parameter), or names another language.
    """
    if key(declared) == key(fetched):
        return True
    if is_root(declared) or registered_domain(declared) != registered_domain(fetched):
        return False
    mine, other = _segments(fetched), _segments(declared)
    if _has_digits(mine) and not (_has_digits(other) or values(declared)):
        return False  # a column's own address, for the one of a day
    if _spells(declared, title):
        return True
    if not other or _editions(fetched) - _editions(declared):
        return False
    if not any(tells(name) for name in mine[:1]):
        ids = values(fetched)
        if ids:
            return bool(ids & (_tokens(declared) | values(declared)))
        if parameters(fetched) - parameters(declared) and not any(_in_title(name, title) for name in mine[:1]):
            return False
    return mine[:1] == other[:1] or bool(_numbers(mine[:1]) & (_numbers(other[:1]) | values(declared)))


def _segments(url: str) -> list[str]:
    """The parts of path and route that name something, the last first; no index file, view or number of a page."""
    parts = urlsplit(url)
    named = [segment(part) for part in reversed(f"{parts.path}/{parts.fragment}".split("/"))]
    named = [name for name in named if name.strip("!") and name != "index"]
    while len(named) > 1 and (named[0] in _VIEWS or (_SHORT_NUMBER.fullmatch(named[0]) and _before(named))):
        named = named[1:]
    return named


def _before(named: list[str]) -> bool:
    """Whether what stands before the last segment tells the article, so that a number after it is that of a page."""
    return next((tells(name) for name in named[1:] if name not in _VIEWS), False)


def _has_digits(names: list[str]) -> bool:
    return any(character.isdigit() for name in names for character in name)


def _numbers(names: list[str]) -> set[str]:
    return {number for name in names for number in numbers(name)}


def _tokens(url: str) -> set[str]:
    """The last segment and its parts."""
    last = segment(urlsplit(url).path)
    return {last, *re.findall(r"[^\W_]+", last)}


def _spells(url: str, title: str) -> bool:
    """Whether the last segment is made of the title's words, in whatever order."""
    spelt = [word for word in fold(segment(urlsplit(url).path)).split() if not word.isdigit()]
    return len(spelt) >= _SPELT and set(spelt) <= set(fold(title).split())


def _tells_alone(url: str, title: str) -> bool:
    last = segment(urlsplit(url).path)
    return tells(last) or bool(values(url)) or _in_title(last, title)


def _in_title(name: str, title: str) -> bool:
    return len(name) >= _LONG_ENOUGH and set(fold(name).split()) <= set(fold(title).split())


def _editions(url: str) -> set[str]:
    """The languages or countries that an address names: a first label or segment of two letters, or a parameter."""
    parts = urlsplit(url)
    marks = [(parts.hostname or "").partition(".")[0], *parts.path.split("/")[1:2]]
    marks += [value for name, value in parse_qsl(parts.query) if name.casefold() in _LANGUAGE_NAMES]
    return {match[1].casefold() for mark in marks if (match := _LOCALE.fullmatch(mark))}
