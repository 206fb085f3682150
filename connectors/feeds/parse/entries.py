"""The items of a feed -> entries for the watcher: identified, attributed to a publisher, with bounded text."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

import html_text

from connectors.feeds.parse.items import FeedItem, FeedItems
from connectors.http.net import check_url
from streams.cleaning.when import feed_dates
from streams.contract.errors import UsageError
from streams.contract.messages import SenderFields, digest
from streams.contract.urls import canonical

MAX_FEED_BYTES = 5_000_000  # news feeds are under 1 MB; parsing takes 1.3 ms an entry
MAX_TEXT = 200_000  # characters of a feed's own text; a longer body of an article would be refused
CUT = "[…]"  # at the end of a text that was longer
MAX_MARKUP = 2_000_000  # characters of HTML from which text is extracted; an entry may be as long as the feed
MAX_TAIL_WORDS = 6  # of a publisher's name after the last dash of a title
_TAIL = re.compile(r"^(.*\S)\s+[-–—|]\s+(\S[^–—|]*)$", re.DOTALL)
_TIME_OF_DAY = re.compile(r"(?<!\d)(?!00:00:00)\d\d:\d\d:\d\d")
_AGGREGATOR_ENTRIES = 3  # a feed is an aggregator's when so many titles all end in one of several names


@dataclass(frozen=True)
class FeedEntry:
    """One entry. Each of its ``marks`` identifies it among the entries of its feed, across polls.

    ``publisher_url`` and ``aggregated``: the link is an aggregator's and does not tell the publisher.
    """

    marks: tuple[str, ...]
    url: str | None
    text: str | None  # the full text, if the feed carries it
    given: SenderFields
    dated: datetime | None = None  # when it was published; None if that cannot be read
    aggregated: bool = False
    publisher_url: str | None = None


def make_mark(*parts: str) -> str:
    """A mark: 64 bits are enough, since a feed that makes two alike harms only itself."""
    return digest(*parts)[:16]


@dataclass(frozen=True)
class SitemapLink:
    """A sitemap that an index names. ``dated``: when it was last changed; None if that is not said."""

    url: str
    dated: datetime | None = None


@dataclass(frozen=True)
class ParsedFeed:
    """A feed, entries in their order, usually newest first. ``whole`` is False for a truncated or malformed one.

    A sitemap is a feed without texts, an index of sitemaps one that names ``sitemaps`` in place of entries.
    """

    title: str | None
    entries: tuple[FeedEntry, ...]
    left_out: int  # entries beyond the limit
    whole: bool
    ttl_seconds: float | None
    unreadable: int = 0  # entries that could not be read
    kind: Literal["feed", "sitemap", "index"] = "feed"
    sitemaps: tuple[SitemapLink, ...] = ()
    skip_hours: tuple[int, ...] = ()  # of the day, in UTC
    skip_days: tuple[int, ...] = ()  # Monday is 0
    earlier: str | None = None  # address of a page with earlier entries


def to_parsed_feed(found: FeedItems) -> ParsedFeed:
    """The feed with each entry once."""
    title = _plain(found.title or "") or None
    items = [_to_plain_text(item) for item in found.items]
    names = _names_behind_titles(items)
    shared = _shared(items)
    entries: dict[tuple[str, ...], FeedEntry] = {}
    for item in items:
        marks = tuple(mark for mark in _marks(item) if mark not in shared) or (make_mark(*_facts(item)),)
        entries.setdefault(marks, _entry(item, marks, names.get(item.title), title, found.language))
    return ParsedFeed(
        title,
        tuple(entries.values()),
        found.left_out,
        found.whole,
        found.ttl_seconds,
        found.unreadable,
        skip_hours=found.skip_hours,
        skip_days=found.skip_days,
        earlier=_http_url(found.earlier),
    )


# --- marks --------------------------------------------------------------------------------------------------------


def _facts(item: FeedItem) -> tuple[str, str, str]:
    """Id, link and headline; the text in place of a missing headline. Parameters that count clicks are left out."""
    headline = item.title or item.summary or item.content or item.text
    return _without_tracking(item.id), _without_tracking(item.link), headline


def _without_tracking(address: str) -> str:
    """The address as it is, or, if it has parameters, its canonical form: some feeds count each poll in them."""
    if "?" not in address:
        return address
    base, sign, fragment = address.partition("#")
    return f"{canonical(base) or base}{sign}{fragment}"


def _marks(item: FeedItem) -> list[str]:
    """A mark for each pair of id, link and headline: two equal ones make it the same entry.

    One alone does not, since some feeds have a constant id or link, or ids that are positions, and headlines recur. It
    counts where it is the only one. Without an id a headline and its second of publication do, since links may be made
    anew for each poll.
    """
    guid, link, headline = _facts(item)
    present = [(name, value) for name, value in (("id", guid), ("link", link), ("title", headline)) if value]
    if not headline or len(present) == 1:
        return [make_mark(name, value) for name, value in present]
    pairs = [(*first, *second) for at, first in enumerate(present) for second in present[at + 1 :]]
    if not guid and (date := next(filter(_TIME_OF_DAY.search, item.dates), "")):
        pairs.append(("title", headline, "date", date))
    return [make_mark(*pair) for pair in pairs]


def _shared(items: list[FeedItem]) -> set[str]:
    """Marks that several entries of one feed share, and which therefore identify none of them."""
    owners: dict[str, set[tuple[str, str, str]]] = {}
    for item in items:
        for mark in _marks(item):
            owners.setdefault(mark, set()).add(_facts(item))
    return {mark for mark, facts in owners.items() if len(facts) > 1}


# --- publishers ---------------------------------------------------------------------------------------------------


def _names_behind_titles(items: list[FeedItem]) -> dict[str, str]:
    """Title -> the publisher after its last dash, where all titles of a feed have one and they differ."""
    tails = {item.title: found[2] for item in items if (found := _TAIL.match(item.title))}
    names = Counter(tails.values())
    hosts = {_host(item.link) for item in items}
    short = all(len(name.split()) <= MAX_TAIL_WORDS for name in names)
    if len(items) < _AGGREGATOR_ENTRIES or len(tails) < len({item.title for item in items}) or len(hosts) != 1:
        return {}
    return tails if short and 1 < len(names) < len(items) else {}


def _entry(
    item: FeedItem, marks: tuple[str, ...], tail: str | None, feed_title: str | None, language: str | None
) -> FeedEntry:
    url = _http_url(item.link)
    publisher_url = _http_url(item.source_url)
    name = item.source or tail or ""
    elsewhere = bool(publisher_url and url and not _same_site(publisher_url, url))
    aggregated = bool(url) and (elsewhere or bool(name and not item.source_url))
    title = _without_tail(item.title, name) if name else item.title
    summary = item.summary if not aggregated or not _repeats(item.summary, title, name) else ""
    return FeedEntry(
        marks=marks,
        url=url,
        text=_bounded(item.text) or None,
        given=SenderFields(
            title=title or None,
            summary=summary or None,
            authors=item.authors,
            # with a URL the publisher follows from it; the feed's title may be an aggregator's
            publisher=name or (None if url else feed_title),
            published=next(iter(item.dates), None),
            updated=next(iter(item.dates[1:]), None),
            language=item.language or language,
        ).bounded(),
        dated=_dated(item, language),
        aggregated=aggregated,
        publisher_url=publisher_url if elsewhere else None,
    )


def _without_tail(title: str, name: str) -> str:
    found = _TAIL.match(title)
    return found[1] if found and _letters(found[2]) == _letters(name) else title


def _repeats(summary: str, title: str, name: str) -> bool:
    """Whether a summary only repeats the headline, and the publisher."""
    return _letters(summary) in (_letters(title), _letters(title + name))


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _same_site(one: str, other: str) -> bool:
    first, second = _host(one), _host(other)
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _http_url(link: str) -> str | None:
    try:
        return str(check_url(link, allow_private=True)) if link else None
    except (UsageError, ValueError):  # ValueError: of a parser of host names
        return None


def _dated(item: FeedItem, language: str | None) -> datetime | None:
    readings = (feed_dates.parse(text, item.language or language or "en") for text in item.dates)
    return next((reading.moment.value for reading in readings if reading is not None), None)


# --- text ---------------------------------------------------------------------------------------------------------


def _to_plain_text(item: FeedItem) -> FeedItem:
    """The item with plain text in place of markup."""
    return replace(
        item,
        title=_plain(item.title),
        summary=_plain(item.summary),
        text=item.text.strip() or _markup_free(item.content),
        source=_plain(item.source),
        authors=_unique(_plain(author) for author in item.authors),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _plain(value: str) -> str:
    """Text without tags and entities, which feeds have in titles too."""
    return _markup_free(value) if "<" in value or "&" in value else value.strip()


def _markup_free(value: str) -> str:
    return str(html_text.extract_text(value[:MAX_MARKUP])).strip() if value.strip() else ""


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT].rsplit(maxsplit=1)[0]} {CUT}"
