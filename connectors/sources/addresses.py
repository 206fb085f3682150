"""Addresses of sources: a feed (http, https), a mailbox (imaps://user@host/folder) or a topic (kafka:TOPIC)."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

import httpx

from connectors.http.net import check_url, shown
from streams.contract.errors import UsageError
from streams.contract.urls import MAX_URL_CHARACTERS, registered_domain

KindName = Literal["feed", "mailbox", "topic"]

SCHEMES = ("http:", "https:", "feed:", "imaps:", "kafka:")
DEFAULT_PORTS = {"http": 80, "https": 443}
IMAPS_PORT = 993
MAX_USER = 320  # characters of a mail address
MAX_FOLDER = 500
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")  # as Kafka allows
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Address:
    """``url``: in the one spelling that makes the id of a source; ``site``: what keys its polls."""

    url: str
    kind: KindName
    site: str


@dataclass(frozen=True)
class MailboxAddress:
    """A folder of an IMAP server."""

    host: str
    port: int
    user: str
    folder: str

    @property
    def url(self) -> str:
        port = "" if self.port == IMAPS_PORT else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"imaps://{quote(self.user, safe='')}@{host}{port}/{quote(self.folder)}"


def is_address(text: str) -> bool:
    """Whether a text is meant as the address of a source."""
    return text.strip().lower().startswith(SCHEMES)


def spelled(text: str) -> str:
    """An address in the spelling that is stored; any other text as it is."""
    try:
        return parse(text, allow_private=True).url
    except UsageError:
        return text


def parse(url: str, *, allow_private: bool) -> Address:
    """The address of a source of any kind. Raises `UsageError` with one line if it is none, or may not be asked."""
    url = url.strip()
    scheme = url.partition(":")[0].lower()
    if scheme == "kafka":
        topic = url.partition(":")[2]
        if not _TOPIC.fullmatch(topic):
            raise UsageError(f"not the name of a topic: {shown(topic)}: write kafka:TOPIC")
        return Address(f"kafka:{topic}", "topic", f"kafka:{topic}")
    if scheme == "imap":
        raise UsageError("mail is read over TLS only: write imaps:// in place of imap://")
    if scheme == "imaps":
        mailbox = parse_mailbox(url)
        host = _checked_host(mailbox, allow_private=allow_private)
        return Address(mailbox.url, "mailbox", registered_domain(host) or host)
    if not is_address(url):
        raise UsageError(f"not the address of a source: {shown(url)}: write https://…, imaps://… or kafka:TOPIC")
    if scheme == "feed":  # of old readers: feed://host/path, or feed:https://host/path
        rest = url.partition(":")[2]
        url = f"http:{rest}" if rest.startswith("//") else rest
    found = _one_spelling(check_url(url, allow_private=allow_private))
    return Address(found, "feed", registered_domain(found) or found)


def _one_spelling(url: httpx.URL) -> str:
    """The address without what makes no difference to a server, so that a feed is not watched twice."""
    port = None if url.port == DEFAULT_PORTS[url.scheme] else url.port
    return str(url.copy_with(port=port, fragment=None, raw_path=url.raw_path or b"/"))


def parse_mailbox(url: str) -> MailboxAddress:
    """``imaps://user@host:993/folder``; user and folder may be percent-encoded. Raises `UsageError`."""
    wanted = "write imaps://user@host/folder"
    if len(url) > MAX_URL_CHARACTERS:
        raise UsageError(f"the address of a mailbox is too long: {wanted}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or IMAPS_PORT
    except ValueError as error:
        raise UsageError(f"not the address of a mailbox ({error}): {wanted}") from error
    if parts.password is not None:
        raise UsageError("the address holds a password, which would be stored: give it as a reference instead")
    user, folder = unquote(parts.username or ""), unquote(parts.path).strip("/") or "INBOX"
    if not host or not _PLAIN.fullmatch(user) or len(user) > MAX_USER:
        raise UsageError(f"the address of a mailbox needs a host and a user: {wanted}")
    if not _PLAIN.fullmatch(folder) or len(folder) > MAX_FOLDER or parts.query or parts.fragment:
        raise UsageError(f"not the name of a folder: {shown(folder)}: {wanted}")
    return MailboxAddress(host, port, user, folder)


def _checked_host(mailbox: MailboxAddress, *, allow_private: bool) -> str:
    host = f"[{mailbox.host}]" if ":" in mailbox.host else mailbox.host
    address = f"https://{host}:{mailbox.port}/"
    try:
        check_url(address, allow_private=allow_private)
    except UsageError as error:
        raise UsageError(str(error).replace(address, f"imaps://{host}:{mailbox.port}/")) from error
    return address
