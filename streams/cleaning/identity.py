"""An article's address or text in, its id out: the same for every copy of the page, on every machine."""

from streams.cleaning import urls
from streams.cleaning.characters import fold
from streams.messages import digest


def of_url(url: str) -> str | None:
    """The id of the article at an address; None for what is not an http(s) address."""
    canonical = urls.canonical(url)
    return digest("url", urls.key(canonical)) if canonical else None


def of_text(publisher: str | None, title: str, body: str) -> str:
    """The id of an article without an address."""
    return digest("text", publisher or "", fold(title), body)


def revision(title: str, body: str) -> str:
    """Changes with the cleaned content and with nothing else."""
    return digest(title, body)
