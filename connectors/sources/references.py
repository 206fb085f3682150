"""Headers with which the addresses of a source are requested; secret ones are references that are resolved here."""

import re
from collections.abc import Mapping

from connectors.http.headers import can_be_sent
from connectors.lists.references import is_reference, resolve
from streams.contract.errors import UsageError
from streams.contract.messages import WatchedSource

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, 5.1
# of the connection, and those that Storywatch sets itself
_RESERVED = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent",
                       "if-none-match", "if-modified-since"})  # fmt: skip


def check(headers: Mapping[str, str]) -> None:
    """Raises `UsageError` for a header that cannot be sent, and for a value that is no reference."""
    for name, reference in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise UsageError(f"header {name[:100]!r} cannot be set")
        if not is_reference(reference):
            raise UsageError(
                f"the value of header {name} is not a reference: write env:NAME for a variable of the worker, or "
                f"file:PATH, so that no secret is stored"
            )


def page_headers(source: WatchedSource) -> dict[str, str]:
    """Headers for the source's own addresses and for the pages that it links to."""
    headers = {}
    if source.user_agent:
        headers["User-Agent"] = source.user_agent
    if source.language:
        headers["Accept-Language"] = f"{source.language}, *;q=0.5"
    return headers


def secret_headers(source: WatchedSource) -> dict[str, str]:
    """Headers for the source's own host alone, with their values. Raises `UsageError` for one that is not there."""
    return {name: _resolved(name, reference) for name, reference in source.headers.items()}


def _resolved(name: str, reference: str) -> str:
    value = resolve(reference, f"header {name}")
    if not value or not can_be_sent(value):
        raise UsageError(f"the value of header {name} is empty or cannot be sent")
    return value
