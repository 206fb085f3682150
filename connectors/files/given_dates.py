"""Warns of a sender's publication date that cleaning will not be able to read."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from connectors.http.net import shown
from streams.contract.messages import RawArticle


def date_warnings(article: RawArticle) -> Iterator[str]:
    """A warning for a date that cannot be read, which cleaning ignores."""
    text = article.given.published
    if text is None or _is_standard(text):
        return
    from streams.cleaning.when import dates  # takes half a second to load

    if dates.from_sender(article, (article.given.language or "en").partition("-")[0].lower()) is None:
        yield f"the field published is no date that can be read: {shown(text)}"


def _is_standard(text: str) -> bool:
    """Whether the text is a date in ISO 8601 or RFC 2822."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, OverflowError, TypeError, IndexError):
            read(text.strip())
            return True
    return False
