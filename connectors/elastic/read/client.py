"""A small Elasticsearch client over urllib3 for commands that only read.

The official client takes half a second of CPU to import, since it loads four HTTP libraries, and reading needs one of
them. Code that writes (the store stage, `init`, `forget`) uses the official client.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit

import msgspec
import urllib3
from urllib3.util import Timeout, make_headers

from connectors.connectivity import failure_reason, probe
from connectors.elastic import error_lines
from connectors.elastic.fields import covers
from connectors.elastic.names import Family, sample_name
from streams.contract.errors import FatalError, StorywatchError, Unavailable, UsageError
from streams.runtime.credentials import elasticsearch_access
from streams.runtime.settings import Settings

CONNECT_SECONDS = 4.0  # a person waits for it; a server on the same network accepts a connection in milliseconds
ANSWER_SECONDS = 30.0  # a search over years of articles may take seconds
CONNECTIONS = 16  # kept open: a page asks several questions at once
MEDIA = "application/vnd.elasticsearch+json; compatible-with=9"  # what the official client sends

_log = logging.getLogger("storywatch.elastic")


class NotFound(StorywatchError):
    """The server does not have this index, or no longer has this point in time."""


class SearchClient:
    """A client of one server, as a context manager.

    Methods raise `Unavailable`, `FatalError`, `UsageError`, and `NotFound` on 404.
    """

    def __init__(self, settings: Settings, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        """Raises `UsageError` when the address cannot be parsed; nothing is sent yet."""
        access = elasticsearch_access(settings)
        try:
            url = urlsplit(settings.elasticsearch)
            port = url.port
        except ValueError as error:
            raise UsageError(error_lines.bad_address(error)) from error
        if url.scheme not in ("http", "https") or not url.hostname or port is None:
            raise UsageError(error_lines.bad_address(ValueError("it needs http or https, a host and a port")))
        self._headers = {"Accept": MEDIA, "Content-Type": MEDIA, **_authorization(url.username, url.password, access)}
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        self.address = f"{url.scheme}://{host}:{port}{url.path.rstrip('/')}"
        self._probed = False
        self._installed: set[str] = set()  # prefixes: once made, templates stay
        self._host = (url.hostname, port)
        self._pool = urllib3.PoolManager(
            retries=False,
            timeout=Timeout(connect=CONNECT_SECONDS, read=answer_seconds),
            maxsize=CONNECTIONS,
            **_tls(access),
        )

    def search(self, index: str | None, /, *, ignore_missing: bool = False, **body: Any) -> dict[str, Any]:
        """The answer to a search. ``index`` is None where the body names a point in time.

        ``ignore_missing``: of several indices, those that do not exist have no documents.
        """
        where = f"/{_path(index)}/_search?allow_partial_search_results=false" if index else "/_search"
        where += "&ignore_unavailable=true" if ignore_missing else ""
        return self._request("POST", where, body)

    def count(self, index: str, query: Mapping[str, Any]) -> int:
        return int(self._request("POST", f"/{_path(index)}/_count", {"query": query})["count"])

    def refresh(self, index: str) -> None:
        self._request("POST", f"/{_path(index)}/_refresh")

    def open_point_in_time(self, index: str, keep_alive: str) -> str:
        """The id of a snapshot of the index, without what is written from now on."""
        return str(self._request("POST", f"/{_path(index)}/_pit?keep_alive={keep_alive}")["id"])

    def close_point_in_time(self, pit: str) -> None:
        self._request("DELETE", "/_pit", {"id": pit})

    def installed(self, prefix: str) -> bool:
        """Whether the templates on the server give every index the fields that this version reads and writes."""
        if prefix in self._installed:
            return True
        for family in Family:
            made = self._request("POST", f"/_index_template/_simulate_index/{_path(f'{prefix}{sample_name(family)}')}")
            if not covers(family, made):
                return False
        self._installed.add(prefix)
        return True

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        encoded = None if body is None else msgspec.json.encode(body)
        self._probe()
        with self._translated_errors():
            answer = self._pool.request(method, self.address + path, headers=self._headers, body=encoded)
        if warning := answer.headers.get("warning"):
            _log.debug("the server warns: %s", warning)
        decoded = _decoded(answer.data)
        good, product = answer.status < 300, answer.headers.get("x-elastic-product")
        # a 404 of another server does not say that an index is missing
        if (good or answer.status == 404) and (product != "Elasticsearch" or not isinstance(decoded, dict)):
            raise UsageError(error_lines.not_elasticsearch(self.address))
        if good:
            found: dict[str, Any] = decoded
            return found
        raise self._error(answer.status, decoded)

    def _probe(self) -> None:
        """Before the first request, since urllib3 has no limit on how long it waits for a name server."""
        if not self._probed:
            error = probe([self._host])
            if error is not None:
                raise Unavailable(error_lines.unreachable(self.address, failure_reason(error)))
            self._probed = True

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except urllib3.exceptions.SSLError as error:
            cause = error.args[0] if error.args else error
            raise UsageError(
                error_lines.untrusted(self.address, getattr(cause, "verify_message", "") or str(cause))
            ) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(error_lines.unreachable(self.address, failure_reason(error))) from error

    def _error(self, status: int, body: Any) -> StorywatchError:
        error = body.get("error") if isinstance(body, dict) else None
        kind = error.get("type") if isinstance(error, dict) else None
        if status == 404:
            return NotFound(error_lines.rejected(self.address, body))
        if status == 401:
            return FatalError(error_lines.unauthorized(self.address, body))
        if status == 403:
            if kind == error_lines.BLOCKED:
                return Unavailable(error_lines.blocked(self.address, body))
            return FatalError(error_lines.forbidden(self.address, body))
        if status == 400:
            too_old = kind == error_lines.UNKNOWN_MEDIA_TYPE
            return UsageError(
                error_lines.too_old(self.address) if too_old else error_lines.rejected(self.address, body)
            )
        return Unavailable(error_lines.unavailable(self.address, status, body))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.clear()


def _authorization(user: str | None, password: str | None, access: Mapping[str, Any]) -> dict[str, str]:
    if "api_key" in access:
        return {"Authorization": f"ApiKey {access['api_key']}"}
    if user is None:
        return {}
    return dict(make_headers(basic_auth=f"{unquote(user)}:{unquote(password or '')}"))


def _tls(access: Mapping[str, Any]) -> dict[str, Any]:
    return {"ssl_context": access["ssl_context"]} if "ssl_context" in access else {}


def _path(name: str) -> str:
    return quote(name, safe="*,")


def _decoded(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data[:1000].decode(errors="replace")
