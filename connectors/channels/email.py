"""E-mail by SMTP with TLS: text and HTML, in one thread a story.

The address is ``smtp://USER@HOST:587/?from=desk@a.example&to=b@b.example`` (STARTTLS, which the server must offer) or
``smtps://USER@HOST:465/?...``; the secret is the password. Without ``USER`` nobody logs in. ``&tls=no`` permits a relay
on a private network without encryption.
"""

import html
import re
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import msgspec

from connectors.channels.brief import NOT_MINE, Brief, brief, line
from connectors.connectivity import failure_reason
from connectors.http.net import connect_guarded
from streams.contract.errors import UsageError
from streams.contract.messages import Alert, Webhook, digest
from streams.contract.plugins import Judgement, Note, Notification, Sending, ServiceChannel

PORTS = {"smtp": 587, "smtps": 465}
MOST_RECIPIENTS = 50
MOST_SUBJECT = 180
MOST_LETTERS = 10_000  # of which it is known who took them while others are waited for
PERMANENT = 500  # the first code of answers that stay the same
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

# By a letter's id those recipients that took it, of letters that go again to the others. A worker that restarts sends
# such a letter to all of them again, with the same Message-ID.
_took: dict[str, set[str]] = {}


class Letter(msgspec.Struct, frozen=True):
    """What an e-mail says, before it is known to whom it goes."""

    subject: str
    text: str
    html: str
    date: datetime
    thread: str | None = None  # the same for all letters of one thread


class MailAddress(NamedTuple):
    """Where and how to hand a letter in."""

    host: str
    port: int
    tls: bool  # from the beginning
    encrypted: bool  # at all
    user: str | None
    sender: str
    recipients: tuple[str, ...]


def message(alert: Alert) -> Notification:
    said = brief(alert)
    subject = line(f"[{said.track}] {said.story or said.headline}", MOST_SUBJECT)
    thread = digest("thread", alert.track, alert.story.id)
    return _notification(Letter(subject, _plain(said), _page(said), alert.made_at, thread))


def _plain(said: Brief) -> str:
    """The text of a letter: paragraphs, of which those without content are left out."""
    listed = "".join(
        f"* {item.headline} ({item.source})\n  {item.url or ''}\n{_plain_not_mine(item.not_mine_url, '  ')}"
        for item in said.items
    )
    about = [f"Story: {said.story}", f"  {said.story_url}" if said.story_url else ""] if not said.items else []
    about += [f"In it because: {said.why}" if said.why else "", said.details, f"Track: {said.track}"]
    parts = [
        f"{said.headline}\n{said.url}" if said.url else said.headline,
        f"{said.source}: {said.reason}",
        said.excerpt,
        listed.rstrip("\n"),
        "\n".join(part for part in about if part),
        _plain_not_mine(said.not_mine_url).rstrip("\n"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _page(said: Brief) -> str:
    """The HTML of a letter."""
    items = "".join(
        f"<li>{_anchor(one.headline, one.url)} ({html.escape(one.source)}){_not_mine(one.not_mine_url)}</li>"
        for one in said.items
    )
    about = [] if said.items else [f"Story: {_anchor(said.story, said.story_url)}"]
    about += [f"In it because: {html.escape(said.why)}"] if said.why else []
    about += [html.escape(said.details)] if said.details else []
    about.append(f"Track: {html.escape(said.track)}{_not_mine(said.not_mine_url)}")
    return (
        f"<h3>{_anchor(said.headline, said.url)}</h3>"
        f"<p><b>{html.escape(said.source)}</b>: {html.escape(said.reason)}</p>"
        f"{f'<p>{html.escape(said.excerpt)}</p>' if said.excerpt else ''}"
        f"{f'<ul>{items}</ul>' if items else ''}"
        f"<p><small>{'<br>'.join(about)}</small></p>"
    )


def _plain_not_mine(url: str | None, indent: str = "") -> str:
    return f"{indent}{NOT_MINE}: {url}\n" if url else ""


def _not_mine(url: str | None) -> str:
    return f" · {_anchor(NOT_MINE, url)}" if url else ""


def _anchor(text: str, url: str | None) -> str:
    return f'<a href="{html.escape(url)}">{html.escape(text)}</a>' if url else html.escape(text)


def note(note: Note) -> Notification:
    text = line(note.text, 1_000)
    return _notification(
        Letter(
            line(f"[Storywatch] {note.title or note.type}", MOST_SUBJECT),
            f"{text}\n",
            f"<p>{html.escape(text)}</p>",
            note.at,
        )
    )


def mime(letter: Letter, id_: str, to: MailAddress) -> EmailMessage:
    """The whole message, the same in each attempt. Headers are one printable line each."""
    domain = to.sender.rpartition("@")[2]
    made = EmailMessage(policy=POLICY)
    made["From"], made["To"] = to.sender, ", ".join(to.recipients)
    made["Subject"], made["Date"] = line(letter.subject, MOST_SUBJECT), format_datetime(letter.date)
    made["Message-ID"] = f"<{id_}@{domain}>"
    if letter.thread is not None:
        root = f"<{letter.thread}@{domain}>"  # of a message that was never sent: all letters of a story answer it
        made["In-Reply-To"], made["References"] = root, root
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    made.set_boundary(f"={digest('boundary', id_)}=")
    return made


def address(url: str) -> MailAddress:
    """Parse the address of a mail receiver. Raises `UsageError`."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query), max_num_fields=10)
    except ValueError as error:
        raise UsageError(f"not the address of a mail server: {error}") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise UsageError(
            "the address of an e-mail receiver is smtp://USER@HOST:587/?from=ADDRESS&to=ADDRESS, or smtps://"
        )
    if parts.password is not None:
        raise UsageError("the password of a mail server is the receiver's secret: give it with --secret-file")
    if unknown := query.keys() - {"from", "to", "tls"}:
        raise UsageError(f"unknown in the address of a mail server: {', '.join(sorted(unknown))}")
    sender = query.get("from", [""])[-1]
    recipients = tuple(one.strip() for part in query.get("to", []) for one in part.split(","))
    for one in (sender, *recipients):
        if not _ADDRESS.fullmatch(one):
            raise UsageError(f"not an e-mail address: {line(one, 80)!r} (from= and to= need one each)")
    if not 1 <= len(recipients) <= MOST_RECIPIENTS:
        raise UsageError(f"an e-mail receiver has 1 to {MOST_RECIPIENTS} addresses in to=")
    tls, asked = parts.scheme == "smtps", query.get("tls", ["yes"])[-1]
    if asked not in ("yes", "no"):
        raise UsageError(f"tls= is yes or no, not {line(asked, 80)!r}")
    encrypted = tls or asked == "yes"
    user = unquote(parts.username) if parts.username else None
    return MailAddress(parts.hostname, port, tls, encrypted, user, sender, recipients)


def check(webhook: Webhook) -> str:
    to = address(webhook.url)
    if not to.encrypted and not webhook.allow_private:
        raise UsageError("tls=no is for a relay on a private network: --allow-private permits it")
    if to.user is not None and not webhook.secret:
        raise UsageError(f"{line(to.user, 80)} needs a password: give it with --secret-file")
    return webhook.url


async def send(sending: Sending) -> Judgement:
    """Hand a letter in. A server that says 4xx (greylisting, a full mailbox) is asked again, one that says 5xx to the
    letter not. Recipients that took it do not get it again while others are waited for."""
    to = address(sending.url)
    sock = await connect_guarded(to.host, to.port, allow_private=sending.allow_private, timeout=sending.timeout_seconds)
    client = aiosmtplib.SMTP(
        hostname=to.host,
        sock=sock,
        use_tls=to.tls,
        start_tls=to.encrypted and not to.tls,
        timeout=sending.timeout_seconds,
        local_hostname=to.sender.rpartition("@")[2],
        tls_context=_tls(),
    )
    greeted = False
    try:
        await client.connect()
        if to.user is not None:
            await client.login(to.user, sending.secret)
        greeted = True
        return await _hand_in(client, to, sending)
    except aiosmtplib.SMTPTimeoutError as error:
        raise TimeoutError from error
    except (aiosmtplib.SMTPException, ssl.SSLError) as error:
        return _failed(error, greeted=greeted)
    finally:
        client.close()
        sock.close()


async def _hand_in(client: aiosmtplib.SMTP, to: MailAddress, sending: Sending) -> Judgement:
    """Hand the letter in for the recipients that have not taken it. Raises the errors of `aiosmtplib`."""
    letter = msgspec.json.decode(sending.notification.body, type=Letter)
    waiting = [one for one in to.recipients if one not in _took.get(sending.id, ())]
    if not waiting:  # the others are not its recipients any more
        return Judgement("delivered")
    refused: dict[str, tuple[int, str]] = {}
    said = ""
    try:
        answers, said = await client.send_message(mime(letter, sending.id, to), sender=to.sender, recipients=waiting)
        refused = {one: (answer.code, answer.message) for one, answer in answers.items()}
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = {one.recipient: (one.code, one.message) for one in error.recipients}
    _took.pop(sending.id, None)
    told = "; ".join(f"{code} for {one}: {text}" for one, (code, text) in refused.items())
    if any(code < PERMANENT for code, _ in refused.values()):
        _took[sending.id] = {one for one in to.recipients if one not in refused}
        if len(_took) > MOST_LETTERS:
            del _took[next(iter(_took))]
        return Judgement("retry", f"the mail server answered {told}", min(code for code, _ in refused.values()))
    if len(refused) == len(to.recipients):
        return Judgement("refused", f"the mail server answered {told}", max(code for code, _ in refused.values()))
    return Judgement("delivered", excerpt="; ".join(part for part in (said, told) if part))


def _failed(error: Exception, *, greeted: bool) -> Judgement:
    """What an error means. ``greeted``: the server has let us in, so that its answers are about the letter."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):  # a password may be corrected while alerts wait
        return Judgement("retry", f"the mail server refuses the login: {error.code} {error.message}", error.code)
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        outcome: Literal["refused", "retry"] = "refused" if greeted and error.code >= PERMANENT else "retry"
        return Judgement(outcome, f"the mail server answered {error.code}: {error.message}", error.code)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Judgement("retry", f"no SMTP answer: {error.message}")
    why = failure_reason(error, str(error)).rstrip(".")
    advice = ": use smtps://, or tls=no for a relay on a private network" if "STARTTLS" in why else ""
    return Judgement("retry", f"the mail server cannot be used: {why}{advice}")


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _notification(letter: Letter) -> Notification:
    return Notification(msgspec.json.encode(letter), content_type="application/vnd.storywatch.letter+json")


CHANNEL = ServiceChannel(message=message, note=note, send=send, check=check)
