"""articles.raw -> articles.clean: one clean article, or the reason why there is none."""

from datetime import timedelta
from pathlib import Path

from streams.cleaning.found import Found
from streams.cleaning.page import decode as page
from streams.cleaning.page import kinds
from streams.cleaning.readers import read
from streams.cleaning.text import language, lengths, phrases, refusals
from streams.cleaning.text.characters import fold, mend, one_line, words
from streams.cleaning.title import from_body
from streams.cleaning.when import arrival_lane, dates
from streams.cleaning.when.calendar_text import months
from streams.cleaning.who import credits as credited
from streams.cleaning.who import names, publisher, registry
from streams.cleaning.who.registry import Registry
from streams.contract import identity
from streams.contract.errors import Rejected, StorywatchError, TooLarge
from streams.contract.messages import CleanArticle, ContentType, Publisher, RawArticle, Timestamp
from streams.contract.urls import registered_domain

MAX_BODY_CHARACTERS = 250_000  # three bytes each still fit a Kafka message; the longest body seen has 80,000
_MAX_BODY_BYTES = 3 * MAX_BODY_CHARACTERS  # a letter of a rare script has four
_WHOLE_TITLE = 20_000  # characters of an absurd title that go in front of the body
_MIN_HEADLINE_WORDS = 3
# Of a body by where it was found. "wider": the extractors' first pass found next to nothing.
_CONFIDENCE = {"page": 1.0, "linked data": 0.8, "wider": 0.6, "state": 0.5}
_SURE = 0.7  # below this, what the sender says of the publisher counts more than signs in the text

_extra_publishers: list[Path | None] = [None]  # which user registry this process reads; set once, by `warm`


def warm(extra_publishers: Path | None = None) -> None:
    """Load models and tables (about a second), so that the first article is not slow.

    ``extra_publishers`` is a user's YAML file with publishers of their own, in the form of `publishers.yaml`.
    Raises `UsageError`, naming file and entry, when it is wrong.
    """
    registry.load(extra_publishers)
    _extra_publishers[0] = extra_publishers
    language.warm()
    phrases.warm()
    months("en")
    publisher.country("example.at")


def clean(raw: RawArticle, live: timedelta = arrival_lane.LIVE) -> CleanArticle:
    """Clean one arrival. Raises `Rejected` (or `TooLarge`) with one line for a person when there is no article.

    What was published more than ``live`` before it was fetched goes into the backfill lane.
    """
    known = registry.load(_extra_publishers[0])
    phrases.warm()  # tables of ours that are broken must not look like bad input
    try:
        return _clean(raw, known, live)
    except (StorywatchError, MemoryError):  # exhausted memory ends this process, and the input is tried once more
        raise
    except Exception as error:  # libraries meet bytes of strangers here; whatever they raise, this input cannot pass
        detail = " ".join(str(error).split())[:200]
        raise Rejected(f"cannot be read: {type(error).__name__}: {detail}") from error


def _clean(raw: RawArticle, known: Registry, live: timedelta) -> CleanArticle:
    content = page.decode(raw.page(), raw.charset)
    found = read(content, raw, known)
    title = (
        (one_line(raw.given.title) if raw.form is ContentType.BODY else "") or found.title or one_line(raw.given.title)
    )
    body = "\n\n".join(found.body)
    title = title or from_body(found.body)
    _refuse_nothing(title, body, found, raw)
    body = _with_whole(title, body)
    source = _publisher(found, raw, known)
    given_authors = names.tidy(raw.given.authors, frozenset(map(fold, known.agency_names)))
    authors = (given_authors or found.authors) if raw.form is ContentType.BODY else (found.authors or given_authors)
    published = _surer(found.times.published, dates.given(raw, found.language))
    day = (published.value if published else raw.fetched_at).date()
    by_url = identity.of_url(found.url) if found.url else None
    lane, why = arrival_lane.lane(raw.lane, published, raw.fetched_at, live)
    article = CleanArticle(
        id=by_url or raw.given.id or identity.of_text(source.id if source else None, fold(title), body, day),
        revision=identity.revision(title, body),
        arrival=raw.id,
        origin=raw.origin,
        lane=lane,
        lane_reason=why,
        fetched_at=raw.fetched_at,
        received_at=raw.received_at,
        kind=kinds.kind(body, paywalled=found.paywalled, furniture=found.furniture, of_page=found.kind),
        title=title,
        body=body,
        body_source=found.body_source if body else "",
        body_confidence=_CONFIDENCE[found.body_source] if body else 0.0,
        language=found.language,
        url=found.url,
        fetched_url=raw.url,
        publisher=source,
        authors=authors,
        published=published,
        modified=found.times.modified,
        summary=_summary(found, raw, title),
        section=found.section,
        tags=found.tags,
        image=found.image,
        words=words(body) if body else words(title),
        credits=credited.agencies(body, authors, source.id if source else None, known),
        links=found.links,
    )
    return lengths.bounded(article)


def _refuse_nothing(title: str, body: str, found: Found, raw: RawArticle) -> None:
    if len(body.encode()) > _MAX_BODY_BYTES:
        raise TooLarge(f"a body of {len(body.encode()):,} bytes: over the limit of {_MAX_BODY_BYTES:,} for an article")
    if len(body) > MAX_BODY_CHARACTERS:
        raise TooLarge(f"a body of {len(body):,} characters: over the limit of {MAX_BODY_CHARACTERS:,} for an article")
    refused = None if raw.form is ContentType.BODY else refusals.reason(title, body)
    if refused:
        raise Rejected(refused)
    if body:
        return
    if raw.form is ContentType.HTML and not (found.is_article or raw.given.title):
        raise Rejected("no article found: a page of menus, links or scripts without running text")
    if raw.form is ContentType.TEXT and not (found.is_article or raw.given.title):
        raise Rejected("no article found: lines of menus and links without running text")
    if words(title) < _MIN_HEADLINE_WORDS:
        raise Rejected(f"no article found: no body, and fewer than {_MIN_HEADLINE_WORDS} words of a title")


def _with_whole(title: str, body: str) -> str:
    """The body, behind a title that is too long for its place: there it is searched whole, where there is room."""
    if len(title) <= lengths.TITLE:
        return body
    whole = f"{lengths.cut(title, _WHOLE_TITLE)}\n\n{body}".strip()
    return whole if len(whole) <= MAX_BODY_CHARACTERS and len(whole.encode()) <= _MAX_BODY_BYTES else body


def _publisher(found: Found, raw: RawArticle, known: Registry) -> Publisher | None:
    """Of a body or headline by itself the sender's word, if it says who it is; a page's own signs come first."""
    if raw.given.aggregated:
        return publisher.of_aggregated(raw.given.publisher_url, raw.given.publisher, known)
    given = publisher.by_name(raw.given.publisher or "", known, "sender", 0.9)
    own = found.publisher
    if given is None or own is None:
        return own or given
    if raw.form is ContentType.BODY or (raw.form is ContentType.TEXT and not found.body):
        # the sender names an outlet that the registry knows, or another site; else the address is the better id, and
        # at_address has the name
        return given if _is_said(one_line(raw.given.publisher), own, known) else own
    return own if own.confidence >= _SURE else given


def _is_said(name: str, own: Publisher, known: Registry) -> bool:
    """Whether a sender's ``name`` says who published it better than the address: not so the host of many authors."""
    entry, address = known.named(name), publisher.address_of(name)
    if entry is not None:
        return not entry.places
    return address is not None and registered_domain(address) != own.domain


def _surer(own: Timestamp | None, given: Timestamp | None) -> Timestamp | None:
    """A guess never outranks what the sender said; where both are as sure, the page counts."""
    if own is None or given is None:
        return own or given
    return given if given.confidence > own.confidence else own


def _summary(found: Found, raw: RawArticle, title: str) -> str | None:
    summary = " ".join(mend(found.summary or raw.given.summary or "").split())
    return summary if summary and fold(summary) != fold(title) else None
