"""A page's markup -> its section, keywords, picture and declared addresses."""

from collections.abc import Iterator

from streams.cleaning.page.markup import Markup, texts_of
from streams.cleaning.text.characters import fold, one_line
from streams.contract.urls import canonical

_MAX_TAGS = 30  # more are keyword stuffing
_TAG_CHARACTERS = 80
_SECTION_META = ("article:section", "og:article:section", "parsely-section", "section", "dc.subject")
_TAG_META = ("news_keywords", "keywords", "parsely-tags", "sailthru.tags")
_IMAGE_META = ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src")


def section(markup: Markup) -> str | None:
    """The section by JSON-LD, then by meta elements; the first where there are several."""
    linked = (text for node in markup.articles for text in texts_of(node.get("articleSection")))
    named = (markup.meta[name] for name in _SECTION_META if name in markup.meta)
    return next((text for text in (*linked, *named) if 0 < len(text) <= _TAG_CHARACTERS), None)


def tags(markup: Markup) -> tuple[str, ...]:
    """The tags of the first source that has any: article:tag, JSON-LD keywords, meta keywords. Without repeats."""
    for source in (markup.tags, _split(_linked(markup)), _split(markup.meta[n] for n in _TAG_META if n in markup.meta)):
        found = {fold(tag): tag for tag in source if 0 < len(tag) <= _TAG_CHARACTERS and fold(tag)}
        if found:
            return tuple(found.values())[:_MAX_TAGS]
    return ()


def image(markup: Markup, base: str | None) -> str | None:
    """The canonical address of the picture by og:image, then by JSON-LD; None without an http(s) address."""
    named = [markup.meta[name] for name in _IMAGE_META if name in markup.meta]
    linked = [text for node in markup.articles for text in texts_of(node.get("image"), "url", "contentUrl", "@id")]
    return next((url for url in (canonical(text, base) for text in (*named, *linked)) if url), None)


def declared_addresses(markup: Markup) -> tuple[str, ...]:
    """The addresses that the JSON-LD of the article declares as its own."""
    pages = (text for node in markup.articles for text in texts_of(node.get("mainEntityOfPage"), "@id", "url"))
    return (*pages, *(text for node in markup.articles for text in texts_of(node.get("url"))))


def _linked(markup: Markup) -> Iterator[str]:
    for node in markup.articles:
        yield from texts_of(node.get("keywords"), "name")


def _split(texts: Iterator[str]) -> list[str]:
    return [one_line(part) for text in texts for part in text.split(",")]
