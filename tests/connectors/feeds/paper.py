"""A feed of an invented paper, and the pages that it links to."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.connectors.http.serving import Answer, Route, Site

PAGE = {"Content-Type": "text/html; charset=utf-8"}


def item(link: str | None = None, guid: str | None = None, **fields: str) -> str:
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    inner += f"<link>{escape(link)}</link>" if link else ""
    inner += f"<guid isPermaLink='false'>{escape(guid)}</guid>" if guid else ""
    return f"<item>{inner}</item>"


def rss(*items: str, ttl: str = "") -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    return (
        f"{head}<channel><title>The Paper</title><language>en</language>{ttl}{''.join(items)}</channel></rss>".encode()
    )


def put(site: Site, *names: str, path: str = "/feed", **more: Route) -> str:
    """A feed of these pages, newest first, with an ETag that it answers to."""
    items = [item(site.url(f"/{name}"), name, title=f"Title {name}") for name in names]
    for name in names:
        site.routes.setdefault(f"/{name}", Answer(f"<p>Page {name}</p>".encode(), headers=PAGE))
    etag = f'"{"-".join(names)}"'

    def feed(headers: Mapping[str, str]) -> Answer:
        if headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(rss(*items), headers={"ETag": etag, "Content-Type": "application/rss+xml"})

    site.routes[path] = feed
    return site.url(path)
