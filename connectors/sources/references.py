"""What a source is asked with: headers, parameters and a password. Secrets are references that are resolved here."""

import re

from connectors.http.headers import can_be_sent
from connectors.http.secrets import Secrets
from connectors.lists.references import is_reference, resolve
from streams.contract.errors import UsageError
from streams.contract.messages import WatchedSource

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110, 5.1
_PARAM = re.compile(r"[^\x00-\x20\x7f]{1,100}")
# of the connection, and those that Storywatch sets itself
_RESERVED = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent",
                       "if-none-match", "if-modified-since"})  # fmt: skip


def check_header(name: str, reference: str) -> None:
    """Raises `UsageError` for a header that cannot be sent, and for a value that is no reference."""
    if not _NAME.fullmatch(name) or name.lower() in _RESERVED:
        raise UsageError(f"header {name[:100]!r} cannot be set")
    check_reference(f"the value of header {name}", reference)


def check_param(name: str, reference: str) -> None:
    """Raises `UsageError` for a parameter that cannot be sent, and for a value that is no reference."""
    if not _PARAM.fullmatch(name):
        raise UsageError(f"parameter {name[:100]!r} cannot be sent")
    check_reference(f"the value of parameter {name}", reference)


def check_reference(what: str, reference: str) -> None:
    """Raises `UsageError` for a text that is no reference."""
    if not is_reference(reference):
        raise UsageError(
            f"{what} is not a reference: write env:NAME for a variable of the worker, or file:PATH, so that no secret "
            f"is stored"
        )


def page_headers(source: WatchedSource) -> dict[str, str]:
    """Headers for the source's own addresses and for the pages that it links to."""
    headers = {}
    if source.user_agent:
        headers["User-Agent"] = source.user_agent
    if source.language:
        headers["Accept-Language"] = f"{source.language}, *;q=0.5"
    return headers


def secrets(source: WatchedSource) -> Secrets:
    """What the source's own host alone gets, with its values. Raises `UsageError` for one that is not there."""
    return Secrets(
        headers={name: _resolved(f"header {name}", reference) for name, reference in source.headers.items()},
        params={name: _resolved(f"parameter {name}", reference) for name, reference in source.params.items()},
    )


def password(source: WatchedSource) -> str:
    """The password of a mailbox. Raises `UsageError` if it is not there."""
    return _resolved("the password", source.password or "")


def _resolved(what: str, reference: str) -> str:
    value = resolve(reference, what)
    if not value or not can_be_sent(value):
        raise UsageError(f"the value of {what} is empty or cannot be sent")
    return value
