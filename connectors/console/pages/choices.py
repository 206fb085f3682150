"""What a reader chose, from the parameters of a page's address."""

from collections.abc import Mapping
from typing import TypeVar

from connectors.api.problems import AnyRequest
from streams.contract.errors import Rejected

MOST_CHARACTERS = 1_000

K = TypeVar("K", bound=str)


def text_of(request: AnyRequest, name: str) -> str | None:
    """The parameter without spaces around it; None if it is empty. Raises `Rejected` if it is too long."""
    text = (request.query_params.get(name) or "").strip()
    if len(text) > MOST_CHARACTERS:
        raise Rejected(f"{name} is too long: at most {MOST_CHARACTERS:,} characters")
    return text or None


def one_of(request: AnyRequest, name: str, choices: Mapping[K, object], default: K) -> K:
    """The parameter. Raises `Rejected` for a value that is none of ``choices``."""
    text = text_of(request, name)
    if text is None:
        return default
    for choice in choices:
        if choice == text:
            return choice
    raise Rejected(f"{name} is one of {', '.join(choices)}")
