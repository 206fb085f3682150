"""The decoded text of an arrival in, what stands in it out: one reader for a page, one for its text, one for a body."""

import re
from collections.abc import Callable, Mapping

import html_text

from streams.cleaning import title
from streams.cleaning.body import extract, outline, pictures, plain
from streams.cleaning.body.tidy import tidy
from streams.cleaning.found import Found
from streams.cleaning.page import anchors, declared, kinds, labels, markup
from streams.cleaning.page.markup import Markup
from streams.cleaning.text import language, refusals
from streams.cleaning.text.characters import fold, mend, one_line, words
from streams.cleaning.text.phrases import ends_sentence
from streams.cleaning.when import dates
from streams.cleaning.who import people, publisher, signs
from streams.cleaning.who.registry import Registry
from streams.contract import urls
from streams.contract.errors import Rejected, TooLarge
from streams.contract.messages import ContentType, Kind, Publisher, RawArticle

_TAGS = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|h[1-6]|img|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
_PAGE = re.compile(r"\A\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
HEADLINE_WORDS = 15  # a text of one line up to this long is a headline; a longer line is a paragraph
_PROSE_WORDS = 25  # a paragraph this long is prose even when it does not end like a sentence
_SENTENCE_WORDS = 5
_LINES_WORDS = 80  # of lines without a sentence: menus that are no links have fewer
_WRAPPED = range(45, 85)  # the widths that programs wrap text at, in characters


def read_html(content: str, raw: RawArticle, registry: Registry) -> Found:
    """A page: fields from its markup, the body by `html`, tidied."""
    led_away = refusals.elsewhere(raw.url, raw.landed)
    if led_away:
        raise Rejected(led_away)
    page = markup.parse(content)
    heading = title.from_markup(page, raw.url, one_line(raw.given.title))
    addresses = (page.canonical, page.meta.get("og:url"), *labels.addresses(page))
    url = declared.choose(raw.url, *addresses, title=heading)
    has_article = bool(page.articles) or page.meta.get("og:type", "").lower().endswith("article")
    if url and urls.is_root(url) and not has_article:
        raise Rejected("no article found: this is a site's front page")
    found = extract.body(page, raw.url or url, heading)
    raw_body, body_source = found.paragraphs, found.source
    tongue = language.detect("\n".join(raw_body) or heading, *_hints(page.language, raw, url, registry))
    source = _of_page(page, url or declared.site(*addresses), raw, registry, tongue)
    linked = anchors.texts(page.tree)
    authors = people.from_markup(page, publisher.names(source, page), registry.agency_names, raw.url or url, heading)
    names = [*authors, *registry.agency_names]
    body = tidy(raw_body, title.names(page), tongue, names, frozenset(linked), pictures.captions(page.tree))
    if not _is_text(body) or anchors.is_only_links(linked, body):
        body = [p for p in extract.linked_body(page) if _is_prose(p)]
        body_source = "linked data"
    kind = kinds.of_page(page, heading, body)
    return Found(
        title=heading,
        body=tuple(body),
        language=tongue,
        summary=page.meta.get("og:description") or page.meta.get("description"),
        url=url,
        publisher=source,
        authors=authors,
        times=dates.from_markup(page, raw.url or url, raw.fetched_at, heading, tongue),
        links=anchors.addresses(page.tree, body, url),
        section=labels.section(page),
        tags=labels.tags(page),
        image=labels.image(page, url),
        kind=kind,
        paywalled=kinds.paywalled(page),
        furniture="\n".join(p for p in raw_body if p not in body),
        body_source=body_source,
        is_article=has_article and (bool(body) or kind is not Kind.LISTING),
    )


def _hints(tag: str | None, raw: RawArticle, url: str | None, registry: Registry) -> tuple[str | None, ...]:
    """What others say of the language, the surest first: the page's tag, the sender, the country of the publisher."""
    url = urls.canonical(url)
    entry = registry.at(url) if url else registry.named(raw.given.publisher or "")
    domain = urls.registered_domain(url) if url else None
    country = (entry.country if entry else None) or (publisher.country(domain) if domain else None)
    return (tag, raw.given.language, *language.of_country(country))


def _of_page(page: Markup, url: str | None, raw: RawArticle, registry: Registry, tongue: str) -> Publisher | None:
    name = publisher.site_name(page)
    if url:
        names = publisher.called(url, raw, name)
        found = publisher.at_address(url, registry, *names, declared=not raw.url)
    else:
        found = publisher.by_name(name, registry, "page", 0.8)
    return publisher.at_home(publisher.as_edition(found, page), page, tongue)


def read_text(content: str, raw: RawArticle, registry: Registry) -> Found:
    """The text of a page, menus and all: the best run of lines, and what stands around it."""
    page = plain.lines(mend(content))
    url = urls.canonical(raw.url)
    if len(page) == 1 and words(page[0]) <= HEADLINE_WORDS:
        return Found(
            title=page[0],
            body=(),
            language=language.detect(page[0], *_hints(None, raw, url, registry)),
            url=url,
            publisher=publisher.at_address(url, registry, *publisher.called(url, raw)) if url else None,
            is_article=True,
        )
    run = plain.find(page)
    tongue = language.detect("\n".join(page[i] for i in run.kept), *_hints(None, raw, raw.url, registry))
    parts = outline.read(page, run, tongue, raw.given.title)
    authors = people.from_lines(parts.beside, registry.agency_names)
    signed = signs.publisher(parts, registry)
    return Found(
        title=parts.title,
        body=tuple(tidy(parts.body, [parts.title], tongue, [*authors, *registry.agency_names])),
        language=tongue,
        summary=parts.summary,
        url=url,
        publisher=publisher.at_address(url, registry, *publisher.called(url, raw, signed.name if signed else ""))
        if url
        else publisher.from_signs(signed, registry),
        authors=authors,
        times=dates.from_lines(parts.above, parts.beside, parts.below, raw.fetched_at, tongue),
        furniture="\n".join((*parts.beside, *parts.below)),
    )


def read_body(content: str, raw: RawArticle, registry: Registry) -> Found:
    """An article's own text, as its sender gave it: only put in order. Its title is the sender's."""
    if _TAGS.search(content):
        content = html_text.extract_text(content)
    paragraphs = _paragraphs(mend(content))
    alone = paragraphs[0] if len(paragraphs) == 1 else ""
    given = one_line(raw.given.title)
    if alone and (fold(alone) == fold(given) or (not given and words(alone) <= HEADLINE_WORDS)):
        paragraphs = []
    heading = given or alone or _first_line(paragraphs)
    url = urls.canonical(raw.url)
    return Found(
        title=heading,
        body=tuple(paragraphs),
        language=language.detect("\n".join(paragraphs) or heading, *_hints(None, raw, url, registry)),
        url=url,
        publisher=publisher.at_address(url, registry, *publisher.called(url, raw)) if url else None,
        is_article=True,
    )


def _first_line(paragraphs: list[str]) -> str:
    """A short first paragraph without a full stop is the title that the sender left in the body."""
    first = paragraphs[0] if len(paragraphs) > 1 else ""
    return first if first and words(first) <= 2 * HEADLINE_WORDS and not ends_sentence(first) else ""


def _paragraphs(content: str) -> list[str]:
    """Blocks parted by empty lines, or else the lines; hard-wrapped lines are joined."""
    blocks = re.split(r"\n\s*\n", content.strip("\n"))
    paragraphs: list[str] = []
    for block in blocks:
        inner = [line for line in block.split("\n") if line]
        paragraphs.extend([" ".join(inner)] if _is_wrapped(inner) else inner)
    return paragraphs


def _is_wrapped(block: list[str]) -> bool:
    """All lines but the last end near one width, and most of them in the middle of a sentence."""
    full = block[:-1]
    return (
        len(block) > 1
        and all(len(line) in _WRAPPED for line in full)
        and sum(ends_sentence(line) for line in full) <= len(full) / 2
    )


def _is_text(body: list[str]) -> bool:
    """A sentence makes a text; so does a long run of lines without any: winners, results, verses."""
    return any(map(_is_prose, body)) or sum(map(words, body)) >= _LINES_WORDS


def _is_prose(paragraph: str) -> bool:
    count = words(paragraph)
    return count >= _PROSE_WORDS or (count >= _SENTENCE_WORDS and ends_sentence(paragraph))


def read(content: str, raw: RawArticle, registry: Registry) -> Found:
    """By the form that the sender named; but what begins as an HTML page is one, whatever its name.

    Raises `Rejected` when there is no article, `TooLarge` over the limits of a page.
    """
    form = ContentType.HTML if _PAGE.match(content) else raw.form
    if form is not ContentType.HTML and len(content) > markup.MAX_CHARACTERS:
        raise TooLarge(f"{len(content):,} characters of text: over the limit of {markup.MAX_CHARACTERS:,} for a page")
    return _READERS[form](content, raw, registry)


_READERS: Mapping[ContentType, Callable[[str, RawArticle, Registry], Found]] = {
    ContentType.HTML: read_html,
    ContentType.TEXT: read_text,
    ContentType.BODY: read_body,
}
