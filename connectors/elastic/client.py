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

from connectors.failure import why
from streams.access import elasticsearch_access
from streams.errors import Misuse, Stop, Unavailable
from streams.settings import Settings

REQUEST_SECONDS = 30.0  # a bulk request of 5 MB took under 1 s here; a server that needs 30 is in trouble

OLDEST = "9.0"  # older ones refuse the form of requests that the client library sends
BLOCKED = "cluster_block_exception"  # writing is switched off, by hand or because the disk is nearly full

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
    """For commands. Raises `Misuse` when the address cannot be read; nothing is sent yet."""
    with _readable(settings):
        return Elasticsearch(**_options(settings), transport_class=_QuietTransport)


def async_client(settings: Settings) -> AsyncElasticsearch:
    """For the store stage: close it with ``await client.close()``. Raises `Misuse` as `sync_client` does."""
    with _readable(settings):
        return AsyncElasticsearch(**_options(settings), transport_class=_QuietAsyncTransport)


@contextmanager
def _readable(settings: Settings) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise Misuse(f"STORYWATCH_ELASTICSEARCH is not an address such as http://127.0.0.1:9200: {error}") from error


def address(client: Elasticsearch | AsyncElasticsearch) -> str:
    """Where a client sends to, without the password that the setting may hold."""
    return ", ".join(node.base_url for node in client.transport.node_pool.all())


@contextmanager
def reaching(client: Elasticsearch | AsyncElasticsearch) -> Iterator[None]:
    """Around requests: raises `Unavailable`, `Stop` or `Misuse` with one line instead of the client's errors.

    Whoever asks for what may be missing catches `NotFoundError` inside.
    """
    try:
        yield
    except UnsupportedProductError as error:
        raise Misuse(f"what answers at {address(client)} is not Elasticsearch") from error
    except SSLError as error:
        raise Misuse(
            f"no trusted connection to Elasticsearch at {address(client)}: {_distrust(error)}. "
            f"STORYWATCH_ELASTICSEARCH_CA_FILE has to hold the authority that vouches for it"
        ) from error
    except TransportError as error:
        raise Unavailable(
            f"Elasticsearch at {address(client)} does not answer ({why(error)}): start it with `storywatch up` (the "
            "real stack: `storywatch up --real`), or set STORYWATCH_ELASTICSEARCH to where it runs"
        ) from error
    except AuthenticationException as error:
        raise Stop(
            f"Elasticsearch at {address(client)} refuses this user: check STORYWATCH_ELASTICSEARCH_API_KEY, or the "
            f"user and password in STORYWATCH_ELASTICSEARCH ({explain(error.body)})"
        ) from error
    except AuthorizationException as error:
        if error.error == BLOCKED:
            raise Unavailable(blocked(client, error.body)) from error
        raise Stop(
            f"Elasticsearch at {address(client)} does not let this user do this: grant what docs/deploying.md lists "
            f"({explain(error.body)})"
        ) from error
    except BadRequestError as error:
        if error.error == "media_type_header_exception":
            raise Misuse(f"Elasticsearch at {address(client)} is too old: it has to be {OLDEST} or newer") from error
        raise Misuse(f"Elasticsearch at {address(client)} refuses this: {explain(error.body)}") from error
    except ApiError as error:
        raise Unavailable(
            f"Elasticsearch at {address(client)} is busy or in trouble "
            f"(HTTP {error.status_code}: {explain(error.body)})"
        ) from error


def blocked(client: Elasticsearch | AsyncElasticsearch, body: Any) -> str:
    """The line for a server that takes no writes for now; what is to be written waits."""
    return (
        f"Elasticsearch at {address(client)} takes no writes ({explain(body)}): make room on its disk, or lift the "
        f"block; writing goes on by itself then"
    )


def explain(body: Any) -> str:
    """What an error answer of the server says, with its innermost cause, as one line."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return _one_line(str(error)) or "no reason given"
    causes = []
    while isinstance(error, dict):
        causes.append(_one_line(str(error.get("reason") or error.get("type") or "no reason given")))
        error = error.get("caused_by")
    return causes[0] if len(causes) == 1 else f"{causes[0]}: {causes[-1]}"


def _line(error: TransportError) -> str:
    return _one_line(str(error.message)) or type(error).__name__


def _distrust(error: SSLError) -> str:
    """What openssl holds against the certificate, without its codes."""
    found = re.search(r"certificate verify failed: ([^(]+)", _line(error))
    return found.group(1).strip() if found else _line(error)


def _one_line(text: str) -> str:
    return " ".join(text.split())
