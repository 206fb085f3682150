"""E-mail to real servers on this machine: TLS, refusals, greylisting, and threads."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from connectors.channels.email import address
from connectors.webhooks.sending import WebhookAttempt
from streams.contract.errors import UsageError
from streams.contract.messages import Webhook
from tests.connectors.webhooks.fiction import an_alert, rude_receiver, send

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # see `handed_in`

QUERY = "?from=desk@a.example&to=night@b.example"


class Post:
    """A mail server's decisions. ``said``: what it answers to each recipient; None accepts. ``said_to``: to one."""

    def __init__(self, said: str | None = None, **said_to: list[str]) -> None:
        self.said = said
        self.said_to = said_to
        self.letters: list[bytes] = []
        self.took: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:  # noqa: N802
        said = next(iter(self.said_to.get(to.partition("@")[0], ())), None) or self.said
        if said is not None:
            self.said_to.get(to.partition("@")[0], [""]).pop(0)
            return said
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(envelope.content)
        self.took += envelope.rcpt_tos
        return "250 queued"


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    """A certificate authority that this process trusts."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return made


@asynccontextmanager
async def serving(post: Post, authority: trustme.CA, *, name: str, tls: bool) -> AsyncIterator[int]:
    """A mail server with a certificate for ``name``; its port. ``tls``: from the beginning, else by STARTTLS.

    It trusts the password ``right``.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    given: dict[str, Any] = {"auth_require_tls": False} if tls else {"tls_context": context, "require_starttls": True}

    def trusted(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right")

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(post, hostname="mail.example", authenticator=trusted, **given),
        "127.0.0.1",
        0,
        ssl=context if tls else None,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.1)  # until its connections have seen the end of their clients


def handed_in(
    post: Post,
    authority: trustme.CA,
    *,
    name: str = "127.0.0.1",
    tls: bool = False,
    user: str = "",
    secret: str = "",
    query: str = QUERY,
) -> WebhookAttempt:
    """One attempt to hand a letter in to a server."""

    async def run() -> WebhookAttempt:
        async with serving(post, authority, name=name, tls=tls) as port:
            url = f"{'smtps' if tls else 'smtp'}://{user}127.0.0.1:{port}/{query}"
            hook = Webhook(url=url, secret=secret, channel="email", allow_private=True)
            return await send(hook, timeout_seconds=10.0)

    attempt = asyncio.run(run())
    gc.collect()  # aiosmtpd leaves a connection behind on which TLS failed
    return attempt


@pytest.mark.parametrize("tls", [False, True], ids=["STARTTLS", "TLS"])
def test_a_letter_is_handed_in_encrypted(authority: trustme.CA, tls: bool) -> None:
    post = Post()
    attempt = handed_in(post, authority, tls=tls)
    assert attempt.outcome == "delivered", attempt.error
    [raw] = post.letters
    letter = message_from_bytes(raw, policy=policy.default)
    assert (letter["From"], letter["To"]) == ("desk@a.example", "night@b.example")
    assert letter["Message-ID"] == f"<{an_alert().id}@a.example>"
    assert letter["References"] == letter["In-Reply-To"]
    text = letter.get_body(("plain",))
    assert text is not None
    assert "https://dunmoor-echo.example/harbour" in text.get_content()


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("450 4.2.0 greylisted, come again", "retry"), ("550 5.1.1 no such user", "refused")],
)
def test_a_server_may_put_off_or_refuse(authority: trustme.CA, said: str, outcome: str) -> None:
    attempt = handed_in(Post(said), authority)
    assert attempt.outcome == outcome
    assert said[4:] in (attempt.error or "")


def test_each_recipient_gets_a_letter_once_though_some_wait(authority: trustme.CA) -> None:
    """Greylisting knows pairs of sender and recipient: a letter may be put off for one and taken for the others."""
    post = Post(grey=["450 4.2.0 greylisted", "450 4.2.0 greylisted"], gone=["550 5.1.1 no such user"] * 3)
    query = "?from=desk@a.example&to=grey@b.example,gone@b.example,night@b.example"
    attempts = [handed_in(post, authority, query=query) for _ in range(3)]
    assert [one.outcome for one in attempts] == ["retry", "retry", "delivered"]
    assert "450 for grey@b.example: 4.2.0 greylisted" in (attempts[0].error or "")
    assert "550 for gone@b.example: 5.1.1 no such user" in (attempts[2].excerpt or "")
    assert post.took == ["night@b.example", "grey@b.example"]
    again = handed_in(post, authority, query=query)  # asked for by hand
    assert again.outcome == "delivered"
    assert post.took[2:] == ["grey@b.example", "gone@b.example", "night@b.example"]


def test_a_letter_that_all_recipients_refuse_is_given_up(authority: trustme.CA) -> None:
    query = "?from=desk@a.example&to=a@b.example,b@b.example"
    assert handed_in(Post(a=["550 5.1.1 no"], b=["450 4.2.0 wait"]), authority, query=query).outcome == "retry"
    assert handed_in(Post("550 5.1.1 no"), authority, query=query).outcome == "refused"


@pytest.mark.parametrize("said", ["554 no mail from your network", "421 too busy"])
def test_a_server_that_lets_nobody_in_is_tried_again(said: str) -> None:
    async def run() -> WebhookAttempt:
        async def closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(f"{said}\r\n".encode())
            await writer.drain()

        async with rude_receiver(closed) as url:
            hook = Webhook(url=f"smtp://{url.split('/')[2]}/{QUERY}", channel="email", allow_private=True)
            return await send(hook)

    attempt = asyncio.run(run())
    assert attempt.outcome == "retry"
    assert f"{said[:3]}: {said[4:]}" in (attempt.error or "")


def test_a_certificate_for_another_name_is_a_failed_attempt(authority: trustme.CA) -> None:
    post = Post()
    attempt = handed_in(post, authority, name="other.example")
    assert (attempt.outcome, post.letters) == ("retry", [])
    assert "its certificate is not trusted" in (attempt.error or "")
    assert "_ssl.c" not in (attempt.error or "")


@pytest.mark.parametrize(("password", "outcome"), [("right", "delivered"), ("wrong-password", "retry")])
def test_a_login_needs_the_right_password(authority: trustme.CA, password: str, outcome: str) -> None:
    attempt = handed_in(Post(), authority, user="desk@", secret=password)
    assert attempt.outcome == outcome
    assert password not in (attempt.error or "") or password == "right"


def test_a_server_without_starttls_gets_no_letter() -> None:
    async def run() -> WebhookAttempt:
        async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example\r\n")
            await reader.readline()
            writer.write(b"250 mail.example\r\n")
            await writer.drain()
            await reader.read()

        async with rude_receiver(plain) as url:
            hook = Webhook(url=f"smtp://{url.split('/')[2]}/{QUERY}", channel="email", allow_private=True)
            return await send(hook)

    attempt = asyncio.run(run())
    assert attempt.outcome == "retry"
    assert "STARTTLS" in (attempt.error or "")
    assert "smtps://" in (attempt.error or "")


@pytest.mark.parametrize("greeting", [b"", b"\x00garbage\r\n" * 3, b"220 " + b"x" * 10_000_000])
def test_a_server_that_says_nothing_or_garbage_is_tried_again(greeting: bytes) -> None:
    async def run() -> WebhookAttempt:
        async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(greeting)
            await writer.drain()
            await reader.read()

        async with rude_receiver(rude) as url:
            hook = Webhook(url=f"smtp://{url.split('/')[2]}/{QUERY}", channel="email", allow_private=True)
            return await send(hook, timeout_seconds=1.0)

    attempt = asyncio.run(run())
    assert attempt.outcome == "retry"
    assert "-1" not in (attempt.error or "")


def test_a_server_that_does_not_listen_is_tried_again() -> None:
    attempt = asyncio.run(send(Webhook(url=f"smtp://127.0.0.1:9/{QUERY}", channel="email", allow_private=True)))
    assert (attempt.outcome, attempt.error) == ("retry", "cannot connect: connection refused")


def test_a_private_mail_server_needs_permission() -> None:
    attempt = asyncio.run(send(Webhook(url=f"smtp://127.0.0.1:25/{QUERY}", channel="email")))
    assert attempt.outcome == "refused"
    assert "--allow-private" in (attempt.error or "")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("smtp://mail.example/", "not an e-mail address"),
        (f"http://mail.example/{QUERY}", "smtp://"),
        (f"smtp://desk:secret@mail.example/{QUERY}", "--secret-file"),
        ("smtp://mail.example/?from=a@a.example&to=b@b.example%0d%0aBcc: c@c.example", "not an e-mail address"),
        (f"smtp://mail.example/{QUERY}&cc=c@c.example", "unknown"),
        (f"smtp://mail.example:99999/{QUERY}", "not the address"),
        (f"smtp://mail.example/{QUERY}&tls=maybe", "yes or no"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(url: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as failure:
        address(url)
    assert "\n" not in str(failure.value)
