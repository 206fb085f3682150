"""The official Elasticsearch clients, and `translated_errors`: their exceptions as our errors, each with one line."""

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
    """Logs the Warning header, which the client would print as a Python warning on stderr."""
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
    """Options of both clients. They never retry: the writer and the stages know what may be sent again."""
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # it logs every request, and each failed one twice
    return {
        "hosts": [settings.elasticsearch],
        **elasticsearch_access(settings),
        "request_timeout": REQUEST_SECONDS,
        "max_retries": 0,
        "retry_on_timeout": False,
    }


def sync_client(settings: Settings) -> Elasticsearch:
    """The client of commands. Raises `UsageError` when the address cannot be parsed; nothing is sent yet."""
    with _address_errors():
        return Elasticsearch(**_options(settings), transport_class=_QuietTransport)


def async_client(settings: Settings) -> AsyncElasticsearch:
    """The client of the store stage, to be closed with ``await client.close()``. Raises as `sync_client` does."""
    with _address_errors():
        return AsyncElasticsearch(**_options(settings), transport_class=_QuietAsyncTransport)


@contextmanager
def _address_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UsageError(error_lines.bad_address(error)) from error


def address(client: Elasticsearch | AsyncElasticsearch) -> str:
    """The address that a client sends to, without the password that the setting may hold."""
    return ", ".join(node.base_url for node in client.transport.node_pool.all())


@contextmanager
def translated_errors(client: Elasticsearch | AsyncElasticsearch) -> Iterator[None]:
    """A context for requests: raises `Unavailable`, `FatalError` or `UsageError` in place of the client's errors.

    A caller that expects a missing index catches `NotFoundError` inside the context.
    """
    try:
        yield
    except UnsupportedProductError as error:
        raise UsageError(error_lines.not_elasticsearch(address(client))) from error
    except SSLError as error:
        raise UsageError(error_lines.untrusted(address(client), _certificate_error(error))) from error
    except TransportError as error:
        raise Unavailable(error_lines.unreachable(address(client), failure_reason(error))) from error
    except AuthenticationException as error:
        raise FatalError(error_lines.unauthorized(address(client), error.body)) from error
    except AuthorizationException as error:
        if error.error == BLOCKED:
            raise Unavailable(blocked(client, error.body)) from error
        raise FatalError(error_lines.forbidden(address(client), error.body)) from error
    except BadRequestError as error:
        if error.error == error_lines.UNKNOWN_MEDIA_TYPE:
            raise UsageError(error_lines.too_old(address(client))) from error
        raise UsageError(error_lines.rejected(address(client), error.body)) from error
    except ApiError as error:
        raise Unavailable(error_lines.unavailable(address(client), error.status_code, error.body)) from error


def blocked(client: Elasticsearch | AsyncElasticsearch, body: Any) -> str:
    """The error line of a server that takes no writes for now."""
    return error_lines.blocked(address(client), body)


def _line(error: TransportError) -> str:
    return one_line(str(error.message)) or type(error).__name__


def _certificate_error(error: SSLError) -> str:
    """OpenSSL's objection to the certificate, without its codes."""
    found = re.search(r"certificate verify failed: ([^(]+)", _line(error))
    return found.group(1).strip() if found else _line(error)
