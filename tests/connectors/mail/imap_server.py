"""A small IMAP server (RFC 3501) over TLS with one folder: enough for a client that only reads."""

import contextlib
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "news@desk.example", 'pass "word" \\ 1'
_COMMAND = re.compile(r"(?P<tag>\S+) (?P<name>(?:UID )?\S+) ?(?P<rest>.*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Folder:
    """``messages``: UID -> bytes; ``declared``: UID -> the size that the server says it has."""

    name: str = "Letters"
    validity: int = 7
    messages: dict[int, bytes] = field(default_factory=dict)
    declared: dict[int, int] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    hangs: threading.Event | None = None  # a FETCH waits for it
    floods: bool = False  # a SEARCH is answered without end

    def add(self, content: bytes) -> int:
        uid = self.following
        self.messages[uid] = content
        return uid

    @property
    def following(self) -> int:
        return max(self.messages, default=0) + 1


class Server(socketserver.ThreadingTCPServer):
    """The server, at a free port of 127.0.0.1."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, folder: Folder, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.context = context

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients come and go."""


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    server: "Server"

    def setup(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode():
            found = _COMMAND.match(line.strip())
            assert found is not None, line
            name = found["name"].upper()
            self.server.folder.commands.append(f"{name} {found['rest']}".strip() if name != "LOGIN" else name)
            answer: Callable[[str], str] = {
                "CAPABILITY": self._capability,
                "LOGIN": self._login,
                "EXAMINE": self._examine,
                "UID SEARCH": self._search,
                "UID FETCH": self._fetch,
            }.get(name, lambda rest: "BAD unknown")
            self._say(f"{found['tag']} {answer(found['rest'])}")

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _capability(self, rest: str) -> str:
        self._say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def _login(self, rest: str) -> str:
        given = [re.sub(r"\\(.)", r"\1", one) for one in _QUOTED.findall(rest)]
        return "OK in" if given == [USER, PASSWORD] else "NO [AUTHENTICATIONFAILED] wrong"

    def _examine(self, rest: str) -> str:
        if rest != f'"{self.server.folder.name}"':
            return "NO no such folder"
        self._say(f"* {len(self.server.folder.messages)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.server.folder.validity}] valid")
        self._say(f"* OK [UIDNEXT {self.server.folder.following}] next")
        return "OK [READ-ONLY] open"

    def _search(self, rest: str) -> str:
        while self.server.folder.floods:
            self.wfile.write(b"* SEARCH" + b" 1" * 100_000 + b"\r\n")
        found = list(self.server.folder.messages)
        if (first := re.search(r"UID (\d+):\*", rest)) is not None:
            found = [uid for uid in self.server.folder.messages if uid >= int(first[1])] or found[-1:]
        self._say(" ".join(["* SEARCH", *map(str, found)]))
        return "OK done"

    def _fetch(self, rest: str) -> str:
        uid = int(rest.split()[0])
        if self.server.folder.hangs is not None:
            self.server.folder.hangs.wait()
        content = self.server.folder.messages.get(uid)
        if content is None:
            return "OK gone"
        size = self.server.folder.declared.get(uid, len(content))
        if "RFC822.SIZE" in rest:
            self._say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {size})")
        else:
            self._say(f"* {uid} FETCH (UID {uid} BODY[] {{{size}}}")
            self.wfile.write(content + b")\r\n")
        return "OK done"


@contextlib.contextmanager
def serve(folder: Folder, context: ssl.SSLContext) -> Iterator[int]:
    """The port at 127.0.0.1 of a server with this folder."""
    with Server(folder, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
