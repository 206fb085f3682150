"""Headers and parameters with secrets: sent to the origin of the URL that was asked for, and removed from its answers.

Servers repeat parameters in redirects, in a feed's links to itself and to its other pages, and in links of its entries:
none of these addresses is stored with a secret in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

import httpx

_AND = r"&amp;|&#38;|&#x26;|\\u0026|&"  # between parameters, as HTML, XML and JSON write it


@dataclass(frozen=True)
class Secrets:
    """``params``: added to the query of the URL."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)

    def added_to(self, url: httpx.URL) -> httpx.URL:
        """The URL to ask for."""
        if not self.params:
            return url
        return url.copy_with(query=b"&".join(part for part in (url.query, urlencode(self.params).encode()) if part))

    def removed_from(self, text: str) -> str:
        """A text without these parameters in its addresses, which stay whole apart from that."""
        return self._pattern.sub(_joined, text) if self._pattern is not None else text

    def removed_from_bytes(self, content: bytes) -> bytes:
        """As `removed_from`. ISO 8859-1 gives each byte a letter, so bytes of any charset come back as they were."""
        return self.removed_from(content.decode("iso-8859-1")).encode("iso-8859-1") if self.params else content

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.params:
            return None
        pairs = "|".join(f"{_in_url(name)}={_in_url(value)}" for name, value in self.params.items())
        return re.compile(rf"(\?|{_AND})(?:(?:{pairs})(?![A-Za-z0-9%._~-])({_AND}|)){{1,20}}")


NO_SECRETS = Secrets()


def is_own(url: httpx.URL, first: httpx.URL) -> bool:
    """Whether a URL may be sent the secrets of another one: the same origin, or its host over TLS, not plain HTTP."""
    secured = (first.scheme, first.port, url.scheme, url.port) == ("http", None, "https", None)
    return url.host == first.host and (secured or (url.scheme, url.netloc) == (first.scheme, first.netloc))


def _in_url(text: str) -> str:
    """A pattern for a text as addresses write it, with any of its letters escaped."""
    return "".join(rf"(?:{re.escape(one)}{r'|[+]' if one == ' ' else ''}|{_escaped(one)})" for one in text)


def _escaped(letter: str) -> str:
    return "".join(f"(?i:%{byte:02x})" for byte in letter.encode())


def _joined(found: re.Match[str]) -> str:
    """What stands in place of parameters: the sign before them, if others follow."""
    return found[1] if found[2] else ""
