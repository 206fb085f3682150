"""One JSON object of a sender -> the parts of a RawArticle, or one line on what is wrong with it.

`FIELDS` lists all names that are understood; other fields are ignored with a warning each.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import html_text
import msgspec

from connectors.files.given_dates import date_warnings
from connectors.files.marks import MARK
from connectors.http.net import check_url, shown
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import ContentType, Lane, RawArticle, SenderFields

# meaning -> names that senders use, the most specific first
FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "link", "uri"),
    "html": ("html", "raw_html"),
    "body": ("body", "text", "content", "maintext", "full_text"),
    "title": ("title", "headline"),
    "summary": ("summary", "description"),
    "published": ("published", "published_at", "publishedAt", "date_published", "date_publish", "pubDate", "date"),
    "authors": ("authors", "author", "byline"),
    "publisher": ("publisher", "source", "site", "source_name"),
    "language": ("language", "lang"),
    "labels": ("labels",),
    "fetched_at": ("fetched_at", "crawled_at", "crawled", "date_download"),
}
# further fields in a line of `storywatch export`, for people and other programs
EXPORTED = frozenset({MARK, "id", "publisher_id", "kind", "story", "first_seen", "relation", "new_source"})
_ID = re.compile(r"[0-9a-f]{32}")  # as `streams.contract.messages.digest` makes them
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9_-]{1,35})?|x-default")
NAME_FIELDS = ("name", "title")  # of an author or publisher that is an object itself
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # there was no web to fetch from before
CLOCK_SKEW = timedelta(minutes=5)  # clocks of two machines may differ by this much
MS_SINCE = 100_000_000_000  # a timestamp beyond this (year 5138 in seconds) counts milliseconds
_BLOCK_MARKUP = ("<p>", "<p ", "<br", "<div", "</p>")
_PAGE_MARKUP = ("<!doctype html", "<html", "<head>", "<body")
_MARKUP_WITHIN = 2_000  # characters in which a page or an article in HTML has its first tag


class BadField(Rejected):
    """A field without which the article cannot be used has a value that cannot be. ``field``: its name."""

    label = Rejected.__name__

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class ParsedObject:
    """The content of one object. ``content`` is UTF-8; ``warnings`` are lines on what was ignored."""

    content: bytes
    form: ContentType
    url: str | None
    fetched_at: datetime | None
    given: SenderFields
    warnings: tuple[str, ...] = ()


def read_object(line: bytes, *, now: datetime) -> ParsedObject:
    """The article that a JSON object holds.

    ``html`` gives a page; ``body``, ``text`` or ``content`` the body alone (its tags are removed); an object with only
    a title is a headline: its content is the title, as `ContentType.TEXT`. A field that is unknown, or whose value
    cannot be used, is ignored with a warning. Raises `Rejected` for what is not a JSON object or has no text, for a
    text field of another type, a URL that is not http(s), an impossible time of fetching, and an exported story, alert
    or hit.
    """
    try:
        decoded = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise Rejected(f"not JSON: {error}") from error
    except UnicodeDecodeError as error:
        raise Rejected("not JSON: the text is not UTF-8") from error
    except RecursionError as error:
        raise Rejected("not JSON of an article: nested too deep") from error
    if not isinstance(decoded, dict):
        raise Rejected(f"a JSON object was expected, this is {_kind(decoded)}")
    if decoded.get(MARK, "article") != "article":
        raise Rejected(
            f"this is of Storywatch itself (a {shown(str(decoded[MARK]))}), not an article with its text: "
            f"`storywatch export` writes those"
        )
    content, form = _content(decoded)
    warnings = _unknown_fields(decoded)
    given = SenderFields(
        title=_optional(lambda: _text(decoded, "title"), None, warnings),
        summary=_optional(lambda: _text(decoded, "summary"), None, warnings),
        authors=_optional(lambda: _names(decoded, "authors"), (), warnings),
        publisher=", ".join(_optional(lambda: _names(decoded, "publisher"), (), warnings)) or None,
        published=_optional(lambda: _published(decoded), None, warnings),
        language=_optional(lambda: _language(decoded), None, warnings),
        id=_exported_id(decoded),
        labels=_optional(lambda: _names(decoded, "labels"), (), warnings),
    )
    return ParsedObject(
        content.encode(), form, read_url(decoded), read_fetched_at(decoded, now), given, tuple(warnings)
    )


def read_article(
    line: bytes, *, now: datetime, lane: Lane, origin: str, fetched_at: datetime | None = None
) -> tuple[RawArticle, tuple[str, ...]]:
    """The arrival that a JSON object holds, and a line on each value of it that is ignored.

    ``fetched_at``: when it was fetched, unless it says so itself (default: now). Raises as `read_object` and
    `RawArticle.arrive`.
    """
    parsed = read_object(line, now=now)
    article = RawArticle.arrive(
        parsed.content,
        parsed.form,
        fetched_at=parsed.fetched_at or fetched_at or now,
        received_at=now,
        lane=lane,
        url=parsed.url,
        charset="utf-8",
        origin=origin,
        given=parsed.given,
    )
    return article, (*parsed.warnings, *date_warnings(article))


T = TypeVar("T")


def _optional(read: Callable[[], T], otherwise: T, warnings: list[str]) -> T:
    """An optional field; an invalid one is not worth losing the article."""
    try:
        return read()
    except Rejected as error:
        warnings.append(str(error))
        return otherwise


def _unknown_fields(fields: Mapping[str, Any]) -> list[str]:
    names = [alias for names in FIELDS.values() for alias in names]
    ours = EXPORTED if MARK in fields else frozenset[str]()
    warnings = []
    for name in fields:
        if name not in names and name not in ours:
            near = difflib.get_close_matches(name.lower(), [alias.lower() for alias in names], n=1, cutoff=0.8)
            meant = next((alias for alias in names if near and alias.lower() == near[0]), None)
            hint = f"did you mean {meant}?" if meant else "it is passed over"
            warnings.append(f"unknown field {shown(name)}: {hint}")
    return warnings


def _language(fields: Mapping[str, Any]) -> str | None:
    code = _text(fields, "language")
    if code is not None and not _LANGUAGE.fullmatch(code):
        raise Rejected(
            f"the field {_find(fields, 'language')[0]} is no language code such as en or pt-BR: {shown(code)}"
        )
    return code


def _exported_id(fields: Mapping[str, Any]) -> str | None:
    """The id of an exported article without an address; ids of other lines are not used."""
    own = fields.get("id") if MARK in fields else None
    return own if isinstance(own, str) and _ID.fullmatch(own) else None


def plain(markup: str) -> str:
    """The text of an HTML fragment, with an empty line between paragraphs; text without tags is unchanged."""
    start = markup[:_MARKUP_WITHIN].lower()
    if any(tag in start for tag in _BLOCK_MARKUP):
        return str(html_text.extract_text(markup)).strip()
    return markup.strip()


def check_fetched(moment: datetime, now: datetime) -> datetime:
    """The moment in UTC, which is also assumed without a zone. Raises `Rejected` before 1990 and in the future."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment > now + CLOCK_SKEW:
        raise Rejected(f"fetched_at {moment.isoformat()} is in the future")
    if moment < EARLIEST:
        raise Rejected(f"fetched_at {moment.isoformat()} is before {EARLIEST.year}")
    return moment


def _content(fields: Mapping[str, Any]) -> tuple[str, ContentType]:
    page = _text(fields, "html")
    if page:
        return page, ContentType.HTML
    body = _text(fields, "body")
    if body:
        if any(tag in body[:_MARKUP_WITHIN].lower() for tag in _PAGE_MARKUP):
            return body, ContentType.HTML
        return plain(body), ContentType.BODY
    title = _text(fields, "title")
    if title:
        return title, ContentType.TEXT
    wanted = ", ".join((*FIELDS["html"][:1], *FIELDS["body"][:3], *FIELDS["title"][:1]))
    raise Rejected(f"there is no text in it: none of the fields {wanted} is filled")


def _find(fields: Mapping[str, Any], wanted: str) -> tuple[str, Any]:
    """Name and value of the first filled field of that meaning; (wanted, None) without one."""
    for name in FIELDS[wanted]:
        value = fields.get(name)
        if value is not None and value != [] and not (isinstance(value, str) and not value.strip()):
            return name, value
    return wanted, None


def _text(fields: Mapping[str, Any], wanted: str) -> str | None:
    name, value = _find(fields, wanted)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadField(name, f"the field {name} is {_kind(value)}, text was expected")
    return value.strip()


def _names(fields: Mapping[str, Any], wanted: str) -> tuple[str, ...]:
    """Names in a text, an object with a name, or a list of either."""
    name, value = _find(fields, wanted)
    found = []
    for item in value if isinstance(value, list) else [value]:
        named = next((item[key] for key in NAME_FIELDS if item.get(key)), None) if isinstance(item, dict) else item
        if named is None:
            continue
        if not isinstance(named, str):
            raise BadField(name, f"the field {name} holds {_kind(named)}, names were expected")
        if named.strip():
            found.append(named.strip())
    return tuple(found)


def _published(fields: Mapping[str, Any]) -> str | None:
    name, value = _find(fields, "published")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_timestamp(name, value).isoformat()
    return _text(fields, "published")


def read_fetched_at(fields: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the article was fetched, if the fields say so. Raises `BadField`."""
    name, value = _find(fields, "fetched_at")
    if value is None:
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return check_fetched(_from_timestamp(name, value), now)
        text = _text(fields, "fetched_at") or ""
        return check_fetched(datetime.fromisoformat(text), now)
    except BadField:
        raise
    except Rejected as error:
        raise BadField(name, str(error)) from error
    except (ValueError, OverflowError) as error:
        raise BadField(name, f"the field {name} is not an ISO 8601 date: {shown(text)}") from error


def _from_timestamp(name: str, value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) > MS_SINCE else value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadField(name, f"the field {name} is not a time: {value}") from error


def read_url(fields: Mapping[str, Any]) -> str | None:
    """The address of the article, if the fields have one. Raises `BadField`."""
    url = _text(fields, "url")
    if url is None:
        return None
    try:
        check_url(url, allow_private=True)  # only the form matters: nothing is fetched from it
    except UsageError as error:
        raise BadField(_find(fields, "url")[0], str(error)) from error
    return url


def _kind(value: Any) -> str:
    """The JSON type of a value, in words."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
