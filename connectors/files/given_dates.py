"""What a sender says of an article's date -> a line when cleaning will not be able to read it."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from connectors.http.net import shown
from streams.contract.messages import RawArticle


def undated(article: RawArticle) -> Iterator[str]:
    """A line for a date that nobody can read: cleaning passes it over."""
    text = article.given.published
    if text is None or _is_usual(text):
        return
    from streams.cleaning.when import dates  # takes half a second to load: only for a date that is not one of the usual

    if dates.from_sender(article, (article.given.language or "en").partition("-")[0].lower()) is None:
        yield f"the field published is no date that can be read: {shown(text)}"


def _is_usual(text: str) -> bool:
    """Whether it is a date of ISO 8601 or RFC 2822."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, OverflowError, TypeError, IndexError):
            read(text.strip())
            return True
    return False
