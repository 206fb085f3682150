"""The id of an article, from its address or its text: the same for every copy of the page, on every machine."""

from datetime import date

from streams.contract import urls
from streams.contract.messages import digest


def of_url(url: str) -> str | None:
    """The id of the article at an address; None for what is not an http(s) address."""
    canonical = urls.canonical(url)
    return digest("url", urls.key(canonical)) if canonical else None


def of_text(publisher: str | None, title: str, body: str, day: date) -> str:
    """The id of an article without an address. ``title`` is folded, so that its capitals do not matter.

    A title alone names it for one day: "Weather for the weekend" is another article next week.
    """
    return digest("text", publisher or "", title, body or day.isoformat())


def revision(title: str, body: str) -> str:
    """Changes with the cleaned content and with nothing else."""
    return digest(title, body)
