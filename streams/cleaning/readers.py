"""Decoded content -> `Extracted`: one reader for HTML pages, one for pages as plain text, one for bare bodies."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import html_text

from streams.cleaning import title
from streams.cleaning.body import captions, extract, outline, text_body
from streams.cleaning.body.tidy import tidy
from streams.cleaning.page import article_kind, canonical_url, links, markup, metadata, rejections
from streams.cleaning.page.markup import Markup
from streams.cleaning.text import language
from streams.cleaning.text.characters import count_words, fix_text, fold, one_line
from streams.cleaning.text.phrases import ends_sentence
from streams.cleaning.when import dates
from streams.cleaning.who import authors, imprint, publisher
from streams.cleaning.who.registry import Registry
from streams.contract import urls
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import ContentType, Kind, Publisher, RawArticle

_TAGS = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_PAGE = re.compile(r"\A\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
HEADLINE_WORDS = 15  # a text of one line up to this length is a headline; a longer line is a paragraph
_PROSE_WORDS = 25  # a paragraph this long is prose even when it does not end like a sentence
_SENTENCE_WORDS = 5
_LINES_WORDS = 80  # in lines without any sentence; menus that are not links have fewer
_WRAPPED = range(45, 85)  # the widths that programs wrap text at, in characters


@dataclass(frozen=True)
class Extracted:
    """The fields that a reader found. The sender's fields may fill the empty ones."""

    title: str
    body: tuple[str, ...]  # paragraphs
    language: str
    summary: str | None = None
    url: str | None = None  # canonical
    publisher: Publisher | None = None
    authors: tuple[str, ...] = ()
    times: dates.ArticleDates = field(default_factory=dates.ArticleDates)
    links: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    kind: Kind = Kind.ARTICLE  # of the page as a whole
    paywalled: bool = False
    furniture: str = ""  # the page's text outside the article, searched for the phrases of a paywall
    is_article: bool = False  # the markup declares an article, so its title alone is a headline
    body_source: str = "page"  # as in `CleanArticle`


def read(content: str, raw: RawArticle, registry: Registry) -> Extracted:
    """Read ``content`` by the content type that the sender declared; what begins as an HTML page is always HTML.

    Raises `Rejected` when there is no article, `TooLarge` when a page exceeds its limits.
    """
    form = ContentType.HTML if _PAGE.match(content) else raw.form
    if form is not ContentType.HTML and len(content) > markup.MAX_CHARACTERS:
        raise TooLarge(f"{len(content):,} characters of text: over the limit of {markup.MAX_CHARACTERS:,} for a page")
    return _READERS[form](content, raw, registry)


def read_html(content: str, raw: RawArticle, registry: Registry) -> Extracted:
    """Read a page: metadata from its markup, the body as `extract` finds it, tidied."""
    rejection = rejections.redirect_rejection(raw.url, raw.landed)
    if rejection:
        raise Rejected(rejection)
    page = markup.parse(content)
    heading = title.from_markup(page, raw.url, one_line(raw.given.title))
    addresses = (page.canonical, page.meta.get("og:url"), *metadata.declared_addresses(page))
    url = canonical_url.choose(raw.url, *addresses, title=heading, landed=raw.landed)
    has_article = bool(page.articles) or page.meta.get("og:type", "").lower().endswith("article")
    if url and urls.is_root(url) and not has_article:
        raise Rejected("no article found: this is a site's front page")
    extracted = extract.extract_body(page, raw.url or url, heading)
    raw_body, body_source = extracted.paragraphs, extracted.source
    tongue = language.detect("\n".join(raw_body) or heading, *_hints(page.language, raw, url, registry))
    source = _page_publisher(page, url or canonical_url.site_address(*addresses), raw, registry, tongue)
    linked = links.texts(page.tree)
    people = authors.from_markup(
        page, publisher.site_names(source, page), registry.agency_names, raw.url or url, heading
    )
    names = [*people, *registry.agency_names]
    body = tidy(raw_body, title.candidates(page), tongue, names, frozenset(linked), captions.caption_texts(page.tree))
    if not _is_text(body) or links.is_mostly_links(linked, body):
        body = [p for p in extract.linked_data_body(page) if _is_prose(p)]
        body_source = "linked data"
    kind = article_kind.of_page(page, heading, body)
    return Extracted(
        title=heading,
        body=tuple(body),
        language=tongue,
        summary=page.meta.get("og:description") or page.meta.get("description"),
        url=url,
        publisher=source,
        authors=people,
        times=dates.from_markup(page, raw.url or url, raw.fetched_at, heading, tongue),
        links=links.addresses(page.tree, body, url),
        section=metadata.section(page),
        tags=metadata.tags(page),
        image=metadata.image(page, url),
        kind=kind,
        paywalled=article_kind.is_paywalled(page),
        furniture="\n".join(p for p in raw_body if p not in body),
        body_source=body_source,
        is_article=has_article and (bool(body) or kind is not Kind.LISTING),
    )


def _hints(tag: str | None, raw: RawArticle, url: str | None, registry: Registry) -> tuple[str | None, ...]:
    """The declared languages, most reliable first: the page's tag, the sender's, those of the publisher's country."""
    url = urls.canonical(url)
    entry = registry.find_by_url(url) if url else registry.find_by_name(raw.given.publisher or "")
    domain = urls.registered_domain(url) if url else None
    country = (entry.country if entry else None) or (publisher.country_of_domain(domain) if domain else None)
    return (tag, raw.given.language, *language.official_languages(country))


def _page_publisher(
    page: Markup, url: str | None, raw: RawArticle, registry: Registry, tongue: str
) -> Publisher | None:
    name = publisher.site_name(page)
    if url:
        found = _publisher_at(url, raw, registry, name, declared=not raw.url)
    else:
        found = publisher.by_name(name, registry, "page", 0.8)
    return publisher.with_country(publisher.with_owner(found, page), page, tongue)


def _publisher_at(
    url: str | None, raw: RawArticle, registry: Registry, *names: str, declared: bool = False
) -> Publisher | None:
    """The publisher at an address; ``names`` are what the page calls it."""
    if not url:
        return None
    return publisher.by_address(url, registry, *publisher.name_candidates(url, raw, *names), declared=declared)


def read_text(content: str, raw: RawArticle, registry: Registry) -> Extracted:
    """Read a page converted to plain text, menus included: the best run of lines, and the lines around it."""
    page = text_body.split_lines(fix_text(content))
    url = urls.canonical(raw.url)
    if len(page) == 1 and count_words(page[0]) <= HEADLINE_WORDS:
        return Extracted(
            title=page[0],
            body=(),
            language=language.detect(page[0], *_hints(None, raw, url, registry)),
            url=url,
            publisher=_publisher_at(url, raw, registry),
            is_article=True,
        )
    run = text_body.find_body(page)
    tongue = language.detect("\n".join(page[i] for i in run.body), *_hints(None, raw, raw.url, registry))
    parts = outline.read_outline(page, run, tongue, raw.given.title)
    people = authors.from_lines(parts.between, registry.agency_names)
    found = imprint.find_imprint(parts, registry)
    return Extracted(
        title=parts.title,
        body=tuple(tidy(parts.body, [parts.title], tongue, [*people, *registry.agency_names])),
        language=tongue,
        summary=parts.summary,
        url=url,
        publisher=_publisher_at(url, raw, registry, found.name if found else "")
        if url
        else publisher.from_imprint(found, registry),
        authors=people,
        times=dates.from_lines(parts.above, parts.between, parts.below, raw.fetched_at, tongue),
        furniture="\n".join((*parts.between, *parts.below)),
    )


def read_body(content: str, raw: RawArticle, registry: Registry) -> Extracted:
    """Read a body as its sender extracted it: paragraphs are only split and joined, and the title is the sender's."""
    if _TAGS.search(content):
        content = html_text.extract_text(content)
    paragraphs = _paragraphs(fix_text(content))
    only = paragraphs[0] if len(paragraphs) == 1 else ""
    given = one_line(raw.given.title)
    if only and (fold(only) == fold(given) or (not given and count_words(only) <= HEADLINE_WORDS)):
        paragraphs = []
    heading = given or only or _title_line(paragraphs)
    url = urls.canonical(raw.url)
    return Extracted(
        title=heading,
        body=tuple(paragraphs),
        language=language.detect("\n".join(paragraphs) or heading, *_hints(None, raw, url, registry)),
        url=url,
        publisher=_publisher_at(url, raw, registry),
        is_article=True,
    )


def _title_line(paragraphs: list[str]) -> str:
    """The title that a sender left in the body: a short first paragraph without a full stop."""
    first = paragraphs[0] if len(paragraphs) > 1 else ""
    return first if first and count_words(first) <= 2 * HEADLINE_WORDS and not ends_sentence(first) else ""


def _paragraphs(content: str) -> list[str]:
    """The lines of the text; a block between empty lines is one paragraph where its lines are hard-wrapped."""
    blocks = re.split(r"\n\s*\n", content.strip("\n"))
    paragraphs: list[str] = []
    for block in blocks:
        inner = [line for line in block.split("\n") if line]
        paragraphs.extend([" ".join(inner)] if _is_wrapped(inner) else inner)
    return paragraphs


def _is_wrapped(block: list[str]) -> bool:
    """Whether all lines but the last end near one width, and most of them in the middle of a sentence."""
    full = block[:-1]
    return (
        len(block) > 1
        and all(len(line) in _WRAPPED for line in full)
        and sum(ends_sentence(line) for line in full) <= len(full) / 2
    )


def _is_text(body: list[str]) -> bool:
    """Whether the body has a sentence, or a long run of lines without any, such as results or verses."""
    return any(map(_is_prose, body)) or sum(map(count_words, body)) >= _LINES_WORDS


def _is_prose(paragraph: str) -> bool:
    count = count_words(paragraph)
    return count >= _PROSE_WORDS or (count >= _SENTENCE_WORDS and ends_sentence(paragraph))


_READERS: Mapping[ContentType, Callable[[str, RawArticle, Registry], Extracted]] = {
    ContentType.HTML: read_html,
    ContentType.TEXT: read_text,
    ContentType.BODY: read_body,
}
