"""A page's markup or text, and the time of its fetch -> when it was published and modified, each with its source.

An uncertain date is no date: every function here returns None rather than a guess, and a date found by a search of the
whole page counts only if the page writes that day in full.
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
from streams.cleaning.page.markup import Markup, Node, text_of, texts_of
from streams.cleaning.when import feed_dates
from streams.cleaning.when.parse import Moment, choose, is_plausible, parse_age, parse_machine_date, readings
from streams.contract.messages import ContentType, RawArticle, Timestamp

_META_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "article:published",
    "publish-date", "publishdate", "pubdate", "date.published", "dc.date.issued", "dcterms.created", "dc.date",
    "parsely-pub-date", "sailthru.date", "article.published", "cxenseparse:recs:publishtime", "publication_date",
    "date",
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
# NAME12012026000045017169ID111...: an agency's code with its date as day, month, year, then zeros and counters.
_SLUG = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,15}(\d{2})(\d{2})((?:19|20)\d{2})\d{4,}(?:ID\d+)?(?![A-Za-z0-9])")
_SLUG_YEAR_FIRST = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2,15}((?:19|20)\d{2})(\d{2})(\d{2})\d{4,}(?:ID\d+)?(?![A-Za-z0-9])"
)
_BY_TITLE = XPath("(//h1)[1]/following::*[position() <= 60][not(ancestor-or-self::a)]")
_AGO_CHARACTERS = 80  # a byline with its time; a sentence about three days ago is longer
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
_AROUND_YEAR = 45  # characters before and after it that contain its day and month
_VISIBLE = XPath("//text()[normalize-space()]", smart_strings=False)
_DATELINE_WORDS = 14  # a line with a date and little else dates the article; a longer one is about events
_LINE_CHARACTERS = 250  # labels are on short lines


@dataclass(frozen=True)
class ArticleDates:
    """When an article was published and modified; None where unknown."""

    published: Timestamp | None = None
    modified: Timestamp | None = None


def from_markup(
    markup: Markup, url: str | None, fetched: datetime, title: str = "", language: str = "en"
) -> ArticleDates:
    """The dates of a page: by JSON-LD and meta elements of its article, near its heading, in its address, by htmldate.

    ``title``: identifies the article's heading.
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
    values = [node.get(field) for node in nodes]
    seconds = [str(value) for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return [text for value in values for text in texts_of(value, "@value")] or seconds


def _meta(markup: Markup, holds: frozenset[_Element]) -> dict[str, str]:
    """The contents of meta elements by name, without those of microdata in comments and teasers."""
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
    """A date from year, month and day in the path; year and month alone are an archive's folder."""
    found = _FULL_PATH.search(urlsplit(url).path) if url else None
    parts = [part for part in found.groups() if part] if found else []
    moment = choose(readings("-".join(part.zfill(2) for part in parts)), fetched) if parts else None
    return _dated(moment, "url", 0.75) if moment else None


def _shown(heading: _Element, fetched: datetime, language: str, agreeing: AbstractSet[date]) -> Timestamp | None:
    """The first date below the heading, else directly above it, that is alone on its line: a ``time`` or a dateline.

    Lines of other stories, and those that say "updated", are ignored.
    """
    holds = article_scope.with_ancestors(heading)
    inside = frozenset(_INNER(heading))
    for near in (_BELOW(heading), _ABOVE(heading)):
        for element in near:
            if element.tag not in _LINES or element in inside or not _is_date_line(element, holds):
                continue
            moment = parse_machine_date(element.get("datetime") or "", fetched, language, agreeing)
            if moment is not None:
                return _dated(moment, "time", 0.9)
            line = " ".join(text_of(element).split())
            if _is_dateline(line):
                moment = choose(readings(line, language), fetched, agreeing)
                if moment is not None:
                    return _dated(moment, "text", 0.9 if _CREATED.search(line) else 0.7)
    return None


def _is_date_line(element: _Element, holds: frozenset[_Element]) -> bool:
    if any(parent.tag == "a" for parent in element.iterancestors()) or article_scope.is_outside(element, holds):
        return False
    # the text and names around a date say what it dates; a sentence that mentions a day does not date the page
    block = next(e for e in (element, *element.iterancestors()) if e.tag not in _INLINE)
    named = " ".join(element.get(name) or "" for name in ("class", "itemprop", "id"))
    if _OF_EVENT.search(named) or (_OF_CHANGE.search(named) and not _CREATED.search(text_of(element))):
        return False
    previous = element.getprevious()
    before = (element.getparent().text if previous is None else previous.tail) or ""
    if (
        block in holds or block.find(".//p") is not None
    ):  # a box of paragraphs: the line is the element and its neighbours
        line = f"{before} {text_of(element)} {element.tail or ''}"
    else:
        line = text_of(block)
    return len(line.split()) <= 3 * _DATELINE_WORDS and not _UPDATED.search(f"{before.strip()} 1")


def _searched(
    markup: Markup, fetched: datetime, title: str, language: str, agreeing: AbstractSet[date]
) -> Timestamp | None:
    """htmldate's first date in the article's part of the page, if a short line or an attribute there writes it in full.

    htmldate also makes dates of the year of a copyright line, of an archive's folder, and of ambiguous figures.
    """
    lean = article_scope.article_only(markup.tree, title)
    found = htmldate.find_date(
        lean, url=None, original_date=True, min_date=datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        max_date=fetched.replace(tzinfo=None),
    )  # fmt: skip
    candidate = parse_machine_date(found, fetched) if found else None
    if candidate is None:
        return None
    lines = [*_WRITTEN(lean), *(line for line in _VISIBLE(lean) if len(line) <= _LINE_CHARACTERS)]
    for line in lines:
        for year in _YEAR.finditer(line):
            piece = line[max(0, year.start() - _AROUND_YEAR) : year.end() + _AROUND_YEAR]
            moment = choose(readings(piece, language), fetched, agreeing) if _is_dateline(piece) else None
            if moment is not None and moment.day == candidate.day:
                return _dated(candidate, "htmldate", 0.5)
    return None


def _shown_ago(markup: Markup, fetched: datetime) -> Timestamp | None:
    """``3 hours ago`` on a short line directly below the heading; further down are the times of other stories."""
    lines = (" ".join(text_of(element).split()) for element in _BY_TITLE(markup.tree))
    span = next(
        (span for line in lines if len(line) <= _AGO_CHARACTERS and (span := parse_age(line)) is not None), None
    )
    return None if span is None else _before(fetched, span)


@dataclass(frozen=True)
class _DateLine:
    options: list[Moment]
    source: str
    confidence: float


def from_lines(
    above: Sequence[str], between: Sequence[str], below: Sequence[str], fetched: datetime, language: str
) -> ArticleDates:
    """The dates of a page as plain text, by the lines above its title, between title and body, and below the body.

    Labelled lines and agency codes count first, then "date ..." headers, then a bare date between title and body. A
    date without a label above the title is the page's clock, never the article's. Dates that disagree give none.
    """
    page = [*above, *between, *below]
    created = _labelled(page, _CREATED, language, "text", 0.9)
    codes = [_DateLine(options, "text", 0.9) for line in page for options in [_code(line)] if options]
    headers = [_DateLine(readings(line, language), "text", 0.8) for line in [*above, *between] if _LABELLED.match(line)]
    bare = [_DateLine(readings(line, language), "text", 0.7) for line in between if _is_dateline(line)]
    updated = _labelled(page, _UPDATED, language, "text", 0.8)
    known = {m.day for line in [*codes, *headers, *bare] if len(line.options) == 1 for m in line.options}
    published = None
    for lines in (created + codes, headers, bare):
        chosen = [(choose(line.options, fetched, known), line) for line in lines]
        found = [(moment, line) for moment, line in chosen if moment is not None]
        if found:
            published = _agreed(found)
            break
    if published is None:
        spans = [span for line in between if len(line) <= _LINE_CHARACTERS and (span := parse_age(line)) is not None]
        published = _before(fetched, spans[0]) if len(set(spans)) == 1 else None
    modified = next((m for line in updated for m in [choose(line.options, fetched, known)] if m), None)
    if published is None and modified and any(_UPDATED.search(line) for line in between):
        # the only date near the title: most news is modified on the day of its publication
        published = _dated(modified, "text", 0.5)
    return ArticleDates(published, _dated(modified, "text", 0.8) if modified else None)


def _before(fetched: datetime, span: timedelta) -> Timestamp:
    """The day ``span`` before the fetch; no time, since the page may count from its creation instead."""
    day = (fetched - span).replace(hour=0, minute=0, second=0, microsecond=0)
    return Timestamp(value=day, precision="day", source="text", confidence=0.6)


def _agreed(found: list[tuple[Moment, _DateLine]]) -> Timestamp | None:
    """The first date, if all name the same day, give or take one for time zones; else None."""
    moment, line = found[0]
    if any(abs((other.day - moment.day).days) > 1 for other, _ in found[1:]):
        return None
    return _dated(moment, line.source, line.confidence)


def _labelled(
    lines: Iterable[str], label: re.Pattern[str], language: str, source: str, confidence: float
) -> list[_DateLine]:
    dates = []
    for line in lines:
        found = label.search(line) if len(line) <= _LINE_CHARACTERS else None
        options = readings(line[found.end() :][:60], language) if found else []
        if options:
            dates.append(_DateLine(options, source, confidence))
    return dates


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
    """Whether a line is a date and little else, and does not say "updated"."""
    return len(line.split()) <= _DATELINE_WORDS and len(line) <= _LINE_CHARACTERS and not _UPDATED.search(line)


def from_sender(raw: RawArticle, language: str) -> Timestamp | None:
    """The sender's date: that of a feed's entry for a page, that of a message for a bare body.

    The date of modification is used, with less confidence, if the date of publication is unreadable. A day in an
    ambiguous time zone also gets less confidence.
    """
    source, confidence = ("sender", 0.9) if raw.form is ContentType.BODY else ("feed", 0.8)
    tongue = raw.given.language or language
    # a modification date in a usual form is better than a publication date in another calendar
    for parse in (_by_feed_rules, _by_page_rules):
        for text, share in ((raw.given.published, 1.0), (raw.given.updated, 0.75)):
            feed_date = parse(text, raw.fetched_at, tongue) if text else None
            if feed_date is not None:
                certainty = 1.0 if feed_date.unambiguous else 0.6
                return _dated(feed_date.moment, source, round(confidence * share * certainty, 2))
    return None


def _by_feed_rules(text: str, fetched: datetime, language: str) -> feed_dates.FeedDate | None:
    found = feed_dates.parse(text, language, fetched)
    return found if found is not None and is_plausible(found.moment.value, fetched) else None


def _by_page_rules(text: str, fetched: datetime, language: str) -> feed_dates.FeedDate | None:
    if feed_dates.parse(text, language, fetched) is not None:
        return None  # a readable but implausible date
    moment = parse_machine_date(text, fetched, language)
    return feed_dates.FeedDate(moment) if moment is not None else None


def _dated(moment: Moment, source: str, confidence: float) -> Timestamp:
    return Timestamp(value=moment.value, precision=moment.precision, source=source, confidence=confidence)
