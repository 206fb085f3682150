"""Limits on the length of every field but the body, so that an article fits into a message.

A truncated value ends in `MARK`. Items over the limit of a list are left out.
"""

import msgspec

from streams.contract.messages import CleanArticle, Publisher, digest

MARK = "…"
TITLE = 500  # characters; the longest of 179 labelled pages has 160
SUMMARY = 3_000
NAME = 120  # of a person, a publisher, a section, a tag
ADDRESS = 4_000
ORIGIN = 1_000
PEOPLE, TAGS, LABELS, CREDITS, LINKS = 20, 30, 20, 20, 300
LINKS_CHARACTERS = 40_000  # of all links together


def truncate(text: str, most: int) -> str:
    """At most ``most`` characters of ``text``, ending in `MARK` if it was truncated; at a blank where one is near."""
    if len(text) <= most:
        return text
    head = text[: most - len(MARK)]
    at_word = head.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > most // 2 else head).rstrip() + MARK


def truncate_fields(article: CleanArticle) -> CleanArticle:
    """The article with its fields truncated to their limits."""
    return msgspec.structs.replace(
        article,
        title=truncate(article.title, TITLE),
        summary=_truncate_optional(article.summary, SUMMARY),
        section=_truncate_optional(article.section, NAME),
        url=_truncate_optional(article.url, ADDRESS),
        fetched_url=_truncate_optional(article.fetched_url, ADDRESS),
        image=article.image
        if article.image and len(article.image) <= ADDRESS
        else None,  # a truncated address shows nothing
        origin=truncate(article.origin, ORIGIN),
        publisher=article.publisher and _truncate_publisher(article.publisher),
        authors=tuple(truncate(name, NAME) for name in article.authors[:PEOPLE]),
        tags=tuple(truncate(tag, NAME) for tag in article.tags[:TAGS]),
        labels=tuple(truncate(label, NAME) for label in article.labels[:LABELS]),
        credits=tuple(truncate(name, NAME) for name in article.credits[:CREDITS]),
        links=_links(article.links),
    )


def _truncate_optional(text: str | None, most: int) -> str | None:
    return None if text is None else truncate(text, most)


def _truncate_publisher(publisher: Publisher) -> Publisher:
    """The publisher with its fields truncated; a truncated id ends in a digest, so that distinct ids stay distinct."""
    publisher_id = publisher.id if len(publisher.id) <= NAME else f"{publisher.id[: NAME // 2]}-{digest(publisher.id)}"
    return msgspec.structs.replace(
        publisher,
        id=publisher_id,
        name=truncate(publisher.name, NAME),
        domain=_truncate_optional(publisher.domain, NAME),
    )


def _links(links: tuple[str, ...]) -> tuple[str, ...]:
    fitting: list[str] = []
    room = LINKS_CHARACTERS
    for link in links[:LINKS]:
        if len(link) > ADDRESS or len(link) > room:
            continue
        fitting.append(link)
        room -= len(link)
    return tuple(fitting)
