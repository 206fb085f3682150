"""Builds a `RawArticle` with fixed times for the tests of cleaning."""

from datetime import UTC, datetime

from streams.contract.messages import ContentType, RawArticle, SenderFields

FETCHED = datetime(2026, 1, 13, tzinfo=UTC)


def arrival(
    content: str | bytes,
    form: ContentType = ContentType.HTML,
    *,
    url: str | None = None,
    landed: str | None = None,
    charset: str | None = None,
    fetched_at: datetime = FETCHED,
    given: SenderFields | None = None,
) -> RawArticle:
    data = content.encode() if isinstance(content, str) else content
    return RawArticle.arrive(
        data, form, fetched_at=fetched_at, received_at=fetched_at, url=url, landed=landed, charset=charset, given=given
    )
