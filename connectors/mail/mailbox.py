"""A folder of an IMAP server over TLS, read without changing it: which messages are new, and their bytes.

Blocking; `cut` ends what runs in another thread. Answers are bounded, whatever size they declare.
"""

import contextlib
import imaplib
import re
import socket
from collections.abc import Sequence
from datetime import date

import httpx
from imap_tools import AND, BaseMailBox, U

from connectors.mail.message import MAX_MESSAGE_BYTES
from connectors.sources.addresses import MailboxAddress
from streams.contract.errors import Rejected, TooLarge

MAX_ANSWER_BYTES = MAX_MESSAGE_BYTES + 1_000_000  # of one command; a list of 100,000 messages has under 1 MB
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,18})")


class Mailbox(BaseMailBox):
    """One connection. ``addresses``: the checked ones of the host.

    Methods raise `OSError`, `imaplib.IMAP4.error` and `imap_tools.ImapToolsError`.
    """

    def __init__(self, addresses: Sequence[str], address: MailboxAddress, timeout_seconds: float) -> None:
        self._addresses = addresses
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._socket: socket.socket | None = None
        self._is_cut = False

    def open(self, password: str) -> tuple[int, int]:
        """Log in and open the folder. Returns its UIDVALIDITY and the UID that the next message will have."""
        super().__init__()
        enter = self.login if self._address.user.isascii() and password.isascii() else self.login_utf8
        enter(self._address.user, password, initial_folder=None)
        self.folder.set(self._address.folder, readonly=True)
        return self._told("UIDVALIDITY"), self._told("UIDNEXT")

    def after(self, uid: int) -> list[int]:
        """The UIDs of the messages after this one, in order."""
        found = map(int, self.uids(AND(uid=U(str(uid + 1), "*")), charset=None))
        return sorted(one for one in found if one > uid)  # "8:*" names the last message even if its UID is 7

    def since(self, day: date) -> list[int]:
        """The UIDs of the messages that have arrived since this day."""
        return sorted(map(int, self.uids(AND(date_gte=day), charset=None)))

    def message(self, uid: int) -> bytes | None:
        """A message; None if it is not there any more. Raises `TooLarge` before it is fetched."""
        size = _SIZE.search(b" ".join(self._fetched(uid, "(RFC822.SIZE)")))
        if size is not None and int(size[1]) > MAX_MESSAGE_BYTES:
            raise TooLarge(f"over the limit of {MAX_MESSAGE_BYTES:,} bytes for a message")
        return max(self._fetched(uid, "(BODY.PEEK[])"), key=len, default=None)

    def cut(self) -> None:
        """End the connection from any thread; a command that waits for an answer fails."""
        self._is_cut = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # that of TLS is not for two threads

    def close(self) -> None:
        """Free the connection, after `cut` and in any thread."""
        with contextlib.suppress(OSError, ValueError, AttributeError):  # AttributeError: it was never opened
            self.client.shutdown()
        if self._socket is not None:
            self._socket.close()

    def _fetched(self, uid: int, parts: str) -> list[bytes]:
        status, found = self.client.uid("FETCH", str(uid), parts)
        if status != "OK":
            raise imaplib.IMAP4.error(f"FETCH was answered by {status}")
        return [piece for one in found for piece in (one if isinstance(one, tuple) else (one,)) if piece]

    def _told(self, name: str) -> int:
        _, told = self.client.response(name)
        if not told or told[0] is None or not told[0].isdigit():
            raise Rejected(f"the server does not say the {name} of the folder, so new messages cannot be told")
        return int(told[0])

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        secure = httpx.create_ssl_context().wrap_socket(
            self._connected(), server_hostname=self._address.host, do_handshake_on_connect=False
        )
        self._socket = secure
        if self._is_cut:
            self.cut()
        secure.do_handshake()
        return _Bounded(secure)

    def _connected(self) -> socket.socket:
        """A connection to the first address that takes one."""
        share = self._timeout_seconds / max(1, len(self._addresses))
        failure: OSError = OSError(f"{self._address.host} has no address")
        for one in self._addresses:
            try:
                connected = socket.create_connection((one, self._address.port), timeout=share)
            except OSError as error:
                failure = error
            else:
                connected.settimeout(self._timeout_seconds)
                return connected
        raise failure


class _Bounded(imaplib.IMAP4):
    """A client on an open socket, with a limit on the answer to each command."""

    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        self._left = MAX_ANSWER_BYTES
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self._opened
        self.file = self._opened.makefile("rb")

    def send(self, data: bytes) -> None:  # type: ignore[override]
        self._left = MAX_ANSWER_BYTES
        super().send(data)

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort(f"an answer of over {MAX_ANSWER_BYTES:,} bytes")
