"""Lets a request pass if its API key is valid, has the scope that the route needs, and has not sent too many."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from connectors.api.access.key_book import KeyBook
from connectors.api.access.keys import allows
from connectors.api.access.rate_limit import RateLimit
from connectors.api.problems import ProblemError, busy
from streams.contract.messages import ApiKey, Scope

SCHEME = "Bearer"
Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def _now() -> datetime:
    return datetime.now(UTC)


class Access:
    """Makes the guards of routes. A request that has passed one has its key in ``request.auth``."""

    def __init__(self, keys: KeyBook, limit: RateLimit, *, now: Callable[[], datetime] = _now) -> None:
        self._keys = keys
        self._limit = limit
        self._now = now

    def needs(self, scope: Scope) -> Guard:
        """A guard that raises `ProblemError`: 401 without a valid key, 403 without the scope, 429 for too many."""

        async def check(connection: Connection, _handler: BaseRouteHandler) -> None:
            key = self._identify(connection)
            connection.scope["auth"] = key
            connection.scope["state"]["key"] = key.id
            if not allows(key, scope):
                raise ProblemError(HTTPStatus.FORBIDDEN, f"this API key does not have the scope {scope}")
            if wait := self._limit.take(key.id):
                raise busy("too many requests of this API key", wait)
            self._keys.note_use(key, self._now())

        return check

    def _identify(self, connection: Connection) -> ApiKey:
        scheme, _, text = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower() or not text.strip():
            raise _unauthorized("this needs an API key, in a header: Authorization: Bearer KEY")
        key = self._keys.find(text.strip(), self._now())
        if key is None:
            raise _unauthorized("this API key is not valid")
        if key.expires_at is not None and key.expires_at <= self._now():
            raise _unauthorized(f"this API key has expired, at {key.expires_at.isoformat()}")
        return key


def _unauthorized(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": SCHEME})
