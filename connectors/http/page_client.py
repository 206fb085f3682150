"""The client for feeds and pages, as the settings have it: HTTP/2 where a server offers it, through a proxy if set."""

from collections.abc import Callable, Collection

import httpx

from connectors.http.net import MAX_CONNECTIONS, check_url, guarded_client
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings


def page_client(
    settings: Settings,
    *,
    allow_private: Collection[str] | Callable[[str], bool],
    max_connections: int = MAX_CONNECTIONS,
) -> httpx.AsyncClient:
    """A guarded client. ``allow_private`` as of `connectors.http.net.guarded_client`: these hosts are asked directly.

    Raises `UsageError` if ``STORYWATCH_FETCH_PROXY`` is no address of a proxy.
    """
    return guarded_client(
        allow_private=allow_private,
        timeout_seconds=settings.fetch_timeout_seconds,
        user_agent=settings.user_agent,
        max_connections=max_connections,
        http2=True,
        proxy=_proxy(settings.fetch_proxy.get_secret_value()) if settings.fetch_proxy is not None else None,
    )


def _proxy(address: str) -> httpx.Proxy:
    """The proxy at ``http://[user:password@]host:port``."""
    try:
        url = httpx.URL(address)
        check_url(str(url.copy_with(username=None, password=None)), allow_private=True)
        return httpx.Proxy(url)
    except (UsageError, ValueError, TypeError, httpx.InvalidURL) as error:
        raise UsageError("STORYWATCH_FETCH_PROXY is no address such as http://proxy.example:3128") from error
