"""A page's markup or text, and the time of its fetch -> when it was published and changed, with where that stands.

An uncertain date is no date: every reader here gives None rather than a guess, and what a search of the whole page
found counts only where the page writes that day in full.
"""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import htmldate
from lxml.etree import XPath, _Element

from streams.cleaning.page import article_scope
from streams.cleaning.page.markup import Markup, Node, texts_of
from streams.cleaning.when import feed_dates
from streams.cleaning.when.parse import Moment, choose, interpretations, is_plausible, parse_machine_date
from streams.cleaning.when.zones import parse_age
from streams.contract.messages import ContentType, RawArticle, Timestamp

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
_BY_TITLE = XPath("(//h1)[1]/following::*[position() <= 60][not(ancestor-or-self::a)]")
_AGO_CHARACTERS = 80  # a byline with its time; a sentence that tells of three days ago is longer
_WRITTEN = XPath("//@datetime | //@content | //@title | //@data-date | //@data-published", smart_strings=False)
_BELOW = XPath("following::*[position() <= 60]")
_ABOVE = XPath("preceding::*[position() <= 10]")
_INNER = XPath("descendant-or-self::*")
_LINES = frozenset(
    {"p", "div", "span", "li", "dd", "time", "small", "em", "i", "b", "strong", "address", "abbr", "header"}
)
_INLINE = frozenset({"span", "time", "em", "i", "b", "strong", "small", "abbr"})
_OF_CHANGE = re.compile(r"modif|updat|edited", re.IGNORECASE)
_OF_EVENT = re.compile(r"event|deadline|expire|birth|copyright", re.IGNORECASE)
_FULL_PATH = re.compile(
    r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)|[/-]((?:19|20)\d\d)(\d\d)(\d\d)(?=[/.-]|$)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_AROUND_YEAR = 45  # characters before and behind it in which its day and month stand
_TEXT = XPath("string()", smart_strings=False)
_SEEN = XPath("//text()[normalize-space()]", smart_strings=False)
_DATELINE_WORDS = 14  # a line with a date and little else stands for the article; a longer one tells of events
_LINE_CHARACTERS = 250  # labels stand on short lines


@dataclass(frozen=True)
class ArticleDates:
    published: Timestamp | None = None
    modified: Timestamp | None = None


def from_markup(
    markup: Markup, url: str | None, fetched: datetime, title: str = "", language: str = "en"
) -> ArticleDates:
    """JSON-LD and meta of the article itself, a date beside its heading, its address, then htmldate's first date.

    ``title``: by which the heading is known among others.
    """
    addressed = _in_address(url, fetched)
    heading = article_scope.find_heading(markup.tree, title)
    linked, meta = article_scope.dated_nodes(markup, url), _meta(markup, article_scope.with_ancestors(heading))
    modified = _first(_linked(linked, "dateModified"), fetched, "jsonld", 1.0) or _first(
        (meta[name] for name in _META_MODIFIED if name in meta), fetched, "meta", 0.95
    )
    agreeing = frozenset(dated.value.date() for dated in (modified, addressed) if dated)
    published = _first(_linked(linked, "datePublished"), fetched, "jsonld", 1.0, agreeing) or _first(
        (meta[name] for name in _META_PUBLISHED if name in meta), fetched, "meta", 0.95, agreeing
    )
    if published is None:
        published = (
            (_shown(heading, fetched, language, agreeing) if heading is not None else None)
            or addressed
            or _shown_ago(markup, fetched)
            or _searched(markup, fetched, title, language, agreeing)
        )
    return ArticleDates(published, modified)


def _linked(nodes: Iterable[Node], field: str) -> list[str]:
    return [text for node in nodes for text in texts_of(node.get(field), "@value")]


def _meta(markup: Markup, holds: frozenset[_Element]) -> dict[str, str]:
    """The meta elements that are not in a comment or a teaser: microdata puts some into each of them."""
    found: dict[str, str] = {}
    for element in markup.tree.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = (element.get("content") or "").strip()
        if name and content and not (element.get("itemprop") and article_scope.is_outside(element, holds)):
            found.setdefault(name, content)
    return found


def _first(
    texts: Iterable[str], fetched: datetime, source: str, confidence: float, agreeing: AbstractSet[date] = frozenset()
) -> Timestamp | None:
    for text in texts:
        moment = parse_machine_date(text[:_LINE_CHARACTERS], fetched, agreeing=agreeing)
        if moment is not None:
            return _dated(moment, source, confidence)
    return None


def _in_address(url: str | None, fetched: datetime) -> Timestamp | None:
    """Year, month and day in the path; year and month alone are an archive's folder."""
    found = _FULL_PATH.search(urlsplit(url).path) if url else None
    parts = [part for part in found.groups() if part] if found else []
    moment = choose(interpretations("-".join(part.zfill(2) for part in parts)), fetched) if parts else None
    return _dated(moment, "url", 0.75) if moment else None


def _shown(heading: _Element, fetched: datetime, language: str, agreeing: AbstractSet[date]) -> Timestamp | None:
    """The first date below the heading, else right above it, that stands alone on its line: a ``time``, or a dateline.

    Lines of other stories, and those that say "updated", tell nothing of it.
    """
    holds = article_scope.with_ancestors(heading)
    inside = frozenset(_INNER(heading))
    for near in (_BELOW(heading), _ABOVE(heading)):
        for element in near:
            if element.tag not in _LINES or element in inside or not _is_line(element, holds):
                continue
            moment = parse_machine_date(element.get("datetime") or "", fetched, language, agreeing)
            if moment is not None:
                return _dated(moment, "time", 0.9)
            line = " ".join(_TEXT(element).split())
            if _is_dateline(line):
                moment = choose(interpretations(line, language), fetched, agreeing)
                if moment is not None:
                    return _dated(moment, "text", 0.9 if _CREATED.search(line) else 0.7)
    return None


def _is_line(element: _Element, holds: frozenset[_Element]) -> bool:
    if any(parent.tag == "a" for parent in element.iterancestors()) or article_scope.is_outside(element, holds):
        return False
    # what stands before and around a date says of what it is one; a sentence that names a day says nothing of the page
    block = next(e for e in (element, *element.iterancestors()) if e.tag not in _INLINE)
    named = " ".join(element.get(name) or "" for name in ("class", "itemprop", "id"))
    if _OF_EVENT.search(named) or (_OF_CHANGE.search(named) and not _CREATED.search(_TEXT(element))):
        return False
    previous = element.getprevious()
    before = (element.getparent().text if previous is None else previous.tail) or ""
    return len(_TEXT(block).split()) <= 3 * _DATELINE_WORDS and not _UPDATED.search(f"{before.strip()} 1")


def _searched(
    markup: Markup, fetched: datetime, title: str, language: str, agreeing: AbstractSet[date]
) -> Timestamp | None:
    """htmldate's first date of what is the article's own, where a short line or an attribute there writes it in full.

    A search also makes days of the year of a copyright line, of an archive's folder, and of figures in doubt.
    """
    lean = article_scope.article_only(markup.tree, title)
    found = htmldate.find_date(
        lean, url=None, original_date=True, min_date=datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        max_date=fetched.replace(tzinfo=None),
    )  # fmt: skip
    wanted = parse_machine_date(found, fetched) if found else None
    if wanted is None:
        return None
    lines = [*_WRITTEN(lean), *(line for line in _SEEN(lean) if len(line) <= _LINE_CHARACTERS)]
    for line in lines:
        for year in _YEAR.finditer(line):
            piece = line[max(0, year.start() - _AROUND_YEAR) : year.end() + _AROUND_YEAR]
            moment = choose(interpretations(piece, language), fetched, agreeing) if _is_dateline(piece) else None
            if moment is not None and moment.day == wanted.day:
                return _dated(wanted, "htmldate", 0.5)
    return None


def _shown_ago(markup: Markup, fetched: datetime) -> Timestamp | None:
    """``3 hours ago`` on a short line right below the heading; further down stand the times of other stories."""
    lines = (" ".join(_TEXT(element).split()) for element in _BY_TITLE(markup.tree))
    span = next(
        (span for line in lines if len(line) <= _AGO_CHARACTERS and (span := parse_age(line)) is not None), None
    )
    return None if span is None else _before(fetched, span)


@dataclass(frozen=True)
class _Sign:
    options: list[Moment]
    source: str
    confidence: float


def from_lines(
    above: Sequence[str], beside: Sequence[str], below: Sequence[str], fetched: datetime, language: str
) -> ArticleDates:
    """Dates of a plain text. ``above``: lines before its title, ``beside``: from the title to the body, ``below``.

    Labelled lines and codes count first, then "date ..." headers, then a bare date line beside the title. A date
    without a label above the title is the page's clock, never the article's. Signs that disagree give no date.
    """
    page = [*above, *beside, *below]
    created = _labelled(page, _CREATED, language, "text", 0.9)
    codes = [_Sign(options, "text", 0.9) for line in page for options in [_code(line)] if options]
    headers = [
        _Sign(interpretations(line, language), "text", 0.8) for line in [*above, *beside] if _LABELLED.match(line)
    ]
    bare = [_Sign(interpretations(line, language), "text", 0.7) for line in beside if _is_dateline(line)]
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
        spans = [span for line in beside if len(line) <= _LINE_CHARACTERS and (span := parse_age(line)) is not None]
        published = _before(fetched, spans[0]) if len(set(spans)) == 1 else None
    modified = next((m for sign in updated for m in [choose(sign.options, fetched, known)] if m), None)
    if published is None and modified and any(_UPDATED.search(line) for line in beside):
        # the only date by the title: news is changed on its day, so this is the day of the article more often than not
        published = _dated(modified, "text", 0.5)
    return ArticleDates(published, _dated(modified, "text", 0.8) if modified else None)


def _before(fetched: datetime, span: timedelta) -> Timestamp:
    """A day and no time, since what the page counts from may be its making and not its fetch."""
    day = (fetched - span).replace(hour=0, minute=0, second=0, microsecond=0)
    return Timestamp(value=day, precision="day", source="text", confidence=0.6)


def _agreed(found: list[tuple[Moment, _Sign]]) -> Timestamp | None:
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
        options = interpretations(line[found.end() :][:60], language) if found else []
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


def from_sender(raw: RawArticle, language: str) -> Timestamp | None:
    """What the sender said: a feed's date for a page, the sender's own for a bare body.

    The date of a change serves where that of the publication cannot be read, with less confidence; and so does a day
    whose zone could be several.
    """
    source, confidence = ("sender", 0.9) if raw.form is ContentType.BODY else ("feed", 0.8)
    tongue = raw.given.language or language
    # a change in the usual form tells more than a publication in another calendar
    for read in (_usual, _unusual):
        for text, share in ((raw.given.published, 1.0), (raw.given.updated, 0.75)):
            reading = read(text, raw.fetched_at, tongue) if text else None
            if reading is not None:
                return _dated(reading.moment, source, round(confidence * share * (1.0 if reading.sure else 0.6), 2))
    return None


def _usual(text: str, fetched: datetime, language: str) -> feed_dates.FeedDate | None:
    reading = feed_dates.parse(text, language, fetched)
    return reading if reading is not None and is_plausible(reading.moment.value, fetched) else None


def _unusual(text: str, fetched: datetime, language: str) -> feed_dates.FeedDate | None:
    if feed_dates.parse(text, language, fetched) is not None:
        return None  # it was read, and cannot be
    moment = parse_machine_date(text, fetched, language)
    return feed_dates.FeedDate(moment) if moment is not None else None


def _dated(moment: Moment, source: str, confidence: float) -> Timestamp:
    return Timestamp(value=moment.value, precision=moment.precision, source=source, confidence=confidence)
