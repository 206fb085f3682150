"""What a reader of one form (page, text, body) found: arrivals of any form in, one shape out."""

from dataclasses import dataclass, field

from streams.cleaning.when.dates import Times
from streams.contract.messages import Kind, Publisher


@dataclass(frozen=True)
class Found:
    """Empty values are holes that the sender's fields may fill."""

    title: str
    body: tuple[str, ...]  # paragraphs
    language: str
    summary: str | None = None
    url: str | None = None  # canonical
    publisher: Publisher | None = None
    authors: tuple[str, ...] = ()
    times: Times = field(default_factory=Times)
    links: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    image: str | None = None
    kind: Kind = Kind.ARTICLE  # what the page as a whole is
    paywalled: bool = False
    furniture: str = ""  # text of the page outside the article, asked for a paywall's phrases
    is_article: bool = False  # the page's markup says that it holds an article, so its title alone is a headline
    body_source: str = "page"  # as in `CleanArticle`
