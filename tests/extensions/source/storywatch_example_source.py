"""A source of articles: a folder of text files named YYYY-MM-DD.txt whose first line is the title."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from streams.api import ContentType, RawArticle, Rejected, SenderFields


def read(address: str) -> Iterator[RawArticle | Rejected]:
    """The articles of the folder ``address``, the oldest first."""
    for file in sorted(Path(address).glob("*.txt")):
        title, _, body = file.read_text(encoding="utf-8").partition("\n")
        if not body.strip():
            yield Rejected(f"{file.name} has no text after its title")
            continue
        yield RawArticle.arrive(
            body.encode(),
            ContentType.BODY,
            fetched_at=datetime.now(UTC),
            origin=file.name,
            given=SenderFields(title=title, published=file.stem, publisher="A diary"),
        )
