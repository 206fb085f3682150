"""The bytes of any message in; the id of the article that it is about out, for the logs."""

import msgspec


class _About(msgspec.Struct):
    id: str | None = None
    article: "_About | None" = None
    update: "_About | None" = None


_read = msgspec.json.Decoder(_About).decode


def article_in(value: bytes | None) -> str | None:
    """The article's id, of an arrival its arrival id; None where there is none to be read."""
    try:
        found = _read(value or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    while inner := found.update or found.article:  # a candidate has an update, an update its article
        found = inner
    return found.id
