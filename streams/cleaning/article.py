"""`RawArticle` -> `CleanArticle`, or an error that says why there is no article."""

from datetime import timedelta
from pathlib import Path

from streams.cleaning.page import article_kind, rejections
from streams.cleaning.page import decode as page
from streams.cleaning.readers import Extracted, read
from streams.cleaning.text import language, lengths, phrases
from streams.cleaning.text.characters import count_words, fix_text, fold, one_line
from streams.cleaning.title import from_body
from streams.cleaning.when import arrival_lane, dates
from streams.cleaning.when.parse import month_names
from streams.cleaning.who import bylines, publisher, registry
from streams.cleaning.who import credits as credited
from streams.cleaning.who.registry import Registry
from streams.contract import identity
from streams.contract.errors import Rejected, StorywatchError, TooLarge
from streams.contract.messages import CleanArticle, ContentType, Publisher, RawArticle, Timestamp
from streams.contract.urls import registered_domain

MAX_BODY_CHARACTERS = 250_000  # three bytes each still fit a Kafka message; the longest body seen has 80,000
_MAX_BODY_BYTES = 3 * MAX_BODY_CHARACTERS  # a letter of a rare script has four bytes
_MAX_TITLE_IN_BODY = 20_000  # characters of an overlong title that are put in front of the body
_MIN_HEADLINE_WORDS = 3
# The confidence of a body by its source. "wider": the extractors' first pass found next to nothing.
_CONFIDENCE = {"page": 1.0, "linked data": 0.8, "wider": 0.6, "state": 0.5}
_MIN_PUBLISHER_CONFIDENCE = 0.7  # below it, the sender's publisher outranks the one found in the text

_extra_publishers: list[Path | None] = [None]  # the user's publishers file of this process; set once, by `warm`


def warm(extra_publishers: Path | None = None) -> None:
    """Load models and tables (about a second) before the first article.

    ``extra_publishers`` is a user's YAML file with further publishers, in the format of `publishers.yaml`.
    Raises `UsageError`, which names the file and the entry, when it is invalid.
    """
    registry.load(extra_publishers)
    _extra_publishers[0] = extra_publishers
    language.warm()
    phrases.warm()
    month_names("en")
    publisher.country_of_domain("example.at")


def clean(raw: RawArticle, live: timedelta = arrival_lane.LIVE) -> CleanArticle:
    """Clean one arrival. Raises `Rejected` or `TooLarge`, each with a one-line reason, when there is no article.

    An article published more than ``live`` before it was fetched goes into the backfill lane.
    """
    known = registry.load(_extra_publishers[0])
    phrases.warm()  # outside the try: an error in our own tables must not look like bad input
    try:
        return _clean(raw, known, live)
    except (StorywatchError, MemoryError):  # exhausted memory ends this process, and the input is retried once
        raise
    except Exception as error:  # libraries parse untrusted bytes here; whatever they raise, this input is rejected
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
    _check(title, body, found, raw)
    body = _with_overlong_title(title, body)
    source = _publisher(found, raw, known)
    given_authors = bylines.parse_names(raw.given.authors, frozenset(map(fold, known.agency_names)))
    authors = (given_authors or found.authors) if raw.form is ContentType.BODY else (found.authors or given_authors)
    published = _more_confident(found.times.published, dates.from_sender(raw, found.language))
    day = (published.value if published else raw.fetched_at).date()
    by_url = identity.of_url(found.url) if found.url else None
    lane, why = arrival_lane.choose_lane(raw.lane, published, raw.fetched_at, live)
    article = CleanArticle(
        id=by_url or raw.given.id or identity.of_text(source.id if source else None, fold(title), body, day),
        revision=identity.revision(title, body),
        arrival=raw.id,
        origin=raw.origin,
        lane=lane,
        lane_reason=why,
        fetched_at=raw.fetched_at,
        received_at=raw.received_at,
        kind=article_kind.of_article(body, paywalled=found.paywalled, furniture=found.furniture, of_page=found.kind),
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
        labels=tuple(dict.fromkeys(filter(None, map(one_line, raw.given.labels)))),
        image=found.image,
        words=count_words(body) if body else count_words(title),
        credits=credited.agencies(body, authors, source.id if source else None, known),
        links=found.links,
    )
    return lengths.truncate_fields(article)


def _check(title: str, body: str, found: Extracted, raw: RawArticle) -> None:
    """Raise `TooLarge` or `Rejected` unless title and body make an article."""
    if len(body.encode()) > _MAX_BODY_BYTES:
        raise TooLarge(f"a body of {len(body.encode()):,} bytes: over the limit of {_MAX_BODY_BYTES:,} for an article")
    if len(body) > MAX_BODY_CHARACTERS:
        raise TooLarge(f"a body of {len(body):,} characters: over the limit of {MAX_BODY_CHARACTERS:,} for an article")
    rejection = None if raw.form is ContentType.BODY else rejections.content_rejection(title, body)
    if rejection:
        raise Rejected(rejection)
    if body:
        return
    if raw.form is not ContentType.BODY and not (found.is_article or raw.given.title):
        content = "a page of menus, links or scripts" if raw.form is ContentType.HTML else "lines of menus and links"
        raise Rejected(f"no article found: {content} without running text")
    if count_words(title) < _MIN_HEADLINE_WORDS:
        raise Rejected(f"no article found: no body, and fewer than {_MIN_HEADLINE_WORDS} words of a title")


def _with_overlong_title(title: str, body: str) -> str:
    """The body preceded by a title over the length limit, where there is room, so that all of the title is searched."""
    if len(title) <= lengths.TITLE:
        return body
    whole = f"{lengths.truncate(title, _MAX_TITLE_IN_BODY)}\n\n{body}".strip()
    return whole if len(whole) <= MAX_BODY_CHARACTERS and len(whole.encode()) <= _MAX_BODY_BYTES else body


def _publisher(found: Extracted, raw: RawArticle, known: Registry) -> Publisher | None:
    """The publisher that the content names, or the sender's.

    For a bare body or headline the sender's counts if it identifies an outlet; for a page, what the page itself says.
    """
    if raw.given.aggregated:
        return publisher.from_aggregator(raw.given.publisher_url, raw.given.publisher, known)
    given = publisher.by_name(raw.given.publisher or "", known, "sender", 0.9)
    from_content = found.publisher
    if given is None or from_content is None:
        return from_content or given
    if raw.form is ContentType.BODY or (raw.form is ContentType.TEXT and not found.body):
        # unless the sender names a registered outlet or another site, the address is the better id, and `by_address`
        # has taken the name from the sender
        return given if _identifies_outlet(one_line(raw.given.publisher), from_content, known) else from_content
    return from_content if from_content.confidence >= _MIN_PUBLISHER_CONFIDENCE else given


def _identifies_outlet(name: str, from_content: Publisher, known: Registry) -> bool:
    """Whether a sender's ``name`` identifies the publisher better than the address; that of a blog host does not."""
    entry, address = known.find_by_name(name), publisher.as_address(name)
    if entry is not None:
        return not entry.places
    return address is not None and registered_domain(address) != from_content.domain


def _more_confident(from_page: Timestamp | None, given: Timestamp | None) -> Timestamp | None:
    """The date with the higher confidence, so that a guess never outranks the sender's; the page's on a tie."""
    if from_page is None or given is None:
        return from_page or given
    return given if given.confidence > from_page.confidence else from_page


def _summary(found: Extracted, raw: RawArticle, title: str) -> str | None:
    summary = " ".join(fix_text(found.summary or raw.given.summary or "").split())
    return summary if summary and fold(summary) != fold(title) else None
