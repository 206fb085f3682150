"""Labelled pages as `clean` reads them, as HTML and as text, with what a page states about itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

import html_text
import trafilatura
from lxml import etree
from lxml import html as lxml_html

from streams.cleaning import clean, warm
from streams.cleaning.page.decode import decode
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import CleanArticle, ContentType, RawArticle, SenderFields
from tests.quality import disguises
from tests.quality.data import Data

FETCHED = datetime(2026, 1, 13, tzinfo=UTC)  # when pages arrive that do not say it: a fixed day, later than all of them


@dataclass(frozen=True)
class Job:
    """One page to clean. ``fetched_at`` is what the labelled data say, else `FETCHED`."""

    data: Data
    folder: str
    name: str
    url: str
    fetched_at: datetime = FETCHED


@dataclass(frozen=True)
class Cleaned:
    """``page`` is what came of the HTML, ``texts`` of the two texts of it; a refusal stands there as its reason.

    ``plain`` is what the extractor alone takes for the body.
    ``site_names``: what the page's own markup calls its site and its publisher.
    """

    page: CleanArticle | str
    texts: tuple[CleanArticle | str, ...]
    site_names: tuple[str, ...]
    plain: str = ""


@dataclass(frozen=True)
class Disguise:
    """One page in other markup; ``gold`` is its body, ``worn`` the name of a disguise."""

    job: Job
    gold: str
    worn: str


def disguised(disguise: Disguise) -> tuple[str, CleanArticle | str, str] | None:
    """The page's name, what came of it, its gold; None where no element of the page holds the gold."""
    ready()
    job = disguise.job
    page = disguises.disguised(decode(job.data.page(job.folder, job.name)), disguise.gold, disguise.worn)
    if page is None:
        return None
    found = cleaned(page.encode(), ContentType.HTML, job.fetched_at, job.url)
    return f"{job.name.removesuffix('.html.gz')} {disguise.worn}", found, disguise.gold


def run(job: Job) -> Cleaned:
    """Clean one page in all its forms. Raises `UsageError` when a converter is not installed."""
    ready()
    content = job.data.page(job.folder, job.name)
    markup = decode(content)
    return Cleaned(
        page=cleaned(content, ContentType.HTML, job.fetched_at, job.url),
        texts=tuple(cleaned(text.encode(), ContentType.TEXT, job.fetched_at) for text in as_texts(markup)),
        site_names=tuple(dict.fromkeys(site_names(markup))),
        plain=trafilatura.extract(markup, url=job.url, include_comments=False) or "",
    )


@cache
def ready() -> None:
    warm()


def cleaned(
    content: bytes,
    form: ContentType | str,
    fetched_at: datetime,
    url: str | None = None,
    sender: Mapping[str, str] | None = None,
) -> CleanArticle | str:
    """As the pipeline does it: what arrives is packed, then cleaned; a refusal is its reason.

    ``form`` may be the value of a `ContentType`; ``sender`` holds fields of `SenderFields`.
    """
    try:
        given = SenderFields(**(sender or {}))  # type: ignore[arg-type]
        arrived = RawArticle.arrive(
            content, ContentType(form), url=url, fetched_at=fetched_at, received_at=fetched_at, given=given
        )
        return clean(arrived)
    except Rejected as reason:
        return str(reason)


def as_texts(markup: str) -> tuple[str, str]:
    """The whole page as text, menus and all, by two converters that lay it out differently."""
    try:
        inscriptis = import_module("inscriptis")
    except ImportError as error:
        raise UsageError(
            "inscriptis is not installed, which turns pages to text for the quality gate: make setup"
        ) from error
    try:
        return inscriptis.get_text(markup), html_text.extract_text(markup)
    except (etree.LxmlError, ValueError):  # neither reads what lxml does not: such a page has no text
        return "", ""


def site_names(markup: str) -> Iterator[str]:
    """The names in og:site_name and in the ``publisher`` of JSON-LD."""
    try:
        tree = lxml_html.document_fromstring(markup.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return
    yield from (name.strip() for name in tree.xpath('//meta[@property="og:site_name"]/@content'))
    for script in tree.xpath('//script[@type="application/ld+json"]/text()'):
        try:
            yield from _publishers(json.loads(script, strict=False))
        except (ValueError, RecursionError):
            continue


def _publishers(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _publishers(part)
    elif isinstance(value, dict):
        publisher = value.get("publisher")
        if isinstance(publisher, dict) and isinstance(publisher.get("name"), str):
            yield publisher["name"].strip()
        for part in value.values():
            yield from _publishers(part)
