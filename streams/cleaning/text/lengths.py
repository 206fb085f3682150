"""An article -> the same with every field but its body within a length, so that it fits a message.

A cut value ends in `MARK`. What is over the limit of a list is left out: no page has names, tags or links by the
thousand.
"""

import msgspec

from streams.contract.messages import CleanArticle, Publisher, digest

MARK = "…"
TITLE = 500  # characters; the longest of 179 labelled pages has 160
SUMMARY = 3_000
NAME = 120  # of a person, a publisher, a section, a tag
ADDRESS = 4_000
ORIGIN = 1_000
PEOPLE, TAGS, CREDITS, LINKS = 20, 30, 20, 300
LINKS_CHARACTERS = 40_000  # of all links together


def cut(text: str, most: int) -> str:
    """At most ``most`` characters, ending in `MARK` where some are left out; at a blank where one is near."""
    if len(text) <= most:
        return text
    head = text[: most - len(MARK)]
    at_word = head.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > most // 2 else head).rstrip() + MARK


def bounded(article: CleanArticle) -> CleanArticle:
    """The article with its fields cut."""
    return msgspec.structs.replace(
        article,
        title=cut(article.title, TITLE),
        summary=_cut(article.summary, SUMMARY),
        section=_cut(article.section, NAME),
        url=_cut(article.url, ADDRESS),
        fetched_url=_cut(article.fetched_url, ADDRESS),
        image=article.image if article.image and len(article.image) <= ADDRESS else None,  # half of it shows nothing
        origin=cut(article.origin, ORIGIN),
        publisher=article.publisher and _bounded(article.publisher),
        authors=tuple(cut(name, NAME) for name in article.authors[:PEOPLE]),
        tags=tuple(cut(tag, NAME) for tag in article.tags[:TAGS]),
        credits=tuple(cut(name, NAME) for name in article.credits[:CREDITS]),
        links=_links(article.links),
    )


def _cut(text: str | None, most: int) -> str | None:
    return None if text is None else cut(text, most)


def _bounded(publisher: Publisher) -> Publisher:
    """An id that is cut keeps apart what was apart."""
    own = publisher.id if len(publisher.id) <= NAME else f"{publisher.id[: NAME // 2]}-{digest(publisher.id)}"
    return msgspec.structs.replace(
        publisher, id=own, name=cut(publisher.name, NAME), domain=_cut(publisher.domain, NAME)
    )


def _links(links: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    room = LINKS_CHARACTERS
    for link in links[:LINKS]:
        if len(link) > ADDRESS or len(link) > room:
            continue
        kept.append(link)
        room -= len(link)
    return tuple(kept)
