"""The fetched address and the declared ones -> the canonical address of an article.

A site's template may declare the same address on every page: that of the section, ``index.html``, the first part of a
series, an unfilled placeholder. Trusting it would make all articles of the site revisions of one. So a declared address
counts only with evidence that it is this article's. Otherwise the fetched address counts, which does no harm: the same
text at two addresses of one publisher is found to be a copy, and a copy is not another source.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from streams.cleaning.text.characters import fold
from streams.contract.urls import (
    canonical,
    content_parameters,
    id_numbers,
    id_values,
    identifies_article,
    is_public,
    is_root,
    key,
    last_segment,
    registered_domain,
)

_PLACEHOLDER = re.compile(
    r"[{}\[\]<>$]|%(?:7b|7d|5b|5d|3c|3e|24)|(?:^|[/=])(?:undefined|null|none|nan)(?:$|[/&.?#])", re.IGNORECASE
)
_SLUG_IN_TITLE = 3  # words of a last segment that are all in the title: by chance once in thousands
_ALL_SOURCES = 3  # `rel=canonical`, `og:url` and the JSON-LD of the article
_SLUG_WORDS = 2
_MIN_LETTERS = 3  # "a" is in every title
_VIEWS = frozenset({"print", "amp", "amphtml", "full", "single", "mobile", "page"})
_SHORT_NUMBER = re.compile(r"(?:p|page|part)?-?\d{1,2}", re.IGNORECASE)
_LOCALE = re.compile(r"([a-z]{2})(?:[-_][a-z]{2})?", re.IGNORECASE)
_LANGUAGE_NAMES = frozenset({"lang", "language", "locale", "hl"})


def choose(fetched: str | None, *declared: str | None, title: str = "", landed: str | None = None) -> str | None:
    """The canonical address of a page fetched at ``fetched`` that declares ``declared``, most reliable first.

    With a fetched address, the first declared one on the same registered domain with evidence (`is_same_article`), else
    the fetched one. Where redirects of the site led to ``landed``, a declared address that equals it has evidence;
    ``landed`` counts by itself if it spells the title and the fetched one identifies nothing, as a link that counts
    clicks.

    Without a fetched address, the first declared one that identifies an article by itself or that all sources of the
    page agree on. None if the page declares addresses of several sites: then it is a copy, and which of them published
    it is unknown.
    """
    own = canonical(fetched)
    named = [
        address for text in declared if (address := canonical(text, base=own)) and not _PLACEHOLDER.search(address)
    ]
    if own is not None:
        there = _on_site(landed, own)
        ends = there and key(there)
        for address in named:
            if key(address) == ends or is_same_article(address, own, title):
                return address
        return there if there and not _identifies_alone(own, title) and _spells(there, title) else own
    named = [address for address in named if not is_root(address) and is_public(address)]
    if len({registered_domain(address) for address in named}) != 1:
        return None
    identifying = next((address for address in named if _identifies_alone(address, title)), None)
    return identifying or next((address for address in named if _is_agreed(address, named)), None)


def _on_site(landed: str | None, own: str) -> str | None:
    """The address to which redirects led, if it is a page of the same site other than its front page."""
    there = canonical(landed)
    if there is None or is_root(there) or registered_domain(there) != registered_domain(own):
        return None
    return there


def _is_agreed(address: str, named: list[str]) -> bool:
    """Whether link, meta and linked data all name the address, and its last segment has more than one word.

    A template that declares its section names it in one or two of them, and a section is one word.
    """
    return (
        sum(key(address) == key(other) for other in named) >= _ALL_SOURCES
        and len(re.findall(r"[^\W_]+", last_segment(urlsplit(address).path))) >= _SLUG_WORDS
    )


def site_address(*declared: str | None) -> str | None:
    """An address on the site that all declared addresses share; not necessarily the article's. None if they differ."""
    named = [address for text in declared if (address := canonical(text)) and is_public(address)]
    return named[0] if len({registered_domain(address) for address in named}) == 1 else None


def is_same_article(declared: str, fetched: str, title: str) -> bool:
    """Whether ``declared``, a canonical address on the page at ``fetched``, is the address of the same article.

    It is if it spells the title, has the last segment of the fetched one, or contains its number; never if it lacks
    the only part that identifies the article (a date, the number in a parameter), or names another language.
    """
    if key(declared) == key(fetched):
        return True
    if is_root(declared) or registered_domain(declared) != registered_domain(fetched):
        return False
    mine, other = _segments(fetched), _segments(declared)
    if _has_digits(mine) and not (_has_digits(other) or id_values(declared)):
        return False  # the address of a column, for its article of one day
    if _spells(declared, title):
        return True
    if not other or _editions(fetched) - _editions(declared):
        return False
    if not any(identifies_article(name) for name in mine[:1]):
        ids = id_values(fetched)
        if ids:
            return bool(ids & (_tokens(declared) | id_values(declared)))
        if content_parameters(fetched) - content_parameters(declared) and not any(
            _in_title(name, title) for name in mine[:1]
        ):
            return False
    return mine[:1] == other[:1] or bool(_numbers(mine[:1]) & (_numbers(other[:1]) | id_values(declared)))


def _segments(url: str) -> list[str]:
    """The segments of path and route, last first, without index files, views and page numbers."""
    parts = urlsplit(url)
    named = [last_segment(part) for part in reversed(f"{parts.path}/{parts.fragment}".split("/"))]
    named = [name for name in named if name.strip("!") and name != "index"]
    while len(named) > 1 and (named[0] in _VIEWS or (_SHORT_NUMBER.fullmatch(named[0]) and _is_page_number(named))):
        named = named[1:]
    return named


def _is_page_number(named: list[str]) -> bool:
    """Whether the segment before the last identifies the article, so that a number after it is a page number."""
    return next((identifies_article(name) for name in named[1:] if name not in _VIEWS), False)


def _has_digits(names: list[str]) -> bool:
    return any(character.isdigit() for name in names for character in name)


def _numbers(names: list[str]) -> set[str]:
    return {number for name in names for number in id_numbers(name)}


def _tokens(url: str) -> set[str]:
    """The last segment and its words."""
    last = last_segment(urlsplit(url).path)
    return {last, *re.findall(r"[^\W_]+", last)}


def _spells(url: str, title: str) -> bool:
    """Whether the last segment consists of the title's words, in any order."""
    spelt = [word for word in fold(last_segment(urlsplit(url).path)).split() if not word.isdigit()]
    return len(spelt) >= _SLUG_IN_TITLE and set(spelt) <= set(fold(title).split())


def _identifies_alone(url: str, title: str) -> bool:
    last = last_segment(urlsplit(url).path)
    return identifies_article(last) or bool(id_values(url)) or _in_title(last, title)


def _in_title(name: str, title: str) -> bool:
    return len(name) >= _MIN_LETTERS and set(fold(name).split()) <= set(fold(title).split())


def _editions(url: str) -> set[str]:
    """The language or country codes in an address: a two-letter first label or segment, or a parameter."""
    parts = urlsplit(url)
    marks = [(parts.hostname or "").partition(".")[0], *parts.path.split("/")[1:2]]
    marks += [value for name, value in parse_qsl(parts.query) if name.casefold() in _LANGUAGE_NAMES]
    return {match[1].casefold() for mark in marks if (match := _LOCALE.fullmatch(mark))}
