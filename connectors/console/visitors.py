"""Who looks at the console: the holder of an API key, a user that a trusted proxy names, or anybody on this machine.

A session is a cookie with the id of a key, the session's end, and a signature made with the key's stored hash. Nothing
is kept on the server: each server that knows the key knows its sessions, and revoking the key ends them.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from connectors.api.access.key_book import KeyBook
from connectors.api.access.keys import allows
from connectors.api.problems import ProblemError
from streams.contract.messages import ApiKey, Scope
from streams.runtime.settings import Settings

COOKIE = "storywatch_session"
LIFETIME = timedelta(hours=12)  # a shift
MOST_ADDRESS_CHARACTERS = 2_000  # that a login leads back to: a proxy refuses an answer with longer headers
MOST_NAME = 200  # characters of a user's name
_MOST_COOKIE = 200
_SAFE = ("GET", "HEAD", "OPTIONS")
Connection = ASGIConnection[Any, Any, Any, Any]


class LoginNeeded(Exception):
    """There is no valid session. ``next``: the address to come back to."""

    def __init__(self, next_: str) -> None:
        super().__init__(next_)
        self.next = next_


class Visitors:
    """Makes the guards of pages. A request that has passed one has an `ApiKey` in ``request.auth``, real or made up."""

    def __init__(self, settings: Settings, keys: KeyBook) -> None:
        self._keys = keys
        self._open = settings.console_access == "open"
        self._header = settings.console_user_header
        self._proxies = {
            ipaddress.ip_address(one.strip()) for one in settings.console_proxies.split(",") if one.strip()
        }
        self._public = urlsplit(settings.public_url or "")

    @property
    def secure(self) -> bool:
        """Whether browsers reach the console by https, so that its cookies are for that only."""
        return self._public.scheme == "https"

    def needs(self, scope: Scope) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
        """A guard. Raises `LoginNeeded`, and `ProblemError` for a missing scope or a request from another site."""

        async def check(connection: Connection, _handler: BaseRouteHandler) -> None:
            if connection.scope.get("method") not in _SAFE:
                self.check_origin(connection)
            visitor = self.identify(connection, datetime.now(UTC))
            if visitor is None:
                raise LoginNeeded(_local_address(connection))
            connection.scope["auth"] = visitor
            connection.scope["state"]["key"] = visitor.id
            if not allows(visitor, scope):
                raise ProblemError(HTTPStatus.FORBIDDEN, f"{visitor.name} does not have the scope {scope}")

        return check

    def identify(self, connection: Connection, now: datetime) -> ApiKey | None:
        """The visitor, or None for one who has to log in."""
        if self._header and self._from_proxy(connection):
            user = connection.headers.get(self._header, "").strip()[:MOST_NAME]
            return _made_up(user) if user else None
        if self._open:
            self._check_host(connection)
            return _made_up("console")
        return self._of_session(connection.cookies.get(COOKIE, ""), now)

    def begin(self, text: str, now: datetime) -> str | None:
        """The cookie of a new session with the key of this text; None if that is not valid. Raises `Unavailable`."""
        key = self._keys.find(text.strip(), now)
        if key is None or (key.expires_at is not None and key.expires_at <= now) or not allows(key, Scope.READ):
            return None
        self._keys.note_use(key, now)
        end = str(int((now + LIFETIME).timestamp()))
        return f"{key.id}.{end}.{_signature(key, end)}"

    def _of_session(self, cookie: str, now: datetime) -> ApiKey | None:
        id_, _, rest = cookie[:_MOST_COOKIE].partition(".")
        end, _, signature = rest.partition(".")
        if not (end.isascii() and end.isdecimal()) or int(end) <= now.timestamp():
            return None
        key = self._keys.by_id(id_, now)
        if key is None or not hmac.compare_digest(signature.encode(), _signature(key, end).encode()):
            return None
        return key

    def check_origin(self, connection: Connection) -> None:
        """Refuse a request that changes something unless it comes from a page of this server (CSRF).

        Browsers say so in ``Sec-Fetch-Site``, older ones in ``Origin``; what sends neither is no browser. The method
        is that of ``http.CrossOriginProtection`` in Go.
        """
        site = connection.headers.get("sec-fetch-site")
        origin = connection.headers.get("origin")
        if site is not None:
            allowed = site in ("same-origin", "none")
        else:
            allowed = origin is None or urlsplit(origin).netloc in (connection.headers.get("host"), self._public.netloc)
        if not allowed:
            raise ProblemError(HTTPStatus.FORBIDDEN, "this form was sent by a page of another site")

    def _check_host(self, connection: Connection) -> None:
        """Without logins nobody may read pages through a name that leads to this machine (DNS rebinding)."""
        host = urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
        try:
            local = ipaddress.ip_address(host).is_loopback
        except ValueError:
            local = host == "localhost"
        if not local:
            raise ProblemError(
                HTTPStatus.FORBIDDEN, "this console is for this machine only: open it as http://127.0.0.1"
            )

    def _from_proxy(self, connection: Connection) -> bool:
        try:
            return connection.client is not None and ipaddress.ip_address(connection.client.host) in self._proxies
        except ValueError:
            return False


def safe_next(address: str) -> str:
    """An address of this server, to go to after the login; ``/`` for any other (open redirects)."""
    parts = urlsplit(address) if address.startswith("/") and address.isprintable() else None
    if parts is None or parts.scheme or parts.netloc or address.startswith(("//", "/\\")) or "\\" in address:
        return "/"
    return quote(address, safe="/?&=%+:,~.-_*\"'()!@;$")


def _local_address(connection: Connection) -> str:
    address = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
    return address if connection.scope.get("method") == "GET" and len(address) <= MOST_ADDRESS_CHARACTERS else "/"


def _made_up(name: str) -> ApiKey:
    return ApiKey(id="", name=name, hash="", scopes=(Scope.DESK,), created_at=datetime.now(UTC))


def _signature(key: ApiKey, end: str) -> str:
    return hmac.new(key.hash.encode(), f"session {key.id} {end}".encode(), hashlib.sha256).hexdigest()
