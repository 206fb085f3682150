"""A page's markup or text and the time of its fetch in, when it was published and changed out, with where that stands.

An uncertain date is no date: every reader here gives None rather than a guess.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import htmldate
from lxml.etree import XPath

from streams.cleaning import feed_dates
from streams.cleaning.calendar_text import Moment, choose, machine, plausible, readings
from streams.cleaning.clocks import ago
from streams.cleaning.markup import Markup, strings
from streams.messages import Dated, Form, RawArticle

_META_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "article:published",
    "publish-date", "publishdate", "pubdate", "date.published", "dc.date.issued", "dcterms.created", "dc.date",
    "parsely-pub-date", "sailthru.date", "article.published", "cxenseparse:recs:publishtime", "publication_date",
)  # fmt: skip
_META_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")

_CREATED = re.compile(
    r"\b(?:created|published|posted|first published|publish date|publié|veröffentlicht|erstellt|publicado|pubblicato|"
    r"gepubliceerd|opublikowano|опубликовано|yayınlan\w+|yayın tarihi|publicerad|publisert|julkaistu)\b"
    r"[^\d]{0,25}(?=\d|\w+ \d)",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"\b(?:updated|last modified|modified|mis à jour|aktualisiert|actualizado|aggiornato|bijgewerkt|atualizado|"
    r"обновлено|güncellen\w+|uppdaterad|oppdatert|päivitetty)\b[^\d]{0,25}(?=\d|\w+ \d)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"^\W*date\W{1,3}(?=\d)", re.IGNORECASE)
# NAME12012026000045017169ID111...: a sender's code, its date as day, month, year; the zeros and counters follow.
_SLUG = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,15}(\d{2})(\d{2})((?:19|20)\d{2})\d{4,}(?:ID\d+)?(?![A-Za-z0-9])")
_SLUG_YEAR_FIRST = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2,15}((?:19|20)\d{2})(\d{2})(\d{2})\d{4,}(?:ID\d+)?(?![A-Za-z0-9])"
)
_NEW_YEAR = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/.]?0?1[-/.]?0?1|0?1[-/.]0?1[-/.](?:19|20)\d\d)(?!\d)|"
    r"\b(?:0?1(?:st|er|º|\.)?\s+(?:de\s+)?(?:jan|jän|ene|gen|янв|sty|led|tammi|oca|sij|sau)|jan\w*\.?\s+0?1(?!\d))|"
    r"(?<!\d)0?1月0?1日",
    re.IGNORECASE,
)
_BY_TITLE = XPath("(//h1)[1]/following::*[position() <= 60][not(ancestor-or-self::a)]")
_AGO_CHARACTERS = 80  # a byline with its time; a sentence that tells of three days ago is longer
_MACHINE_READABLE = XPath("//@datetime | //@content", smart_strings=False)
_TEXT = XPath("string()", smart_strings=False)
_DATELINE_WORDS = 14  # a line with a date and little else stands for the article; a longer one tells of events
_LINE_CHARACTERS = 250  # labels stand on short lines


@dataclass(frozen=True)
class Times:
    published: Dated | None = None
    modified: Dated | None = None


def from_markup(markup: Markup, url: str | None, fetched: datetime) -> Times:
    """JSON-LD, then meta, then htmldate's first date (the order with the fewest errors on 59 labelled pages)."""
    modified = _first(_linked(markup, "dateModified"), fetched, "jsonld", 1.0) or _first(
        (markup.meta[name] for name in _META_MODIFIED if name in markup.meta), fetched, "meta", 0.95
    )
    published = _first(_linked(markup, "datePublished"), fetched, "jsonld", 1.0) or _first(
        (markup.meta[name] for name in _META_PUBLISHED if name in markup.meta), fetched, "meta", 0.95
    )
    return Times(published or _searched(markup, url, fetched) or _shown_ago(markup, fetched), modified)


def _linked(markup: Markup, field: str) -> list[str]:
    nodes = markup.articles or markup.nodes
    return [text for node in nodes for text in strings(node.get(field), "@value")]


def _first(texts: Iterable[str], fetched: datetime, source: str, confidence: float) -> Dated | None:
    for text in texts:
        moment = machine(text, fetched)
        if moment is not None:
            return _dated(moment, source, confidence)
    return None


def _searched(markup: Markup, url: str | None, fetched: datetime) -> Dated | None:
    found = htmldate.find_date(
        markup.tree, url=url, original_date=True, min_date=datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        max_date=fetched.replace(tzinfo=None),
    )  # fmt: skip
    moment = machine(found, fetched) if found else None
    if moment is None or (_is_new_year(moment) and not _says_new_year(markup, url)):
        return None
    return _dated(moment, "htmldate", 0.8)


def _is_new_year(moment: Moment) -> bool:
    """What a search gives that found a year and nothing else: a copyright line, a broken date."""
    return (moment.value.month, moment.value.day) == (1, 1)


def _says_new_year(markup: Markup, url: str | None) -> bool:
    places = (url or "", _TEXT(markup.tree), *_MACHINE_READABLE(markup.tree))
    return any(_NEW_YEAR.search(place) for place in places)


def _shown_ago(markup: Markup, fetched: datetime) -> Dated | None:
    """``3 hours ago`` on a short line right below the heading; further down stand the times of other stories."""
    lines = (" ".join(_TEXT(element).split()) for element in _BY_TITLE(markup.tree))
    span = next((span for line in lines if len(line) <= _AGO_CHARACTERS and (span := ago(line)) is not None), None)
    return None if span is None else _before(fetched, span)


@dataclass(frozen=True)
class _Sign:
    options: list[Moment]
    source: str
    confidence: float


def from_lines(
    above: Sequence[str], beside: Sequence[str], below: Sequence[str], fetched: datetime, language: str
) -> Times:
    """Dates of a plain text. ``above``: lines before its title, ``beside``: from the title to the body, ``below``.

    Labelled lines and codes count first, then "date ..." headers, then a bare date line beside the title. A date
    without a label above the title is the page's clock, never the article's. Signs that disagree give no date.
    """
    page = [*above, *beside, *below]
    created = _labelled(page, _CREATED, language, "text", 0.9)
    codes = [_Sign(options, "text", 0.9) for line in page for options in [_code(line)] if options]
    headers = [_Sign(readings(line, language), "text", 0.8) for line in [*above, *beside] if _LABELLED.match(line)]
    bare = [_Sign(readings(line, language), "text", 0.7) for line in beside if _is_dateline(line)]
    updated = _labelled(page, _UPDATED, language, "text", 0.8)
    known = {m.day for sign in [*codes, *headers, *bare] if len(sign.options) == 1 for m in sign.options}
    published = None
    for signs in (created + codes, headers, bare):
        chosen = [(choose(sign.options, fetched, known), sign) for sign in signs]
        found = [(moment, sign) for moment, sign in chosen if moment is not None]
        if found:
            published = _agreed(found)
            break
    if published is None:
        spans = [span for line in beside if len(line) <= _LINE_CHARACTERS and (span := ago(line)) is not None]
        published = _before(fetched, spans[0]) if len(set(spans)) == 1 else None
    modified = next((m for sign in updated for m in [choose(sign.options, fetched, known)] if m), None)
    if published is None and modified and any(_UPDATED.search(line) for line in beside):
        # the only date by the title: news is changed on its day, so this is the day of the article more often than not
        published = _dated(modified, "text", 0.5)
    return Times(published, _dated(modified, "text", 0.8) if modified else None)


def _before(fetched: datetime, span: timedelta) -> Dated:
    """A day and no time, since what the page counts from may be its making and not its fetch."""
    day = (fetched - span).replace(hour=0, minute=0, second=0, microsecond=0)
    return Dated(value=day, precision="day", source="text", confidence=0.6)


def _agreed(found: list[tuple[Moment, _Sign]]) -> Dated | None:
    """The first of signs that name the same day, give or take the one that time zones move."""
    moment, sign = found[0]
    if any(abs((other.day - moment.day).days) > 1 for other, _ in found[1:]):
        return None
    return _dated(moment, sign.source, sign.confidence)


def _labelled(
    lines: Iterable[str], label: re.Pattern[str], language: str, source: str, confidence: float
) -> list[_Sign]:
    signs = []
    for line in lines:
        found = label.search(line) if len(line) <= _LINE_CHARACTERS else None
        options = readings(line[found.end() :][:60], language) if found else []
        if options:
            signs.append(_Sign(options, source, confidence))
    return signs


def _code(line: str) -> list[Moment]:
    for pattern, order in ((_SLUG, (3, 2, 1)), (_SLUG_YEAR_FIRST, (1, 2, 3))):
        found = pattern.search(line)
        if found:
            try:
                return [Moment(datetime(*(int(found[i]) for i in order), tzinfo=UTC), "day")]  # type: ignore[arg-type, misc]
            except ValueError:
                continue
    return []


def _is_dateline(line: str) -> bool:
    """A date and little else; an "updated" line says something else."""
    return len(line.split()) <= _DATELINE_WORDS and len(line) <= _LINE_CHARACTERS and not _UPDATED.search(line)


def given(raw: RawArticle, language: str) -> Dated | None:
    """What the sender said: a feed's date for a page, the sender's own for a bare body.

    The date of a change serves where that of the publication cannot be read, with less confidence; and so does a day
    whose zone could be several.
    """
    source, confidence = ("sender", 0.9) if raw.form is Form.BODY else ("feed", 0.8)
    for text, share in ((raw.given.published, 1.0), (raw.given.updated, 0.75)):
        reading = _given(text, raw.fetched_at, raw.given.language or language) if text else None
        if reading is not None:
            return _dated(reading.moment, source, round(confidence * share * (1.0 if reading.sure else 0.6), 2))
    return None


def _given(text: str, fetched: datetime, language: str) -> feed_dates.Reading | None:
    reading = feed_dates.read(text, language, fetched)
    if reading is not None:
        return reading if plausible(reading.moment.value, fetched) else None
    moment = machine(text, fetched, language)
    return feed_dates.Reading(moment) if moment is not None else None


def _dated(moment: Moment, source: str, confidence: float) -> Dated:
    return Dated(value=moment.value, precision=moment.precision, source=source, confidence=confidence)
