"""Watched mailboxes, on an IMAP server over TLS: each new message once, whatever the server does."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from connectors.http.holds import Holds
from connectors.http.net import Resolve, look_up
from connectors.mail.mailbox_kind import MAX_MESSAGES, MailboxKind
from connectors.mail.message import MAX_MESSAGE_BYTES
from connectors.sources.poller import Poller, Summary
from connectors.sources.spec import SourceSpec, to_source
from streams.contract.messages import ContentType, Lane, RawArticle, SourceState, digest
from streams.runtime.settings import Settings
from tests.connectors.mail.imap_server import PASSWORD, USER, Folder, serve
from tests.tls import Certificates, certificates

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


def letter(number: int, *, sent: datetime = NOW - timedelta(hours=1), text: str = "The ferry ran aground.") -> bytes:
    return (
        f"From: Tarn Gazette <letters@tarn.example>\r\nSubject: Letter {number}\r\n"
        f"Message-ID: <{number}@tarn.example>\r\n"
        f"Date: {format_datetime(sent)}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text} {number}\r\n"
    ).encode()


@dataclass
class Desk:
    """A watched mailbox, and what came of its polls."""

    port: int
    state: SourceState = field(default_factory=lambda: SourceState(url=""))
    got: list[RawArticle] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    timeout_seconds: float = 20.0
    resolve: Resolve = look_up

    def poll(self, **changes: Any) -> Summary:
        url = f"imaps://{quote(USER, safe='')}@127.0.0.1:{self.port}/Letters"
        spec = replace(SourceSpec(url=url, password="env:MAIL_PASSWORD", allow_private=True), **changes)
        source = to_source(spec, NOW)
        settings = Settings(fetch_timeout_seconds=self.timeout_seconds)
        kind = MailboxKind(settings, report=self.said.append, now=lambda: NOW, resolve=self.resolve)
        poller = Poller({"mailbox": kind}, Holds(lambda: NOW), report=self.said.append, now=lambda: NOW)

        async def publish(article: RawArticle) -> None:
            self.got.append(article)

        async def save(state: SourceState) -> None:
            self.state = state

        self.state, summary = asyncio.run(poller.poll(source, self.state, publish, save))
        kind.close()
        return summary

    def titles(self) -> list[str | None]:
        return [one.given.title for one in self.got]


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def folder() -> Folder:
    return Folder()


@pytest.fixture
def desk(folder: Folder, issued: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.authority))
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with serve(folder, issued.serving()) as port:
        yield Desk(port)


def test_each_new_letter_is_an_article_once(desk: Desk, folder: Folder) -> None:
    folder.add(letter(1))
    folder.add(letter(2, sent=NOW - timedelta(days=30)))
    assert desk.poll().new == 2
    first = desk.got[0]
    assert (first.form, first.page(), first.charset) == (ContentType.TEXT, b"The ferry ran aground. 1\r\n", "utf-8")
    assert (first.given.publisher, first.given.id) == ("Tarn Gazette", digest("message-id", "<1@tarn.example>"))
    assert first.origin == f"imaps://127.0.0.1:{desk.port}/Letters"  # without the user
    assert [one.lane for one in desk.got] == [Lane.LIVE, Lane.BACKFILL]
    assert desk.poll().new == 0
    folder.add(letter(3))
    assert desk.poll().new == 1
    assert desk.titles() == ["Letter 1", "Letter 2", "Letter 3"]
    assert (desk.state.cursor, desk.state.title, desk.state.failures) == ("7:3", "Letters", 0)
    changing = [one for one in folder.commands if not one.startswith(("CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH"))]
    assert all("BODY.PEEK[]" in one or "RFC822.SIZE" in one for one in changing)


def test_only_the_last_days_are_read_at_first(desk: Desk, folder: Folder) -> None:
    folder.add(letter(1))
    desk.poll()
    assert [one for one in folder.commands if one.startswith("UID SEARCH")] == ["UID SEARCH (SINCE 1-May-2031)"]


def test_a_mailbox_that_was_numbered_anew_is_read_again(desk: Desk, folder: Folder) -> None:
    for number in (1, 2):
        folder.add(letter(number))
    desk.poll()
    folder.validity, folder.messages = 8, {1: letter(2), 2: letter(3)}
    desk.poll()
    assert desk.titles() == ["Letter 1", "Letter 2", "Letter 2", "Letter 3"]
    assert desk.got[1].given.id == desk.got[2].given.id
    assert desk.state.cursor == "8:2"


def test_a_poll_that_is_cut_off_goes_on_after_the_last_letter(desk: Desk, folder: Folder) -> None:
    for number in range(4):
        folder.add(letter(number))
    desk.poll()
    desk.state = replace(desk.state, cursor="7:2")  # as it was stored in the middle
    desk.got.clear()
    desk.poll()
    assert desk.titles() == ["Letter 2", "Letter 3"]


def test_many_letters_come_with_several_polls(desk: Desk, folder: Folder) -> None:
    for number in range(MAX_MESSAGES + 1):
        folder.add(letter(number))
    assert desk.poll().new == MAX_MESSAGES
    assert desk.poll().new == 1
    assert desk.state.cursor == f"7:{MAX_MESSAGES + 1}"


def test_a_bad_letter_costs_itself(desk: Desk, folder: Folder) -> None:
    folder.add(b"no message at all\r\n")
    large = folder.add(letter(2))
    folder.declared[large] = MAX_MESSAGE_BYTES + 1
    folder.add(letter(3))
    summary = desk.poll()
    assert desk.titles() == ["Letter 3"]
    assert [one.origin.rpartition(";")[2] for one in summary.refused] == ["UID=1", "UID=2"]
    assert "neither a sender nor" in summary.refused[0].reason
    assert "limit" in summary.refused[1].reason
    assert not [one for one in folder.commands if one.startswith("UID FETCH 2 (BODY")]
    assert (desk.state.failures, desk.state.refused) == (0, 2)


def error(desk: Desk, **changes: Any) -> str:
    summary = desk.poll(**changes)
    assert summary.failed == 1
    assert desk.state.failures == 1
    assert PASSWORD not in "".join(desk.said)
    return desk.state.error or ""


def test_a_server_that_hangs_costs_one_poll(desk: Desk, folder: Folder) -> None:
    folder.add(letter(1))
    folder.hangs = threading.Event()
    desk.timeout_seconds = 1.0
    assert error(desk) == "no complete answer within 1 s"
    folder.hangs.set()


def test_an_endless_answer_is_cut_off(desk: Desk, folder: Folder) -> None:
    folder.floods = True
    assert "an answer of over" in error(desk)


def test_a_huge_message_that_was_not_announced_is_cut_off(desk: Desk, folder: Folder) -> None:
    uid = folder.add(letter(1))
    sizes = iter((10, 10**12))
    folder.declared = type("Lying", (dict,), {"get": lambda self, key, default: next(sizes)})({uid: 0})
    assert "an answer of over" in error(desk)


def test_a_wrong_password_is_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    assert error(desk) == "the mail server refuses: NO [AUTHENTICATIONFAILED] wrong"


def test_a_missing_password_names_the_variable(desk: Desk) -> None:
    assert error(desk, password="env:NOWHERE") == "the password needs the variable NOWHERE, which is not set here"


def test_a_missing_folder_is_one_line(desk: Desk) -> None:
    assert "no such folder" in error(desk, url=f"imaps://{quote(USER, safe='')}@127.0.0.1:{desk.port}/Nowhere")


def test_an_unknown_certificate_is_refused(desk: Desk, issued: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(issued.stranger))
    assert "its certificate is not trusted: unable to get local issuer certificate" in error(desk)


def test_a_mailbox_at_a_private_address_needs_leave(desk: Desk) -> None:
    async def private(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    desk.resolve = private
    said = error(desk, url="imaps://news@mail.example/Letters", allow_private=False)
    assert said.startswith("mail.example is at the private or local address 127.0.0.1")


def test_a_server_that_is_away_is_tried_again_later(desk: Desk) -> None:
    async def away(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    desk.resolve = away
    assert error(desk, url="imaps://news@mail.example/Letters") == "cannot reach mail.example: the name is not known"
