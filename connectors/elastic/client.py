"""Settings in, Elasticsearch clients out; and what the client raises in, errors of ours with one clear line out."""

import dataclasses
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import AsyncTransport, HttpHeaders, Transport, TransportApiResponse
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    AuthenticationException,
    AuthorizationException,
    BadRequestError,
    Elasticsearch,
    SSLError,
    TransportError,
    UnsupportedProductError,
)

from connectors.connectivity import failure_reason
from connectors.elastic import error_lines
from connectors.elastic.error_lines import BLOCKED, one_line
from streams.contract.errors import FatalError, Unavailable, UsageError
from streams.runtime.credentials import elasticsearch_access
from streams.runtime.settings import Settings

REQUEST_SECONDS = 30.0  # a bulk request of 5 MB took under 1 s here; a server that needs 30 is in trouble

_log = logging.getLogger("storywatch.elastic")


def _without_warnings(response: TransportApiResponse) -> TransportApiResponse:
    """The client turns a Warning header into a Python warning on stderr; it belongs into the log."""
    warning = response.meta.headers.get("warning")
    if warning is None:
        return response
    _log.debug("the server warns: %s", warning)
    headers = HttpHeaders({k: v for k, v in response.meta.headers.items() if k.lower() != "warning"})
    return TransportApiResponse(dataclasses.replace(response.meta, headers=headers), response.body)


class _QuietTransport(Transport):
    def perform_request(self, *args: Any, **options: Any) -> TransportApiResponse:
        return _without_warnings(super().perform_request(*args, **options))


class _QuietAsyncTransport(AsyncTransport):
    async def perform_request(self, *args: Any, **options: Any) -> TransportApiResponse:  # type: ignore[override]
        return _without_warnings(await super().perform_request(*args, **options))


def _options(settings: Settings) -> dict[str, Any]:
    """What both clients are made with. They never retry: the writer and the stages know what may be sent again."""
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # it logs every request, and each failed one twice
    return {
        "hosts": [settings.elasticsearch],
        **elasticsearch_access(settings),
        "request_timeout": REQUEST_SECONDS,
        "max_retries": 0,
        "retry_on_timeout": False,
    }


def sync_client(settings: Settings) -> Elasticsearch:
    """For commands. Raises `UsageError` when the address cannot be read; nothing is sent yet."""
    with _readable(settings):
        return Elasticsearch(**_options(settings), transport_class=_QuietTransport)


def async_client(settings: Settings) -> AsyncElasticsearch:
    """For the store stage: close it with ``await client.close()``. Raises `UsageError` as `sync_client` does."""
    with _readable(settings):
        return AsyncElasticsearch(**_options(settings), transport_class=_QuietAsyncTransport)


@contextmanager
def _readable(settings: Settings) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UsageError(error_lines.unreadable(error)) from error


def address(client: Elasticsearch | AsyncElasticsearch) -> str:
    """Where a client sends to, without the password that the setting may hold."""
    return ", ".join(node.base_url for node in client.transport.node_pool.all())


@contextmanager
def translated_errors(client: Elasticsearch | AsyncElasticsearch) -> Iterator[None]:
    """Around requests: raises `Unavailable`, `FatalError` or `UsageError` with one line instead of the client's errors.

    Whoever asks for what may be missing catches `NotFoundError` inside.
    """
    try:
        yield
    except UnsupportedProductError as error:
        raise UsageError(error_lines.another(address(client))) from error
    except SSLError as error:
        raise UsageError(error_lines.distrusted(address(client), _distrust(error))) from error
    except TransportError as error:
        raise Unavailable(error_lines.away(address(client), failure_reason(error))) from error
    except AuthenticationException as error:
        raise FatalError(error_lines.refused_user(address(client), error.body)) from error
    except AuthorizationException as error:
        if error.error == BLOCKED:
            raise Unavailable(blocked(client, error.body)) from error
        raise FatalError(error_lines.not_allowed(address(client), error.body)) from error
    except BadRequestError as error:
        if error.error == error_lines.TOO_NEW_A_FORM:
            raise UsageError(error_lines.too_old(address(client))) from error
        raise UsageError(error_lines.refused(address(client), error.body)) from error
    except ApiError as error:
        raise Unavailable(error_lines.in_trouble(address(client), error.status_code, error.body)) from error


def blocked(client: Elasticsearch | AsyncElasticsearch, body: Any) -> str:
    """The line for a server that takes no writes for now; what is to be written waits."""
    return error_lines.blocked(address(client), body)


def _line(error: TransportError) -> str:
    return one_line(str(error.message)) or type(error).__name__


def _distrust(error: SSLError) -> str:
    """What openssl holds against the certificate, without its codes."""
    found = re.search(r"certificate verify failed: ([^(]+)", _line(error))
    return found.group(1).strip() if found else _line(error)
