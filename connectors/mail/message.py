"""The bytes of a mail message, such as a newsletter -> the parts of a RawArticle.

The first HTML part is the article, else the first part of plain text. Attachments are ignored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from lxml import etree, html

from connectors.files.objects import check_fetched
from connectors.http.net import check_url
from streams.contract.errors import Rejected, TooLarge, UsageError
from streams.contract.messages import ContentType, Lane, RawArticle, SenderFields, digest
from streams.contract.urls import registered_domain

MAX_MESSAGE_BYTES = 50_000_000  # with attachments; most servers accept 25 to 35 MB
MAX_MULTIPARTS = 50  # nested or not: newsletters have one or two, and the work grows with their depth
MAX_HEADER = 2_000  # characters of a header that are read
_IN_BROWSER = re.compile(
    r"\b(?:browser|online|web[ -]?version|navigateur|en ligne|navegador|versión web)\b", re.IGNORECASE
)
_MAX_LINK_WORDS = 8  # of "View this email in your browser"; a sentence about browsers is longer
_LIST_ID = re.compile(r"^\"?([^<\"]{0,300})\"? ?<([^<>\s]{1,300})>")  # of a header whose white space is single spaces


@dataclass(frozen=True)
class ParsedMail:
    """``charset``: of ``content``, if the message says so. ``sent``: None where the date is missing or impossible."""

    content: bytes
    form: ContentType
    charset: str | None
    url: str | None
    sent: datetime | None
    given: SenderFields

    def arrive(self, *, fetched_at: datetime, received_at: datetime, lane: Lane, origin: str) -> RawArticle:
        """The arrival. Raises as `RawArticle.arrive`."""
        return RawArticle.arrive(
            self.content,
            self.form,
            fetched_at=fetched_at,
            received_at=received_at,
            lane=lane,
            url=self.url,
            charset=self.charset,
            origin=origin,
            given=self.given,
        )


def read(content: bytes, now: datetime) -> ParsedMail:
    """The article of a message.

    Its id is made of the Message-ID, unless the sender names an address of it on the web. Raises `TooLarge`, and
    `Rejected` for what is not a message or has no text.
    """
    if len(content) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"over the limit of {MAX_MESSAGE_BYTES:,} bytes for a message")
    if content.lower().count(b"multipart/") > MAX_MULTIPARTS:
        raise Rejected(f"a message with more than {MAX_MULTIPARTS} nested parts")
    try:
        message = message_from_bytes(content)
    except RecursionError as error:
        raise Rejected("a message that is nested too deep") from error
    sender, address = parseaddr(_text(message, "From"))
    if not address and message.get("Message-ID") is None:
        raise Rejected("not a mail message: it has neither a sender nor a Message-ID")
    part, form = _article(message)
    body = part.get_payload(decode=True)
    payload = body if isinstance(body, bytes) else b""
    url = _archived_at(message) or (_in_browser(payload, _site(message, address)) if form is ContentType.HTML else None)
    message_id = _text(message, "Message-ID")
    return ParsedMail(
        content=payload,
        form=form,
        charset=_charset(part),
        url=url,
        sent=_sent(message, now),
        given=SenderFields(
            title=_text(message, "Subject") or None,
            publisher=sender or _list_name(message) or address.rpartition("@")[2] or None,
            published=_text(message, "Date") or None,
            language=_text(message, "Content-Language").partition(",")[0] or None,
            id=digest("message-id", message_id) if message_id and not url else None,
        ),
    )


def _article(message: Message) -> tuple[Message, ContentType]:
    """The part with the article, and what it is. Raises `Rejected` without one."""
    texts = [part for part in _parts(message) if part.get_content_disposition() != "attachment"]
    for media_type, form in (("text/html", ContentType.HTML), ("text/plain", ContentType.TEXT)):
        for part in texts:
            if part.get_content_type() == media_type and part.get_payload(decode=True):
                return part, form
    raise Rejected("a message without a text: attachments are not read")


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message, without those of messages that are attached to it."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _parts(part)
    elif not message.is_multipart():
        yield message


def _text(message: Message, name: str) -> str:
    """A header as one line of text; as it was written where its encoding is broken. "" without it."""
    written = str(message.get(name, ""))[:MAX_HEADER]
    try:
        read = str(make_header(decode_header(written)))
    except (HeaderParseError, ValueError, LookupError):  # ValueError: of the codecs too
        read = written
    return " ".join(read.encode("utf-8", "replace").decode().split())


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError):
        return None


def _sent(message: Message, now: datetime) -> datetime | None:
    try:
        return check_fetched(parsedate_to_datetime(_text(message, "Date")), now)
    except (ValueError, TypeError, IndexError, OverflowError, Rejected):
        return None


def _list_name(message: Message) -> str:
    found = _LIST_ID.match(_text(message, "List-Id"))
    return found[1].strip() if found else ""


def _site(message: Message, address: str) -> set[str]:
    """The registered domains of the sender and of the list."""
    listed = _LIST_ID.match(_text(message, "List-Id"))
    hosts = [address.rpartition("@")[2], listed[2] if listed else ""]
    return {domain for host in hosts if (domain := registered_domain(f"https://{host}/"))}


def _archived_at(message: Message) -> str | None:
    """The address in the header of RFC 5064."""
    return _web(_text(message, "Archived-At").strip("<> "))


def _in_browser(page: bytes, domains: set[str]) -> str | None:
    """Where the sender shows this message on the web; None unless that is certain.

    It is certain where just one link says so, leads to the sender's own site, and has no query, which could name the
    receiver of the message.
    """
    try:
        tree = html.fromstring(page)
        links = [(link.get("href") or "", " ".join(link.itertext()).split()) for link in tree.iter("a")]
    except (etree.LxmlError, ValueError):
        return None
    found = {
        href.strip()
        for href, words in links
        if 0 < len(words) <= _MAX_LINK_WORDS and _IN_BROWSER.search(" ".join(words))
    }
    url = _web(found.pop()) if len(found) == 1 else None
    if url is None or "?" in url or "#" in url or registered_domain(url) not in domains:
        return None
    return url


def _web(url: str) -> str | None:
    try:
        return str(check_url(url, allow_private=True)) if url else None
    except (UsageError, ValueError):
        return None
