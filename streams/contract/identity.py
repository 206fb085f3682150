"""The id of an article by its address or its text: the same for every copy of the page, on every machine."""

from datetime import date

from streams.contract import urls
from streams.contract.messages import digest


def of_url(url: str) -> str | None:
    """The id of the article at an address; None for text that is not an http(s) address."""
    canonical = urls.canonical(url)
    return digest("url", urls.key(canonical)) if canonical else None


def of_text(publisher: str | None, title: str, body: str, day: date) -> str:
    """The id of an article without an address. ``title`` must be folded, so that its capitals do not matter.

    Without a body, the title identifies it for one day: "Weather for the weekend" is another article next week.
    """
    return digest("text", publisher or "", title, body or day.isoformat())


def revision(title: str, body: str) -> str:
    """The id of a revision, which changes only with the cleaned content."""
    return digest(title, body)
